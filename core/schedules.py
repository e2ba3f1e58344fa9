"""Schedules: trainings that start by themselves, in the time zone of the person who asked."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.access import Access
from core.blocks import schedule as cards
from core.errors import Conflict, HugopsError, Mistake
from core.outbox import Message, Outbox
from core.plans import Plan, find_plan, plan_from, settle_plan
from core.runs import Runs, ensure_fresh
from core.slots import next_times
from core.store import Database, Row, dump, load
from core.words import escape

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Schedule:
    """One planned training: `at` for once, `cron` for repeatedly; `next_slot` is when it is due next."""

    number: int
    state: str
    plan: dict[str, Any]
    requested_by: str
    channel: str
    zone: str
    at: float | None
    cron: str | None
    words: str
    next_slot: float | None
    created: float

    @property
    def id(self) -> str:
        return f"S{self.number}"

    @property
    def title(self) -> str:
        return str(self.plan["title"])


class Schedules:
    """What can be done to schedules; the scheduler calls `fire` when a slot has come."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        access: Access,
        runs: Runs,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._access = access
        self._runs = runs
        self._clock = clock
        self.on_change: Callable[[], None] = lambda: None

    def get(self, schedule_id: str) -> Schedule:
        """The schedule with this short id; Mistake when there is none."""
        number = schedule_id.removeprefix("S")
        row = None
        if number.isdecimal() and len(number) < 12:
            row = self._database.one("SELECT * FROM schedules WHERE id = ?", (int(number),))
        if row is None:
            raise Mistake(f"There is no schedule {escape(schedule_id)}. `/hf schedules` lists those there are.")
        return _read(row)

    def current(self) -> list[Schedule]:
        """Those that are active or paused, the next one first."""
        rows = self._database.all(
            "SELECT * FROM schedules WHERE state IN ('active', 'paused') ORDER BY next_slot IS NULL, next_slot, id"
        )
        return [_read(row) for row in rows]

    def create(self, plan_id: str, user: str) -> Schedule:
        """Turns a plan into a schedule, once."""
        plan = find_plan(self._database, plan_id)
        asked = plan.request
        self._access.ensure_owner(user, asked.requested_by, "This plan")
        self._access.ensure_trainer(user)
        slots = next_times(asked.at, asked.cron, asked.zone, self._clock(), 1)
        if not slots:
            raise Mistake("That time has passed meanwhile. Type the command again with a later one.")
        with self._database.transaction() as connection:
            ensure_fresh(find_plan(self._database, plan_id))
            number = connection.execute(
                "INSERT INTO schedules(state, plan, requested_by, channel, zone, at, cron, words, next_slot, created)"
                " VALUES ('active',?,?,?,?,?,?,?,?,?)",
                (
                    dump(plan.body()),
                    asked.requested_by,
                    asked.channel,
                    asked.zone,
                    asked.at,
                    asked.cron,
                    asked.words,
                    slots[0],
                    self._clock(),
                ),
            ).lastrowid
            settle_plan(connection, plan_id, f"S{number}")
            self._tell(f"S{number}")
        self.on_change()
        return self.get(f"S{number}")

    def pause(self, schedule_id: str, user: str) -> Schedule:
        return self._change(schedule_id, user, ("active",), "paused", None)

    def resume(self, schedule_id: str, user: str) -> Schedule:
        """Goes on with the next slot from now; those that passed meanwhile are not made up for."""
        schedule = self.get(schedule_id)
        slots = next_times(schedule.at, schedule.cron, schedule.zone, self._clock(), 1)
        if not slots:
            raise Mistake(f"The time of {schedule.id} has passed. `/hf {schedule.id} run` starts it now.")
        return self._change(schedule_id, user, ("paused",), "active", slots[0])

    def remove(self, schedule_id: str, user: str) -> Schedule:
        return self._change(schedule_id, user, ("active", "paused"), "removed", None)

    def ensure_owner(self, schedule_id: str, user: str) -> Schedule:
        """The schedule, if this person may steer it."""
        schedule = self.get(schedule_id)
        self._access.ensure_owner(user, schedule.requested_by, schedule.id)
        return schedule

    def fire(self, schedule: Schedule, slot: float, refresh: Callable[[Plan], Plan]) -> None:
        """Starts the run of a slot, once, on the data as it is now, and moves on to the next slot."""
        plan = plan_from(schedule.plan)
        problem = ""
        try:
            plan = refresh(plan)
        except HugopsError as error:
            log.warning("%s could not start", schedule.id, exc_info=True)
            problem = error.sentence
        slots = next_times(schedule.at, schedule.cron, schedule.zone, max(slot, self._clock()), 1)
        with self._database.transaction() as connection:
            moved = connection.execute(
                "UPDATE schedules SET next_slot = ?, state = ? WHERE id = ? AND state = 'active' AND next_slot = ?",
                (slots[0] if slots else None, "active" if slots else "done", schedule.number, slot),
            )
            if not moved.rowcount:
                return  # paused, removed, or fired by an earlier life of this process
            if problem:
                text = f"<@{schedule.requested_by}> {schedule.id} did not start: {problem}"
                state = self.get(schedule.id).state
                self._outbox.put(Message(f"{schedule.id}/{slot:.0f}", schedule.channel, text, schedule.id, state))
            else:
                self._runs.start_slot(plan, schedule.number, slot)
            self._tell(schedule.id)

    def _change(
        self, schedule_id: str, user: str, sources: tuple[str, ...], target: str, next_slot: float | None
    ) -> Schedule:
        schedule = self.ensure_owner(schedule_id, user)
        marks = ",".join("?" * len(sources))
        with self._database.transaction() as connection:
            moved = connection.execute(
                f"UPDATE schedules SET state = ?, next_slot = ? WHERE id = ? AND state IN ({marks})",  # noqa: S608  # only question marks are put in
                (target, next_slot, schedule.number, *sources),
            )
            if not moved.rowcount:
                raise Conflict(f"{schedule.id} is {self.get(schedule_id).state} already.")
            self._tell(schedule.id)
        self.on_change()
        return self.get(schedule_id)

    def _tell(self, schedule_id: str) -> None:
        schedule = self.get(schedule_id)
        text, blocks = cards.build_schedule(schedule, upcoming(schedule, self._clock()))
        self._outbox.put(Message(schedule.id, schedule.channel, text, schedule.id, schedule.state, blocks))


def upcoming(schedule: Schedule, now: float) -> list[float]:
    """The next three slots of an active schedule."""
    if schedule.state != "active":
        return []
    return next_times(schedule.at, schedule.cron, schedule.zone, now, 3)


def _read(row: Row) -> Schedule:
    plain = {
        key: row[key]
        for key in ("state", "requested_by", "channel", "zone", "at", "cron", "words", "next_slot", "created")
    }
    return Schedule(number=row["id"], plan=load(row["plan"]), **plain)
