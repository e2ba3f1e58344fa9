"""The search form: opened by a bare `/hf search`, answered as the command would be, with the command to learn."""

from collections.abc import Mapping

from core import commands
from core.blocks import search_form as blocks
from core.commands.writing import filled_line
from core.errors import Mistake
from core.store.remembered import keep, last
from handlers.capabilities import read
from handlers.forms.submission import Submission
from handlers.forms.views import open_view
from handlers.listeners import Ack, Answer, Body, Caller, Parts, remember

FORM = "search.form"


def open_form(parts: Parts, caller: Caller, _value: str = "") -> None:
    """Search under App Home, and in first steps: what to search is asked in a form."""
    open_filled(parts, caller, {})


def open_filled(parts: Parts, caller: Caller, typed: Mapping[str, str]) -> None:
    """The form with what was typed, or with what this person searched for last."""
    values = dict(typed or last(parts.database, caller.user, FORM) or {})
    try:
        learn = commands.to_text(read(parts, caller.user, _line(values))) if values else ""
    except Mistake:  # an earlier version remembered what this one does not take any more
        values, learn = dict(typed), ""
    open_view(parts, caller, blocks.build_search_form(remember(caller, ""), values, learn))


def submitted(parts: Parts, ack: Ack, body: Body) -> None:
    """The answer as after the command, with the command to learn under it."""
    form = Submission(parts, ack, body)
    caller, _ = form.recall()

    def search(read: tuple[str, commands.Command]) -> Answer:
        _text, command = read
        keep(parts.database, caller.user, FORM, form.filled)
        return form.answer(caller, command, commands.to_text(command), learn=True)

    # What a filter goes with depends on what is searched.
    beside = {"kind": form.values.get("kind", "")}
    form.take(caller, lambda: form.read_line(_line, beside), search, "words")


def _line(values: Mapping[str, str]) -> str:
    kind, words = values.get("kind") or "model", " ".join(values.get("words", "").split())
    start = commands.Search.model_validate({"kind": kind, "words": words})
    return filled_line(commands.Search, " ".join(part for part in start.typed() if part), values)
