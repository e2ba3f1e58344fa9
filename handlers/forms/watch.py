"""The form behind a bare `watch`."""

from collections.abc import Mapping

from core import commands
from core.blocks.forms import build_watch_form
from core.commands.watches import AddWatch
from core.commands.writing import filled_line
from core.store.remembered import keep, last
from handlers.forms.submission import Submission
from handlers.forms.views import open_view
from handlers.listeners import Ack, Answer, Body, Caller, Parts, remember

FORM = "watch.form"


def open_filled(parts: Parts, caller: Caller, typed: Mapping[str, str]) -> None:
    """Asks whom or what to watch in this channel."""
    before = last(parts.database, caller.user, FORM) or {}
    open_view(parts, caller, build_watch_form({**before, **typed}, remember(caller, "")))


def submitted(parts: Parts, ack: Ack, body: Body) -> None:
    """Watches, as the command does."""
    form = Submission(parts, ack, body)
    caller, _ = form.recall()

    def watch(read: tuple[str, commands.Command]) -> Answer:
        text, command = read
        keep(parts.database, caller.user, FORM, form.filled)
        return form.answer(caller, command, text, learn=True)

    form.take(caller, lambda: form.read_line(_line, {"target": "org/model"}), watch, "target")


def _line(values: Mapping[str, str]) -> str:
    return filled_line(AddWatch, f"watch {values['target']}", values)
