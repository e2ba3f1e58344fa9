"""Steering what is trained when."""

from typing import Annotated

from pydantic import StringConstraints

from core import ids
from core.commands.reading import Alone, OneThing

ScheduleId = Annotated[str, StringConstraints(to_upper=True, pattern=ids.SCHEDULE.pattern)]


class ListSchedules(Alone):
    """Lists what is trained when, with the next times."""

    name, group, usage, examples = "schedules", "Schedules", "schedules", ("schedules",)


class OneSchedule(OneThing):
    """A command about one schedule."""

    group, thing = "Schedules", ids.SCHEDULE
    schedule: ScheduleId


class ShowSchedule(OneSchedule):
    """Shows one schedule."""

    name, usage, examples = "S4", "S4", ("S4",)


class RunSchedule(OneSchedule):
    """Starts a schedule's run now, out of turn."""

    name, usage, examples = "S4 run", "S4 run", ("S4 run",)
    waits = "Looking at the data as it is now; the answer follows."


class PauseSchedule(OneSchedule):
    """Starts nothing more until it is resumed."""

    name, usage, examples = "pause", "pause S4", ("pause S4",)


class ResumeSchedule(OneSchedule):
    """Goes on with a paused schedule at its next time."""

    name, usage, examples = "resume", "resume S4", ("resume S4",)


class RemoveSchedule(OneSchedule):
    """Ends a schedule for good."""

    name, usage, examples = "remove", "remove S4", ("remove S4",)


COMMANDS = (ListSchedules, ShowSchedule, RunSchedule, PauseSchedule, ResumeSchedule, RemoveSchedule)
