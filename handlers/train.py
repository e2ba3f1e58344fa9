"""From `train` to a plan, and from Start to a run or a schedule."""

import time
from dataclasses import replace
from datetime import datetime

from core.answers import Answer, Caller, say
from core.blocks.plan import build_plan
from core.blocks.schedule import say_times, schedule_actions
from core.commands import Train, to_text
from core.commands.repos import is_data_file
from core.data_files import SHORT_HASH, ensure_here
from core.errors import Conflict
from core.plans import TrainingRequest
from core.schedules import upcoming
from core.slots import next_times
from core.store.plans import find_plan, save_plan, settle_plan
from core.store.schedules import Schedule
from handlers import data_files
from handlers.listeners import Commands
from handlers.parts import Parts


def _plan(parts: Parts, request: TrainingRequest, now: float) -> Answer:
    """The plan card; nothing starts before Start is pressed."""
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
        done = "changed" if request.changes else "set"
        return _scheduled(schedule, f"{schedule.id} is {done}. Its card is in the channel.")
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


def _scheduled(schedule: Schedule, sentence: str) -> Answer:
    """The same, with what can be done to the schedule."""
    told = put_away(sentence)
    return replace(told, blocks=[*told.blocks, schedule_actions(schedule, upcoming(schedule, time.time()))])


def plan_for(parts: Parts, caller: Caller, command: Train, changes: str | None = None) -> Answer:
    """The plan of a command; `changes` is the schedule whose place it takes."""
    parts.access.ensure_trainer(caller.user)
    if is_data_file(command.dataset):
        file = data_files.given(parts, caller, command.dataset, command.dataset_revision)
        command = command.model_copy(update={"dataset": file.name, "dataset_revision": file.sha256[:SHORT_HASH]})
    now = datetime.now(parts.workspace.person(caller.user).zone)
    request = TrainingRequest(
        requested_by=caller.user,
        channel=parts.schedules.get(changes).channel if changes else caller.channel,
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
        changes=changes,
    )
    return _plan(parts, request, now.timestamp())


COMMANDS: Commands = {Train: plan_for}
