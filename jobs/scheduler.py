"""Wakes schedules at their slots. The table is the truth; APScheduler only holds the next alarm of each."""

import contextlib
import logging
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from core.errors import HugopsError, WorkerError, sentence_for
from core.plans import Plan, plan_from
from core.schedules import Schedules
from core.store.schedules import Schedule

log = logging.getLogger(__name__)
AGAIN_SECONDS = 60


class Scheduler:
    """Arms one alarm for each active schedule; a slot that was missed while the bot was down fires once, now."""

    def __init__(self, schedules: Schedules, refresh: Callable[[Plan], Plan]) -> None:
        self._schedules = schedules
        self._read_again = refresh
        self._alarms = BackgroundScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )

    def start(self) -> None:
        self._alarms.start()
        self.arm()

    def stop(self) -> None:
        if self._alarms.running:
            self._alarms.shutdown(wait=False)

    def arm(self) -> None:
        """Makes the alarms say what the table says."""
        active: dict[str, Schedule] = {
            schedule.id: schedule for schedule in self._schedules.current() if schedule.state == "active"
        }
        for job in self._alarms.get_jobs():
            if job.id not in active:
                with contextlib.suppress(JobLookupError):  # it rang at this moment
                    job.remove()
        for schedule in active.values():
            if schedule.next_slot is not None:
                self._alarm(schedule, schedule.next_slot, schedule.next_slot)

    def _alarm(self, schedule: Schedule, slot: float, at: float) -> None:
        when = datetime.fromtimestamp(at, tz=UTC)
        self._alarms.add_job(
            self._fire, "date", run_date=when, args=(schedule, slot), id=schedule.id, replace_existing=True
        )

    def run_now(self, schedule: Schedule) -> Plan:
        """The plan of a schedule on the data as it is now, to be started out of turn."""
        return self._refresh(plan_from(schedule.plan))

    def _refresh(self, plan: Plan) -> Plan:
        """The plan on the data as it is now; what nobody foresaw gets its sentence here, and the schedule goes on."""
        try:
            return self._read_again(plan)
        except HugopsError:
            raise
        except Exception as error:
            incident = uuid.uuid4().hex[:8]
            log.exception("incident %s", incident)
            raise WorkerError(sentence_for(error, incident)) from error

    def _fire(self, schedule: Schedule, slot: float) -> None:
        try:
            self._schedules.fire(schedule, slot, self._refresh)
            self.arm()
        except Exception:  # the edge of this thread: a slot that could not be noted is still to come
            log.exception("%s could not fire; again in %d s", schedule.id, AGAIN_SECONDS)
            self._alarm(schedule, slot, time.time() + AGAIN_SECONDS)
