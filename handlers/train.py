"""From `train` to a plan, and from Start to a run or a schedule."""

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from core.answers import Answer, Caller, SlackFile, say
from core.attachments import fetch, read_attachment
from core.blocks.plan import build_plan
from core.blocks.schedule import say_times
from core.commands import Train, to_text
from core.commands.repos import is_data_file
from core.data_files import SHORT_HASH, ensure_here
from core.errors import Conflict, Mistake
from core.kinds import LIMITS
from core.plans import TrainingRequest
from core.slots import next_times
from core.store.data_files import DataFile
from core.store.plans import find_plan, save_plan, settle_plan
from core.words import quote
from handlers.listeners import Commands
from handlers.parts import Parts
from jobs.inference.asking.inputs import attached

# What is trained on may be more than what is looked at in chat; the reader holds all of it in memory.
MOST_BYTES = {**LIMITS, "text": 100 * 2**20, "Parquet file": 100 * 2**20}


def plan(parts: Parts, request: TrainingRequest, now: float) -> Answer:
    """The plan card; nothing starts before Start is pressed."""
    parts.access.ensure_trainer(request.requested_by)
    shown = save_plan(parts.database, parts.planner.plan(request))
    times = ""
    if request.is_scheduled:
        slots = next_times(request.at, request.cron, request.zone, now, 3)
        times = f" · next: {say_times(slots, request.zone)}"
    text, blocks = build_plan(shown, times)
    return Answer(text, blocks, only_for_them=True)


def start(parts: Parts, caller: Caller, value: str) -> Answer:
    """Start under a plan: a run, or a schedule where a time was named."""
    shown = find_plan(parts.database, value)
    request = shown.request
    ensure_here(shown.dataset)
    parts.workspace.ensure_can_post(request.channel, "press Start again")
    if request.is_scheduled:
        schedule = parts.schedules.create(value, caller.user)
        return put_away(f"{schedule.id} is set. Its card is in the channel.")
    run = parts.runs.start(value, caller.user)
    return put_away(f"Started as {run.id}. Its card is in the channel; `/hf {run.id}` shows it any time.")


def put_plan_away(parts: Parts, caller: Caller, value: str) -> Answer:
    """Cancel under a plan."""
    request = find_plan(parts.database, value).request
    parts.access.ensure_owner(caller.user, request.requested_by, "This plan")
    with parts.database.transaction() as connection:
        became = find_plan(parts.database, value).became
        if became and became != "nothing":
            raise Conflict(f"This was already started as {became}. `/hf cancel {became}` stops it.")
        settle_plan(connection, value, "nothing")
    return put_away("Put away; nothing was started.")


def put_away(sentence: str) -> Answer:
    """The sentence in place of the plan, so that its buttons are gone."""
    return Answer(sentence, say(sentence).blocks, only_for_them=True, replace=True)


def _with_file(parts: Parts, caller: Caller, command: Train) -> Train:
    """The command with the hash of the file that it names: one that came along, else one of this person's earlier."""
    name, start = command.dataset, command.dataset_revision
    files = [] if start else attached(parts.workbench, caller)
    same = [each for each in files if str(each.get("name", "")).casefold() == name.casefold()]
    if files and not same:
        there = ", ".join(quote(str(each.get("name", ""))) for each in files)
        raise Mistake(f"There is no {quote(name)} here, but {there}. Name the file as it is called.", field="dataset")
    file = _take(parts, caller.user, same[-1]) if same else parts.data_files.find(name, start, caller.user)
    return command.model_copy(update={"dataset": file.name, "dataset_revision": file.sha256[:SHORT_HASH]})


def _take(parts: Parts, user: str, file: SlackFile) -> DataFile:
    """Fetches a file that lies in Slack, and keeps it. Mistake for one that holds no rows."""
    with TemporaryDirectory(prefix="hugops-") as folder:
        got = fetch(parts.client, read_attachment(parts.client, file), Path(folder), MOST_BYTES)
        if got.kind not in ("text", "Parquet file"):
            raise Mistake(
                f"{quote(got.name)} is a {got.kind}, whatever its name says. Attach a CSV, TSV, JSON, JSON lines or "
                "Parquet file with one row an example."
            )
        return parts.data_files.keep(got.path, got.name, user)


def _plan_for(parts: Parts, caller: Caller, command: Train) -> Answer:
    parts.access.ensure_trainer(caller.user)
    if is_data_file(command.dataset):
        command = _with_file(parts, caller, command)
    now = datetime.now(parts.workspace.person(caller.user).zone)
    request = TrainingRequest(
        requested_by=caller.user,
        channel=caller.channel,
        command=to_text(command),
        base=command.base,
        dataset=command.dataset,
        parameters=command.parameters,
        base_revision=command.base_revision,
        dataset_revision=command.dataset_revision,
        config=command.config,
        text=command.columns.text,
        pair=command.columns.pair,
        label=command.columns.label,
        task=command.task,
        at=command.at.timestamp() if command.at else None,
        cron=command.every.cron if command.every else None,
        words=f"every {command.every.text}" if command.every else "once" if command.at else "",
        title=command.title,
        zone=(command.every and command.every.zone) or str(now.tzinfo),
    )
    return plan(parts, request, now.timestamp())


COMMANDS: Commands = {Train: _plan_for}
