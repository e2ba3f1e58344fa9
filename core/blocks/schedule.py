"""Schedules on screen: what is trained when, always with the zone's name and the next times, and what can be done."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from core.blocks.parts import Block, Blocks, actions, button, context, section
from core.plans import TrainingRequest, plan_from
from core.words import decimal, escape, plural, shorten

if TYPE_CHECKING:
    from core.store.schedules import Schedule

# A message takes 50 blocks and about 13,000 characters.
SHOWN = 20
LONGEST_LINE = 500
MARKS = {
    "active": ":hourglass_flowing_sand:",
    "paused": ":warning:",
    "removed": ":no_entry:",
    "done": ":white_check_mark:",
}


def build_schedule(schedule: "Schedule", upcoming: Sequence[float]) -> tuple[str, Blocks]:
    """One schedule as it stands, with its settings and the buttons that fit its state."""
    text = f"{schedule.id} · {escape(schedule.title)} · {escape(schedule.words)} · {schedule.state}"
    request = plan_from(schedule.plan).request
    blocks = [
        section("\n".join((*_headlines(schedule, upcoming), *_settings(request)))),
        context(f"<@{schedule.requested_by}> · `/hf {_line(request)}`"),
        schedule_actions(schedule, upcoming),
    ]
    return text, blocks


def build_schedules(schedules: Sequence[tuple["Schedule", Sequence[float]]]) -> tuple[str, Blocks]:
    """All schedules; an empty list teaches."""
    if not schedules:
        return "No schedules.", [
            section('*No schedules.* `/hf train org/base on org/dataset every "mon 9:00"` trains every Monday.')
        ]
    blocks: Blocks = [section(f"*{plural(len(schedules), 'schedule')}*")]
    for schedule, upcoming in schedules[:SHOWN]:
        lines = [*_headlines(schedule, upcoming), f"<@{schedule.requested_by}>"]
        blocks += [section("\n".join(lines)), schedule_actions(schedule, upcoming)]
    if len(schedules) > SHOWN:
        blocks.append(section(f"and {len(schedules) - SHOWN} more, later than these"))
    return plural(len(schedules), "schedule"), blocks


def schedule_actions(schedule: "Schedule", upcoming: Sequence[float]) -> Block:
    """What can be done to a schedule in its state; one that has ended can be set again."""
    if schedule.state in ("removed", "done"):
        buttons = [button("schedule.change", "Schedule again", schedule.id)]
    else:
        steps = {"active": ("schedule.pause", "Pause"), "paused": ("schedule.resume", "Resume")}
        # A moment that passed meanwhile cannot be gone on with.
        step = steps[schedule.state] if upcoming else None
        buttons = [
            *([button(*step, schedule.id)] if step else []),
            button("schedule.run", "Run now", schedule.id),
            button("schedule.change", "Change", schedule.id),
            button("schedule.remove", "Remove", schedule.id, "danger", ask="It starts nothing more. Its runs stay."),
        ]
    return actions(f"{schedule.id}.actions", *buttons)


def _headlines(schedule: "Schedule", upcoming: Sequence[float]) -> list[str]:
    title, words = escape(shorten(schedule.title, 150)), escape(shorten(schedule.words, 150))
    when = {
        "active": f"next: {say_times(upcoming, schedule.zone)}" if upcoming else "its time has come",
        "paused": f"paused; Resume goes on at {say_times(upcoming[:1], schedule.zone)}"
        if upcoming
        else "paused, and its time has passed",
        "removed": "removed; nothing more is started",
        "done": "done; nothing more is started",
    }
    return [f"{MARKS[schedule.state]} *{schedule.id} · {title}* · {words}", when[schedule.state]]


def _settings(request: TrainingRequest) -> list[str]:
    """What is trained on what and how, as far as that was said; the rest is chosen anew each time."""
    base = f"{request.base}@{request.base_revision}" if request.base_revision else request.base
    data = f"{request.dataset}@{request.dataset_revision}" if request.dataset_revision else request.dataset
    pinned = f"the data stays at `{escape(shorten(request.dataset_revision or '', 40))}`"
    fresh = pinned if request.dataset_revision else "newest data each time"
    parameters = request.parameters.shown()
    columns = {"text": request.text, "pair": request.pair, "label": request.label}
    said = {"task": request.task, "config": request.config, **columns, **parameters}
    settings = [f"{key} {_value(value)}" for key, value in said.items() if value is not None]
    has_steps = "steps" in parameters
    fitted = [key for key in ("epochs", "lr", "batch") if key not in parameters and not (has_steps and key == "epochs")]
    rest = f" · {', '.join(fitted)} as they fit the rows" if fitted else ""
    return [
        f"*{escape(shorten(base, 250))}* on *{escape(shorten(data, 250))}* · {fresh}",
        f"{' · '.join(settings)}{rest}",
    ]


def _value(value: object) -> str:
    return decimal(value) if isinstance(value, float) else escape(str(value))


def _line(request: TrainingRequest) -> str:
    return escape(shorten(request.command, LONGEST_LINE).replace("`", "'"))


def say_times(times: Sequence[float], zone: str) -> str:
    """`Mon 30 Nov 2026 09:00, Mon 7 Dec 2026 09:00 (Europe/Berlin)`."""
    place = ZoneInfo(zone)
    said = [
        f"{moment:%a} {moment.day} {moment:%b %Y %H:%M}"
        for moment in (datetime.fromtimestamp(at, tz=place) for at in times)
    ]
    return f"{', '.join(said)} ({zone})"
