"""The form behind a `tokenize` without a text."""

from collections.abc import Mapping

from core import commands
from core.blocks.forms import build_tokenize_form
from core.commands.tokens import as_line, quoted
from core.store.remembered import keep, last
from handlers.forms.submission import Submission, lines_of
from handlers.forms.views import open_view
from handlers.listeners import Ack, Answer, Body, Caller, Parts, remember

FORM = "tokenize.form"


def open_filled(parts: Parts, caller: Caller, typed: Mapping[str, str]) -> None:
    """Asks for one model or two, and for texts; the last model of this person stands there where none was typed."""
    before = {} if "model" in typed else last(parts.database, caller.user, FORM) or {}
    open_view(parts, caller, build_tokenize_form({**before, **typed}, remember(caller, "")))


def submitted(parts: Parts, ack: Ack, body: Body) -> None:
    """The answer as after the command, with the command to learn under it."""
    form = Submission(parts, ack, body)
    caller, _ = form.recall()

    def answer(read: tuple[str, commands.Command]) -> Answer:
        text, command = read
        keep(
            parts.database,
            caller.user,
            FORM,
            {key: form.filled[key] for key in ("model", "other") if key in form.filled},
        )
        return form.answer(caller, command, text, learn=True)

    form.take(caller, lambda: form.read_line(_line, {"model": "org/model", "text": "a"}), answer, "text")


def _line(values: Mapping[str, str]) -> str:
    texts = map(quoted, lines_of(values["text"]))
    return as_line(" ".join(("tokenize", values["model"], *([values["other"]] if values.get("other") else []), *texts)))
