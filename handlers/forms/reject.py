"""The form behind Reject, which asks for the reason."""

from functools import partial

from core.blocks.release import build_reject_form
from handlers.forms.submission import Submission
from handlers.listeners import Ack, Body, Caller, Parts


def open_form(parts: Parts, caller: Caller, release_id: str) -> None:
    """Reject…: asks for the reason, after the same checks as the rejection itself."""
    release = parts.releases.ensure_undecided(release_id, caller.user)
    parts.client.views_open(trigger_id=caller.trigger_id, view=build_reject_form(release))


def submitted(parts: Parts, ack: Ack, body: Body) -> None:
    """Rejects; the release's card and the requester's thread say the rest."""
    form = Submission(parts, ack, body)
    release_id, reason = body["view"]["private_metadata"], form.values["reason"]
    # What goes wrong after the form is closed is told beside the card.
    card = parts.outbox.location(release_id)
    caller = Caller(form.user, card[0] if card else form.user)
    reject = partial(parts.releases.decide, release_id, form.user, approve=False, reason=reason)
    form.take(caller, reject, lambda _release: None, "reason")
