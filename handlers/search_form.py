"""The search form: opened by a bare `/hf search`, answered as the command would be, with the command to learn."""

from collections.abc import Callable
from typing import Any

from bot import commands as grammar
from bot.blocks.parts import context
from bot.blocks.search_form import AUTHOR, build_options
from bot.blocks.text import escape
from bot.errors import Mistake
from handlers.answering import Answer, Caller, later, recall
from handlers.parts import Parts

from . import commands

Ack = Callable[..., Any]


def suggest_authors(parts: Parts, ack: Ack, body: dict[str, Any]) -> None:
    """While an author's name is typed; the name itself can always be taken, also when the Hub is slow."""
    typed = str(body.get("value") or "").strip()
    names = list(parts.authors.find(typed)) if typed else []
    if grammar.is_name(typed) and typed.lower() not in {name.lower() for name in names}:
        names.append(typed)
    ack(options=build_options(names))


def submitted(parts: Parts, ack: Ack, body: dict[str, Any]) -> None:
    caller, _ = recall(body)
    try:
        text, command = read_form(parts, caller, body)
    except Mistake as error:
        field = next((key for key in ("task", "author") if f"`{key}" in error.sentence), "words")
        ack(response_action="errors", errors={field: error.sentence.replace("`", "")})
        return
    ack()

    def work() -> Answer:
        found = commands.answer(parts, caller, command)
        learn = context(f"The same as a command: `/hf {escape(text.replace('`', chr(39)))}`")
        return commands.shareable(parts, caller, Answer(found.text, [*found.blocks[:48], learn]), command, text)

    later(parts, caller, work)


def read_form(parts: Parts, caller: Caller, body: dict[str, Any]) -> tuple[str, grammar.Command]:
    """The command that the form stands for, as text and read; Mistake for what cannot be searched for."""
    state = body["view"]["state"]["values"]
    chosen = {key: (state[key][action].get("selected_option") or {}).get("value") for key, action in CHOICES.items()}
    draft = grammar.Search(
        kind=chosen["kind"], words=" ".join((state["words"]["words"].get("value") or "").split()),
        task=chosen["task"], author=chosen["author"], sort=chosen["sort"],
    )  # fmt: skip
    text = grammar.to_text(draft)
    # Read as if it were typed, so that the form refuses what the command refuses.
    return text, grammar.parse(text, commands.now_for(parts, caller.user))


CHOICES = {"kind": "kind", "task": "task", "author": AUTHOR, "sort": "sort"}
