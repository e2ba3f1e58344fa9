"""Wakes schedules at their slots. The table is the truth; APScheduler only holds the next alarm of each."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from apscheduler.schedulers.background import BackgroundScheduler

from bot.plans import Plan, plan_from
from bot.schedules import Schedule, Schedules

log = logging.getLogger(__name__)


class Scheduler:
    """Arms one alarm for each active schedule; a slot that was missed while the bot was down fires once, now."""

    def __init__(self, schedules: Schedules, refresh: Callable[[Plan], Plan]) -> None:
        self._schedules = schedules
        self._refresh = refresh
        self._alarms = BackgroundScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        schedules.on_change = self.arm

    def start(self) -> None:
        self._alarms.start()
        self.arm()

    def stop(self) -> None:
        if self._alarms.running:
            self._alarms.shutdown(wait=False)

    def arm(self) -> None:
        """Makes the alarms say what the table says."""
        wanted: dict[str, Schedule] = {
            schedule.id: schedule for schedule in self._schedules.current() if schedule.state == "active"
        }
        for job in self._alarms.get_jobs():
            if job.id not in wanted:
                job.remove()
        for schedule in wanted.values():
            if schedule.next_slot is not None:
                self._alarms.add_job(
                    self._fire,
                    "date",
                    run_date=datetime.fromtimestamp(schedule.next_slot, tz=UTC),
                    args=(schedule, schedule.next_slot),
                    id=schedule.id,
                    replace_existing=True,
                )

    def run_now(self, schedule: Schedule) -> Plan:
        """The plan of a schedule on the data as it is now, to be started out of turn."""
        return self._refresh(plan_from(schedule.plan))

    def _fire(self, schedule: Schedule, slot: float) -> None:
        try:
            self._schedules.fire(schedule, slot, self._refresh)
        except Exception:  # the edge of this thread: the next slot must be armed whatever this one did
            log.exception("%s could not fire", schedule.id)
        finally:
            self.arm()
