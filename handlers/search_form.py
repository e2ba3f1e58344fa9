"""The search form: opened by a bare `/hf search`, answered as the command would be, with the command to learn."""

from collections.abc import Callable
from typing import Any

from core import commands as grammar
from core.answers import Answer, Caller
from core.blocks.parts import context
from core.blocks.search_form import AUTHOR, BASE, DATASET, TASK, build_options, matching_tasks
from core.errors import Mistake
from core.hub.typeahead import TypeAhead
from core.store.remembered import keep
from core.words import escape
from handlers.answering import later, recall
from handlers.parts import Parts

from . import commands, find

Ack = Callable[..., Any]
# Fields of the form that are chosen from a menu, with the menu's action.
CHOICES = {"kind": "kind", "task": TASK, "author": AUTHOR, "base": BASE, "dataset": DATASET, "sort": "sort"}


def suggest_authors(parts: Parts, ack: Ack, body: dict[str, Any]) -> None:
    """While an author's name is typed; the name itself can always be taken, also when the Hub is slow."""
    _suggest(parts.authors, ack, body, grammar.is_name)


def suggest_models(parts: Parts, ack: Ack, body: dict[str, Any]) -> None:
    _suggest(parts.models, ack, body, _is_repo)


def suggest_datasets(parts: Parts, ack: Ack, body: dict[str, Any]) -> None:
    _suggest(parts.datasets, ack, body, _is_repo)


def suggest_tasks(_parts: Parts, ack: Ack, body: dict[str, Any]) -> None:
    """The Hub's tasks, and what was typed where it is none of them: the Hub may have learnt a new one."""
    typed = str(body.get("value") or "").strip()
    names = matching_tasks(typed)
    new = typed.lower().replace(" ", "-")
    ack(options=build_options(names or ([new] if new and grammar.fits("task", new) else [])))


def submitted(parts: Parts, ack: Ack, body: dict[str, Any]) -> None:
    caller, _ = recall(body)
    try:
        text, command, given = read_form(parts, caller, body)
    except Mistake as error:
        field = next((key for key in CHOICES if f"`{key}" in error.sentence), "words")
        ack(response_action="errors", errors={field: error.sentence.replace("`", "")})
        return
    ack()
    keep(parts.database, caller.user, find.FORM, given)

    def work() -> Answer:
        found = commands.answer(parts, caller, command)
        learn = context(f"The same as a command: `/hf {escape(text.replace('`', chr(39)))}`")
        return commands.shareable(parts, caller, Answer(found.text, [*found.blocks[:48], learn]), command, text)

    later(parts, caller, work)


def read_form(parts: Parts, caller: Caller, body: dict[str, Any]) -> tuple[str, grammar.Command, dict[str, str]]:
    """The command that the form stands for, as text and read, and what was filled in.

    Mistake for what cannot be searched for.
    """
    state = body["view"]["state"]["values"]
    given = {"words": " ".join((state["words"]["words"].get("value") or "").split())}
    given |= {
        key: (state[key][action].get("selected_option") or {}).get("value", "") for key, action in CHOICES.items()
    }
    given = {key: value for key, value in given.items() if value}
    text = grammar.to_text(grammar.Search.model_validate(given))
    # Read as if it were typed, so that the form refuses what the command refuses.
    return text, grammar.parse(text, commands.now_for(parts, caller.user)), given


def _suggest(ahead: TypeAhead, ack: Ack, body: dict[str, Any], may_be: Callable[[str], bool]) -> None:
    typed = str(body.get("value") or "").strip()
    names = list(ahead.find(typed)) if typed else []
    if may_be(typed) and typed.lower() not in {name.lower() for name in names}:
        names.append(typed)
    ack(options=build_options(names))


def _is_repo(typed: str) -> bool:
    return grammar.fits("base", typed)
