"""What a run tells of itself when somebody asks for its logs: how it stands, its milestones, its last log lines."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from core.blocks.parts import Blocks, code, context, section, sections
from core.blocks.run import BLAME, build_note, headline, mark, reason
from core.store.runs import Run
from core.words import date, escape, shorten

# Characters of a log line, and of all that are shown: those that do not fit are the older ones.
LONGEST_LINE, LONGEST_LOG = 300, 2200
# How the worker begins its lines: a moment with its zone.
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}")


def build_logs(
    run: Run, milestones: Sequence[Mapping[str, object]], tail: Sequence[str], zone: tzinfo
) -> tuple[str, Blocks]:
    """First how the run stands, and what to do where it ended badly; then its milestones; its last lines at the end.

    `zone` is that of the one reader, in which the times in log lines are told.
    """
    stands = f"{mark(run)} *{run.id} · {headline(run)}*"
    if run.state in ("failed", "lost"):
        advice = BLAME.get(run.failure.get("kind", ""), "")
        stands += "\n" + " ".join(part for part in (escape(shorten(reason(run), 1000)), advice) if part)
    told = [f"{_moment(event)} {_milestone(event)}" for event in milestones]
    shown = _newest([_in_zone(line, zone) for line in tail])
    return f"Logs of {run.id}", [
        section(stands),
        *sections(["*Milestones*", *(told or ["It has not begun yet."])]),
        *([section("*Last log lines*\n" + code(shown))] if shown else [context("Its worker has logged nothing.")]),
    ]


def _moment(event: Mapping[str, object]) -> str:
    """When it was, as each reader's clock says."""
    try:
        return date(datetime.fromisoformat(str(event["at"])), "{date_short_pretty} {time_secs}")
    except (KeyError, ValueError):
        return "–"


def _milestone(event: Mapping[str, object]) -> str:
    match event.get("type"):
        case "started" | "evaluated" | "checkpoint" | "warning":
            return shorten(build_note(event), LONGEST_LINE)
        case "data":
            return "The data was read."
        case "finished":
            return "Finished."
        case "cancelled":
            return "Cancelled."
        case "failed":
            return f"Failed: {escape(shorten(str(event.get('reason') or 'no reason was given'), 200))}"
        case kind:
            return escape(shorten(str(kind), 40))


def _in_zone(line: str, zone: tzinfo) -> str:
    """The line with the moment that it begins with, if any, on the reader's clock."""
    begins = MOMENT.match(line)
    if begins is None:
        return line
    return f"{datetime.fromisoformat(begins[0]).astimezone(zone):%H:%M:%S}{line[begins.end() :]}"


def _newest(lines: Sequence[str]) -> list[str]:
    """As many of the last lines as a message holds."""
    kept: list[str] = []
    room = LONGEST_LOG
    for line in reversed(lines):
        short = shorten(line, LONGEST_LINE)
        room -= len(escape(short)) + 1
        if room < 0:
            break
        kept.insert(0, short)
    return kept
