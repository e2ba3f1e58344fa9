"""The form behind Publish; what is filled in becomes the command that does the same."""

from core.blocks.release import build_publish_form
from core.errors import Mistake
from handlers.forms.submission import Submission
from handlers.listeners import Ack, Body, Caller, Parts

LONGEST_NAME = 60


def open_form(parts: Parts, caller: Caller, run_id: str) -> None:
    """Publish under a finished run: a form for the name and the visibility."""
    run = parts.runs.get(run_id)
    parts.access.ensure_owner(caller.user, run.requested_by, run.id)
    name = run.title.lower().replace(" on ", "-").replace(" ", "-")[:LONGEST_NAME]
    parts.client.views_open(trigger_id=caller.trigger_id, view=build_publish_form(run, f"org/{name}"))


def submitted(parts: Parts, ack: Ack, body: Body) -> None:
    """Asks the approvers, as the command does."""
    form = Submission(parts, ack, body)
    run_id = body["view"]["private_metadata"]
    text = f"publish {run_id} to {form.values['repo']} {form.values['visibility'] or 'private'}"
    try:
        caller = Caller(form.user, parts.runs.get(run_id).channel)
    except Mistake as error:
        form.refuse(error, "repo")
        return
    form.take(caller, lambda: form.read(text), lambda command: form.answer(caller, command, text), "repo")
