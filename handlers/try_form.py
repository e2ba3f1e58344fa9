"""The form behind Try, a bare `/hf run` or `/hf compare`, and the shortcut under a message."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from core import commands as grammar
from core.answers import Caller
from core.blocks.forms import Try, build_try_form
from core.commands.tokens import clean
from core.errors import Mistake
from core.kinds import claimed
from core.store import remembered
from core.tasks import TASKS
from handlers.answering import remember
from handlers.parts import Parts
from jobs.inference.asking import READ_AS

Ack = Callable[..., Any]
LAST = "model.try"


class WrongField(Exception):
    """What was filled in cannot be run: which field, and the sentence at it."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence.replace("`", "")


def open_try(parts: Parts, caller: Caller, repo: str) -> None:
    """Asks for what to try a model on: `repo`, or the one that this person tried last."""
    show(parts, caller, Try(model=repo))


def on_message_shortcut(parts: Parts, ack: Ack, body: dict[str, Any]) -> None:
    """Try a model on this: the message's text and files, in the form."""
    ack()
    message = body["message"]
    caller = Caller(
        user=body["user"]["id"],
        channel=body["channel"]["id"],
        response_url=body.get("response_url", ""),
        trigger_id=body["trigger_id"],
        files=tuple(file for file in message.get("files") or () if file.get("id"))[:10],
    )
    names = tuple(str(file.get("name") or file.get("title") or "a file") for file in caller.files)
    # A text that holds what no keyboard makes is left for the person to paste.
    try:
        text = clean(str(message.get("text") or ""))
    except Mistake:
        text = ""
    show(parts, caller, Try(text=text, files=names))


def show(parts: Parts, caller: Caller, given: Try) -> None:
    """Opens the form with what is known, and what this person filled in last where it is about the same model."""
    last = remembered.last(parts.database, caller.user, LAST) or {}
    if not given.model or given.model == last.get("model"):
        given = replace(given, **{key: last.get(key, "") for key in ("model", "task", "options")})
    view = build_try_form(given, fitting_tasks(caller.files), remember(caller, given.model))
    parts.client.views_open(trigger_id=caller.trigger_id, view=view)


def fitting_tasks(files: Sequence[dict[str, Any]]) -> list[str]:
    """The tasks that read these files; all where there are none, or nobody knows what they are."""
    kinds = {claimed(str(file.get("mimetype"))) for file in files} - {None}
    wanted = {each for kind in kinds if kind for each in READ_AS[kind]}
    return [task for task, about in TASKS.items() if about.reads & wanted] or list(TASKS)


def read_form(body: dict[str, Any], now: datetime) -> tuple[grammar.Run | grammar.Compare, list[dict[str, Any]]]:
    """The command that the form stands for, and its files. WrongField where the command would be refused."""
    values = values_of(body)
    run = f"run {values['model']}"
    if _read("model", run, now).inputs:
        raise WrongField("model", "One model belongs here, as in org/model.")
    options = f"{values['options']} task={values['task']}" if values["task"] else values["options"]
    lines = tuple(line.strip() for line in values["text"].splitlines() if line.strip())
    command = _read("options", f"{run} {options}", now)
    if command.inputs:
        raise WrongField("options", 'Only pairs such as labels="sport, politics" belong here, texts above.')
    if values["other"]:
        command = _read("other", f"compare {values['model']} {values['other']} {options}", now)
    if len(lines) > 100:
        raise WrongField("text", f"These are {len(lines):,} lines; I take at most 100 at once.")
    files = body["view"]["state"]["values"].get("files", {}).get("files", {}).get("files") or []
    return command.model_copy(update={"inputs": lines}), files


def keep_last(parts: Parts, user: str, body: dict[str, Any]) -> None:
    """Remembers what the form is filled with the next time."""
    values = values_of(body)
    remembered.keep(parts.database, user, LAST, {key: values[key] for key in ("model", "task", "options")})


def values_of(body: dict[str, Any]) -> dict[str, str]:
    """What was typed or chosen, by field; empty texts for what was not."""
    found = dict.fromkeys(("model", "text", "options", "other", "task"), "")
    for block, fields in body["view"]["state"]["values"].items():
        state = next(iter(fields.values()))
        chosen = (state.get("selected_option") or {}).get("value")
        found[block] = str(chosen or state.get("value") or "").strip()
    return found


def _read(field: str, text: str, now: datetime) -> grammar.Run | grammar.Compare:
    try:
        command = grammar.parse(text, now)
    except Mistake as error:
        raise WrongField(field, error.sentence) from error
    if not isinstance(command, (grammar.Run, grammar.Compare)):
        raise WrongField(field, "This is no model and its options.")
    return command
