"""The search form: opened by a bare `/hf search`, answered as the command would be, with the command to learn."""

from collections.abc import Callable

from pydantic import ValidationError

from core import commands
from core.blocks import search_form as blocks
from core.hub.typeahead import TypeAhead
from core.store.remembered import keep, last
from handlers.forms.submission import Submission
from handlers.listeners import Ack, Answer, Body, Caller, Parts, remember

FORM = "search.form"


def open_form(parts: Parts, caller: Caller) -> None:
    """A bare `/hf search` asks for what to search in a form."""
    before = last(parts.database, caller.user, FORM) or {}
    try:
        learn = commands.to_text(commands.Search.model_validate(before)) if before else ""
    except ValidationError:  # an earlier version remembered what this one does not take any more
        before, learn = {}, ""
    view = blocks.build_search_form(remember(caller, ""), before, learn)
    parts.client.views_open(trigger_id=caller.trigger_id, view=view)


def submitted(parts: Parts, ack: Ack, body: Body) -> None:
    """The answer as after the command, with the command to learn under it."""
    form = Submission(parts, ack, body)
    caller, _ = form.recall()
    filled = {key: " ".join(value.split()) for key, value in form.values.items() if value}

    def read_line() -> tuple[str, commands.Command]:
        # Read as if it were typed, so that the form refuses what the command refuses.
        text = commands.to_text(commands.build(commands.Search, filled))
        return text, form.read(text)

    def search(line: tuple[str, commands.Command]) -> Answer:
        text, command = line
        keep(parts.database, caller.user, FORM, filled)
        return form.answer(caller, command, text, learn=True)

    form.take(caller, read_line, search, "words")


def suggest_authors(parts: Parts, ack: Ack, body: Body) -> None:
    """While an author's name is typed; the name itself can always be taken, also when the Hub is slow."""
    _suggest(parts.authors, ack, body, commands.is_name)


def suggest_models(parts: Parts, ack: Ack, body: Body) -> None:
    _suggest(parts.models, ack, body, _is_repo)


def suggest_datasets(parts: Parts, ack: Ack, body: Body) -> None:
    _suggest(parts.datasets, ack, body, _is_repo)


def suggest_tasks(_parts: Parts, ack: Ack, body: Body) -> None:
    """The Hub's tasks, and what was typed where it is none of them: the Hub may have learnt a new one."""
    typed = str(body.get("value") or "").strip()
    names = blocks.matching_tasks(typed)
    new = typed.lower().replace(" ", "-")
    ack(options=blocks.build_options(names or ([new] if new and commands.fits("task", new) else [])))


def _suggest(ahead: TypeAhead, ack: Ack, body: Body, may_be: Callable[[str], bool]) -> None:
    typed = str(body.get("value") or "").strip()
    names = list(ahead.find(typed)) if typed else []
    if may_be(typed) and typed.lower() not in {name.lower() for name in names}:
        names.append(typed)
    ack(options=blocks.build_options(names))


def _is_repo(typed: str) -> bool:
    return commands.fits("base", typed)
