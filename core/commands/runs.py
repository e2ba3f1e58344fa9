"""Following and steering runs."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, StringConstraints

from core import ids
from core.commands.command import Command, Line, Sharing
from core.commands.keys import build, split
from core.commands.reading import OneThing, is_word, too_much
from core.commands.writing import pairs
from core.frozen import key

RunId = Annotated[str, StringConstraints(to_upper=True, pattern=ids.RUN.pattern)]
Status = Literal["queued", "starting", "running", "succeeded", "failed", "cancelled", "lost"]
# What the cards call two of the states.
SHOWN_STATUS = {"waiting": "queued", "finished": "succeeded"}


def _status(value: object) -> object:
    return SHOWN_STATUS.get(value, value) if isinstance(value, str) else value


class ListRuns(Command):
    """Lists the newest runs, everybody's or your own."""

    name, group, usage = "runs", "Runs", "runs [mine|all] [status=…]"
    examples = ("runs", "runs mine status=failed")
    sharing = Sharing.ANEW
    scope: Literal["mine", "all"] = "all"
    status: Annotated[Status, BeforeValidator(_status)] | None = key(None, "only those in this state", "running")

    @classmethod
    def read(cls, line: Line) -> Self:
        tokens, fields = split(cls, line.rest)
        if len(tokens) > 1 or (tokens and not is_word(tokens[0], "mine", "all")):
            raise too_much(cls, tokens[-1])
        return build(cls, {"scope": tokens[0].text.lower() if tokens else "all", **fields})

    def typed(self) -> Iterator[str]:
        yield from ("runs", "mine" if self.scope == "mine" else "", *pairs(self))


class OneRun(OneThing):
    """A command about one run."""

    group, thing = "Runs", ids.RUN
    run: RunId


class ShowRun(OneRun):
    """Shows one run as it stands."""

    name, usage, examples = "R12", "R12", ("R12",)
    sharing = Sharing.ANEW


class CancelRun(OneRun):
    """Stops a run; its last checkpoint stays."""

    name, usage, examples = "cancel", "cancel R12", ("cancel R12",)


class ResumeRun(OneRun):
    """Goes on with a stopped, failed or lost run from its last checkpoint."""

    name, usage, examples = "resume", "resume R12", ("resume R12",)


class ShowLogs(OneRun):
    """Shows the last events and log lines of a run."""

    name, usage, examples = "logs", "logs R12", ("logs R12",)


class MuteRun(OneRun):
    """Keeps a run's thread quiet; its card goes on."""

    name, usage, examples = "mute", "mute R12", ("mute R12",)


class UnmuteRun(OneRun):
    """Lets a run's thread speak again."""

    name, usage, examples = "unmute", "unmute R12", ("unmute R12",)


COMMANDS = (ListRuns, ShowRun, CancelRun, ResumeRun, ShowLogs, MuteRun, UnmuteRun)
