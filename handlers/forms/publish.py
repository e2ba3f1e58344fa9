"""The form behind Publish; what is filled in becomes the command that does the same."""

from collections.abc import Mapping

from core.blocks.publish_form import build_publish_form
from core.errors import HubError, Mistake
from core.store import remembered
from core.store.runs import Run
from handlers.forms.submission import Submission
from handlers.forms.views import open_view, update_view
from handlers.listeners import Ack, Answer, Body, Caller, Parts

LAST = "run.publish"


def open_form(parts: Parts, caller: Caller, run_id: str) -> None:
    """Publish under a finished run."""
    open_filled(parts, caller, {"run": run_id})


def open_filled(parts: Parts, caller: Caller, typed: Mapping[str, str]) -> None:
    """The form for the run that was named, or else the newest that one can publish, with what was typed.

    It opens with what is known; where we may write is asked of the Hub afterwards.
    """
    run = parts.runs.get(typed["run"]) if "run" in typed else _newest(parts, caller)
    parts.access.ensure_owner(caller.user, run.requested_by, run.id)
    last = {**(remembered.last(parts.database, caller.user, LAST) or {}), **typed}
    known = parts.releases.namespaces.known()
    view_id = open_view(parts, caller, build_publish_form(run, known, last))
    problem = ""
    try:
        owners = parts.releases.namespaces.current()
    except HubError as error:
        owners, problem = known, error.sentence
    if owners != known or problem:
        update_view(parts, view_id, build_publish_form(run, owners, last, problem))


def _newest(parts: Parts, caller: Caller) -> Run:
    newest = parts.runs.newest(requested_by=caller.user, state="succeeded", limit=1)
    if not newest:
        raise Mistake("You have no finished run to publish yet. `/hf help train` shows how to begin one.")
    return newest[0]


def submitted(parts: Parts, ack: Ack, body: Body) -> None:
    """Asks the approvers, as the command does."""
    form = Submission(parts, ack, body)
    run_id = body["view"]["private_metadata"]
    owner, name = form.values.get("owner", ""), form.values["repo"]
    visibility = form.values["visibility"] or "private"
    repo = name if "/" in name or not owner else f"{owner}/{name}"
    text = f"publish {run_id} to {repo} {visibility}"
    form.line = text
    try:
        caller = Caller(form.user, parts.runs.get(run_id).channel)
    except Mistake as error:
        form.refuse(error, "repo")
        return

    def ask() -> Answer:
        shown = form.answer(caller, form.read(text), text, learn=True)
        last = {"owner": repo.partition("/")[0], "visibility": visibility}
        remembered.keep(parts.database, caller.user, LAST, last)
        return shown

    form.take(caller, lambda: form.read(text), lambda _command: ask(), "repo")
