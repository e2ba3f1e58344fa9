"""The form behind Ask…, whose text goes to the one who asked for the release."""

from functools import partial

from core.blocks.release import build_question_form
from handlers.forms.submission import Submission
from handlers.listeners import Ack, Body, Caller, Parts, say


def open_form(parts: Parts, caller: Caller, release_id: str) -> None:
    """Ask…: asks for the question, after the same checks as a vote."""
    release = parts.releases.ensure_undecided(release_id, caller.user)
    parts.client.views_open(trigger_id=caller.trigger_id, view=build_question_form(release))


def submitted(parts: Parts, ack: Ack, body: Body) -> None:
    """Tells the requester; the card notes it."""
    form = Submission(parts, ack, body)
    release_id, question = body["view"]["private_metadata"], form.values["question"]
    card = parts.outbox.location(release_id)
    caller = Caller(form.user, card[0] if card else form.user)
    ask = partial(parts.releases.ask, release_id, form.user, question)
    form.take(caller, ask, lambda release: say(f"<@{release.requested_by}> was asked."), "question")
