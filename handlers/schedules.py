"""Schedules: list, show, steer, change, and run out of turn; words and buttons do the same."""

import time

from core.blocks.schedule import build_schedule, build_schedules, schedule_actions
from core.commands.schedules import (
    ListSchedules,
    PauseSchedule,
    RemoveSchedule,
    ResumeSchedule,
    RunSchedule,
    ShowSchedule,
)
from core.schedules import upcoming
from core.store.plans import save_plan
from handlers.listeners import Answer, Caller, Commands, Parts, say


def schedules(parts: Parts, now: float) -> Answer:
    text, blocks = build_schedules([(each, upcoming(each, now)) for each in parts.schedules.current()])
    return Answer(text, blocks)


def show(parts: Parts, schedule_id: str, now: float) -> Answer:
    schedule = parts.schedules.get(schedule_id)
    text, blocks = build_schedule(schedule, upcoming(schedule, now))
    return Answer(text, blocks)


def pause(parts: Parts, caller: Caller, schedule_id: str) -> Answer:
    schedule = parts.schedules.pause(schedule_id, caller.user)
    return _told(parts, caller, schedule.id, f"{schedule.id} is paused.")


def resume(parts: Parts, caller: Caller, schedule_id: str) -> Answer:
    schedule = parts.schedules.resume(schedule_id, caller.user)
    return _told(parts, caller, schedule.id, f"{schedule.id} is active again.")


def remove(parts: Parts, caller: Caller, schedule_id: str) -> Answer:
    schedule = parts.schedules.remove(schedule_id, caller.user)
    return _told(parts, caller, schedule.id, f"{schedule.id} is removed.")


def run_now(parts: Parts, caller: Caller, schedule_id: str) -> Answer:
    """One run out of turn, on the data as it is now; the schedule itself goes on."""
    schedule = parts.schedules.ensure_owner(schedule_id, caller.user)
    parts.workspace.ensure_can_post(schedule.channel, f"type `/hf {schedule.id} run` again")
    plan = save_plan(parts.database, parts.scheduler.run_now(schedule))
    run = parts.runs.start(plan.id, schedule.requested_by, schedule.number)
    return say(f"{run.id} was started out of turn from {schedule.id}.")


def _told(parts: Parts, caller: Caller, schedule_id: str, sentence: str) -> Answer:
    """What was done, with what can be done next; on the card itself the buttons have changed already."""
    told = say(sentence)
    if caller.on_card or caller.is_at_home:
        return told
    schedule = parts.schedules.get(schedule_id)
    return Answer(sentence, [*told.blocks, schedule_actions(schedule, upcoming(schedule, time.time()))])


COMMANDS: Commands = {
    ListSchedules: lambda parts, _caller, _c: schedules(parts, time.time()),
    ShowSchedule: lambda parts, _caller, c: show(parts, c.schedule, time.time()),
    PauseSchedule: lambda parts, caller, c: pause(parts, caller, c.schedule),
    ResumeSchedule: lambda parts, caller, c: resume(parts, caller, c.schedule),
    RemoveSchedule: lambda parts, caller, c: remove(parts, caller, c.schedule),
    RunSchedule: lambda parts, caller, c: run_now(parts, caller, c.schedule),
}
