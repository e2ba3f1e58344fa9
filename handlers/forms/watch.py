"""The form behind a bare `watch`."""

from core.blocks.forms import build_watch_form
from handlers.forms.submission import Submission
from handlers.listeners import Ack, Body, Caller, Parts, remember

FORM = "watch.form"


def open_form(parts: Parts, caller: Caller) -> None:
    """Asks whom or what to watch in this channel."""
    parts.client.views_open(trigger_id=caller.trigger_id, view=build_watch_form(remember(caller, "")))


def submitted(parts: Parts, ack: Ack, body: Body) -> None:
    """Watches, as the command does."""
    form = Submission(parts, ack, body)
    caller, _ = form.recall()
    text = f"watch {form.values['target']}"
    form.take(caller, lambda: form.read(text), lambda command: form.answer(caller, command, text, learn=True), "target")
