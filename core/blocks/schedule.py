"""Schedules on screen: always with the zone's name and the next times."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from core.blocks.parts import Blocks, section
from core.words import escape, plural

if TYPE_CHECKING:
    from core.schedules import Schedule

# A message takes about 13,000 characters.
SHOWN = 20
MARKS = {
    "active": ":hourglass_flowing_sand:",
    "paused": ":warning:",
    "removed": ":no_entry:",
    "done": ":white_check_mark:",
}


def build_schedule(schedule: "Schedule", upcoming: Sequence[float]) -> tuple[str, Blocks]:
    """One schedule as it stands."""
    title, words = escape(schedule.title), escape(schedule.words)
    text = f"{schedule.id} · {title} · {words} · {schedule.state}"
    lines = [f"{MARKS[schedule.state]} *{schedule.id} · {title}* · {words}"]
    if upcoming:
        lines.append("next: " + say_times(upcoming, schedule.zone))
    else:
        lines.append(schedule.state)
    lines.append(
        f"<@{schedule.requested_by}> · `/hf pause {schedule.id}` · `/hf {schedule.id} run` · `/hf remove {schedule.id}`"
    )
    return text, [section("\n".join(lines))]


def build_schedules(schedules: Sequence[tuple["Schedule", Sequence[float]]]) -> tuple[str, Blocks]:
    """All schedules; an empty list teaches."""
    if not schedules:
        return "No schedules.", [
            section('*No schedules.* `/hf train org/base on org/dataset every "mon 9:00"` trains every Monday.')
        ]
    blocks: Blocks = [section(f"*{plural(len(schedules), 'schedule')}*")]
    for schedule, upcoming in schedules[:SHOWN]:
        blocks += build_schedule(schedule, upcoming)[1]
    if len(schedules) > SHOWN:
        blocks.append(section(f"and {len(schedules) - SHOWN} more, later than these"))
    return plural(len(schedules), "schedule"), blocks


def say_times(times: Sequence[float], zone: str) -> str:
    """`Mon 30 Nov 2026 09:00, Mon 7 Dec 2026 09:00 (Europe/Berlin)`."""
    place = ZoneInfo(zone)
    said = [
        f"{moment:%a} {moment.day} {moment:%b %Y %H:%M}"
        for moment in (datetime.fromtimestamp(at, tz=place) for at in times)
    ]
    return f"{', '.join(said)} ({zone})"
