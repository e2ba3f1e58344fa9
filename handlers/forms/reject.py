"""The form behind Reject, which asks for the reason."""

from core.answers import Caller
from core.blocks.release import build_reject_form
from core.errors import Mistake
from core.store.releases import Release
from handlers.forms.submission import Submission
from handlers.listeners import Ack, Body
from handlers.parts import Parts


def open_form(parts: Parts, caller: Caller, release_id: str) -> None:
    """Reject…: asks for the reason, after the same checks as the rejection itself."""
    release = parts.releases.get(release_id)
    parts.access.ensure_approver(caller.user, release.requested_by)
    if release.state != "waiting":
        raise Mistake(f"{release.id} is decided already.")
    parts.client.views_open(trigger_id=caller.trigger_id, view=build_reject_form(release))


def submitted(parts: Parts, ack: Ack, body: Body) -> None:
    """Rejects; the release's card and the requester's thread say the rest."""
    form = Submission(parts, ack, body)
    release_id, reason = body["view"]["private_metadata"], form.values["reason"]

    def reject() -> Release:
        return parts.releases.decide(release_id, form.user, approve=False, reason=reason)

    card = parts.outbox.location(release_id)
    # Who is asked after the form is closed reads beside the card what went wrong.
    caller = Caller(form.user, card[0] if card else form.user)
    form.take(caller, reject, lambda _release: None, "reason")
