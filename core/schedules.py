"""Schedules: trainings that start by themselves, in the time zone of the person who request."""

import logging
import time
from collections.abc import Callable
from sqlite3 import Connection

from core.access import Access
from core.blocks import schedule as cards
from core.errors import Conflict, HugopsError, Mistake
from core.ids import SCHEDULE
from core.listeners import Listeners
from core.outbox import Message, Outbox
from core.plans import Plan, plan_from
from core.runs import Runs, ensure_fresh
from core.slots import next_times
from core.store import Database, rows
from core.store import schedules as table
from core.store.plans import find_plan, settle_plan
from core.store.schedules import Schedule

log = logging.getLogger(__name__)
# The states in which a schedule can still be steered.
STEERED = ("active", "paused")


class Schedules:
    """What can be done to schedules; the scheduler calls `fire` when a slot has come.

    `changed` tells that another slot may be the next.
    """

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
        self.changed = Listeners[[]]()

    def get(self, schedule_id: str) -> Schedule:
        """The schedule with this short id; Mistake when there is none."""
        number = SCHEDULE.number(schedule_id)
        schedule = None if number is None else table.find(self._database, number)
        if schedule is None:
            raise SCHEDULE.absent(schedule_id)
        return schedule

    def current(self) -> list[Schedule]:
        """Those that are active or paused, the next one first."""
        return table.current(self._database)

    def create(self, plan_id: str, user: str) -> Schedule:
        """Turns a plan into a schedule, or into what the schedule that it changes does from now on, once."""
        plan = find_plan(self._database, plan_id)
        request = plan.request
        self._access.ensure_owner(user, request.requested_by, "This plan")
        self._access.ensure_trainer(user)
        slots = next_times(request.at, request.cron, request.zone, self._clock(), 1)
        if not slots:
            raise Mistake("That time has passed meanwhile. Type the command again with a later one.")
        with self._database.transaction() as connection:
            ensure_fresh(find_plan(self._database, plan_id))
            number = self._set(connection, plan, user, slots[0])
            schedule = self.get(SCHEDULE.write(number))
            settle_plan(connection, plan_id, schedule.id)
            self._tell(schedule.id)
        self.changed.tell()
        return schedule

    def _set(self, connection: Connection, plan: Plan, user: str, next_slot: float) -> int:
        """Writes a plan down as a schedule; its number."""
        request = plan.request
        content = {
            "plan": plan.body(),
            "requested_by": request.requested_by,
            "channel": request.channel,
            "zone": request.zone,
            "at": request.at,
            "cron": request.cron,
            "words": request.words,
            "next_slot": next_slot,
        }
        if request.changes is None:
            return rows.insert(connection, "schedules", state="active", created=self._clock(), **content)
        changed = self.ensure_owner(request.changes, user)
        if not rows.move(connection, "schedules", changed.number, STEERED, "active", **content):
            raise Conflict(f"{changed.id} was {self.get(changed.id).state} meanwhile. Nothing was changed.")
        return changed.number

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
        return self._change(schedule_id, user, STEERED, "removed", None)

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
            if not table.move_on(connection, schedule.number, slot, slots[0] if slots else None):
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
        with self._database.transaction() as connection:
            if not rows.move(connection, "schedules", schedule.number, sources, target, next_slot=next_slot):
                raise Conflict(f"{schedule.id} is {self.get(schedule_id).state} already.")
            self._tell(schedule.id)
        self.changed.tell()
        return self.get(schedule_id)

    def _tell(self, schedule_id: str) -> None:
        schedule = self.get(schedule_id)
        text, blocks = cards.build_schedule(schedule, upcoming(schedule, self._clock()))
        self._outbox.put(Message(schedule.id, schedule.channel, text, schedule.id, schedule.state, blocks))


def upcoming(schedule: Schedule, now: float) -> list[float]:
    """The next three slots of a schedule, as if a paused one went on; none of one that has ended."""
    if schedule.state not in STEERED:
        return []
    return next_times(schedule.at, schedule.cron, schedule.zone, now, 3)
