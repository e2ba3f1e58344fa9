"""The forms behind Try, Fine-tune, Publish and Reject. What is filled in becomes the command that does the same."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from core import commands as grammar
from core.answers import Answer, Caller
from core.blocks import forms
from core.blocks.parts import context
from core.errors import HugopsError, Mistake
from core.words import escape, shorten
from handlers.answering import later, recall, remember
from handlers.parts import Parts

from . import commands, releases, try_form

Ack = Callable[..., Any]
FIELDS = ("epochs", "lr", "batch", "max_samples", "text", "label")


def open_tune(parts: Parts, caller: Caller, repo: str) -> None:
    """Fine-tune under a model: asks for the data and the parameters."""
    defaults = grammar.TrainParameters().model_dump()
    shown = {key: defaults.get(key) for key in FIELDS}
    parts.client.views_open(
        trigger_id=caller.trigger_id, view=forms.build_tune_form(repo, remember(caller, repo), shown)
    )


def try_submitted(parts: Parts, ack: Ack, body: dict[str, Any]) -> None:
    """The answer as after the command, with the command to learn under it."""
    caller, _ = recall(body)
    try:
        command, files = try_form.read_form(body, commands.now_for(parts, caller.user))
    except try_form.WrongField as wrong:
        ack(response_action="errors", errors={wrong.field: wrong.sentence})
        return
    caller = replace(caller, files=(*caller.files, *files))
    if not command.inputs and not caller.files:
        ack(response_action="errors", errors={"text": "There is no text in it yet, and no file."})
        return
    ack()

    def work() -> Answer:
        try_form.keep_last(parts, caller.user, body)
        found = commands.answer(parts, caller, command)
        text = grammar.to_text(command)
        learn = context(f"The same as a command: `/hf {escape(shorten(text.replace('`', chr(39)), 300))}`")
        shown = replace(found, blocks=[*found.blocks[:48], learn]) if found.blocks else found
        return commands.shareable(parts, caller, shown, command, text) if caller.response_url else shown

    later(parts, caller, work)


def tune_submitted(parts: Parts, ack: Ack, body: dict[str, Any]) -> None:
    caller, repo = recall(body)
    values = _values(body)
    given = " ".join(f'{key}="{values[key]}"' for key in FIELDS if values.get(key))
    _submit(parts, ack, caller, "dataset", f"train {repo} on {values['dataset']} {given}".strip())


def publish_submitted(parts: Parts, ack: Ack, body: dict[str, Any]) -> None:
    run_id, repo, public = releases.read_publish_form(body["view"])
    caller = Caller(user=body["user"]["id"], channel=parts.runs.get(run_id).channel)
    _submit(parts, ack, caller, "repo", f"publish {run_id} to {repo} {'public' if public else 'private'}")


def reject_submitted(parts: Parts, ack: Ack, body: dict[str, Any]) -> None:
    """The reason was given; the release's card and the requester's thread say the rest."""
    release_id, reason = body["view"]["private_metadata"], _values(body)["reason"]
    try:
        parts.releases.decide(release_id, body["user"]["id"], approve=False, reason=reason)
    except HugopsError as error:
        ack(response_action="errors", errors={"reason": error.sentence.replace("`", "")})
        return
    ack()


SUBMITTED: dict[str, Callable[[Parts, Ack, dict[str, Any]], None]] = {
    "model.try": try_submitted,
    "model.tune": tune_submitted,
    "run.publish": publish_submitted,
    "release.reject": reject_submitted,
}


def _submit(parts: Parts, ack: Ack, caller: Caller, field: str, text: str) -> None:
    """Checks the command that the form stands for; a mistake is shown at its field, else the form closes."""
    try:
        command = grammar.parse(text, commands.now_for(parts, caller.user))
    except Mistake as error:
        named = next((key for key in FIELDS if f"`{key}=" in error.sentence), field)
        ack(response_action="errors", errors={named: error.sentence.replace("`", "")})
        return
    ack()
    later(parts, caller, lambda: commands.answer(parts, caller, command))


def _values(body: dict[str, Any]) -> dict[str, str]:
    """What was typed, by field."""
    state = body["view"]["state"]["values"]
    return {block: str(next(iter(fields.values())).get("value") or "").strip() for block, fields in state.items()}
