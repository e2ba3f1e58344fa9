"""What is repeated, as people write it after `every`; moments (`at`) are read in moments.py."""

import re

from core.commands.fields import Recurrence
from core.commands.near import Unclear
from core.commands.zones import SHARED, find_zone
from core.errors import Mistake
from core.words import quote

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONG_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# Spellings, singular; a plural `s` is taken off before the look-up.
DAY_OF = (
    {day: day for day in DAYS}
    | dict(zip(LONG_DAYS, DAYS, strict=True))
    | {
        "tues": "tue",
        "weds": "wed",
        "thur": "thu",
        "thurs": "thu",
    }
)
GROUPS = {"day": DAYS, "weekday": DAYS[:5], "weekend": DAYS[5:]}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
EVEN_HOURS = (1, 2, 3, 4, 6, 8, 12)

EVERY_EXAMPLE = 'Try `every "mon 9:00"`, `every "day 8:00"` or `every "month 1 9:00"`.'

LONGEST = 100
CRON_FIELDS, SECONDS_FIELDS = 5, 6
FIELD = re.compile(r"[0-9*/,-]+")
# What crontab files call them; the times are those of the programs that read these.
NICKNAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
CLOCK = re.compile(
    r"([01]?[0-9]|2[0-3])(?:[:.h]([0-5][0-9])| ?h| o'?clock)?|(1[0-2]|0?[1-9])(?::([0-5][0-9]))? ?([ap])\.?m\.?"
)


def recurrence(text: str) -> Recurrence:
    """The recurrence that `text` (what follows `every`) means, in the zone that it ends with; Mistake with examples."""
    words = re.sub(r" ?, ?", ",", " ".join(text.lower().split())).strip(",")
    if len(words) > LONGEST:
        raise _unknown(text)
    words, zone = _split_zone(words)
    words = NICKNAMES.get(words, words)
    fields = words.split()
    if len(fields) == SECONDS_FIELDS and all(FIELD.fullmatch(field) for field in fields[:4]):
        raise Mistake(
            f"{quote(text)} has six fields; a crontab line has five, without seconds. Try `every "
            f'"{" ".join(fields[1:])}"`.'
        )
    if len(fields) == CRON_FIELDS and FIELD.fullmatch(fields[0]):
        read: Recurrence | None = _cron(words)
    else:
        read = _hours(words) or _monthly(words) or _days(words)
    if read is None:
        raise _unknown(text)
    return Recurrence(cron=read.cron, text=f"{read.text} {zone}", zone=zone) if zone else read


def _unknown(text: str) -> Mistake:
    return Mistake(f"{quote(text)} is not a recurrence that I understand. {EVERY_EXAMPLE}")


def _split_zone(words: str) -> tuple[str, str | None]:
    """The words before a zone, and its name. Mistake for an abbreviation that means several."""
    before, _, last = words.rpartition(" ")
    if last in SHARED:
        places = " or ".join(f"`{place}`" for place in SHARED[last])
        sentence = f"`{last.upper()}` is the time of several places. Write {places} in its place."
        raise Unclear(sentence, [f"{before} {place}" for place in SHARED[last]])
    zone = find_zone(last) if before else None
    return (before.removesuffix(" in"), str(zone)) if zone else (words, None)


def _hours(words: str) -> Recurrence | None:
    match = re.fullmatch(r"(?:([0-9]{1,4}) ?)?(hours?|minutes?|mins?|seconds?|weeks?|months?)", words)
    if not match:
        return None
    number, unit = int(match[1] or 1), match[2].rstrip("s")
    if unit in ("minute", "min", "second"):
        raise Mistake('Once an hour is the most. Try `every hour` or `every "2 hours"`.')
    if unit != "hour":
        raise Mistake(f"Name the days and the time. {EVERY_EXAMPLE}")
    if number not in EVEN_HOURS:
        raise Mistake(f"{number} hours do not divide a day evenly. Take 1, 2, 3, 4, 6, 8 or 12, or `day 8:00`.")
    return (
        Recurrence(cron="0 * * * *", text="hour")
        if number == 1
        else Recurrence(cron=f"0 */{number} * * *", text=f"{number} hours")
    )


def _monthly(words: str) -> Recurrence | None:
    match = re.fullmatch(r"month(?: on)?(?: the)? ([0-9]{1,2})(?:st|nd|rd|th)?(?: at)? (.+)", words)
    if not match:
        return None
    day, (hour, minute) = int(match[1]), _clock(match[2])
    if not 1 <= day <= 28:
        raise Mistake(f'Not every month has a day {day}. Take 1 to 28, as in `every "month 1 9:00"`.')
    return Recurrence(cron=f"{minute} {hour} {day} * *", text=f"month {day} {hour}:{minute:02}")


def _days(words: str) -> Recurrence | None:
    names = words.replace(" and ", " ").replace(",", " ").split()
    chosen: set[str] = set()
    while names and (days := _named_days(names[0])):
        chosen.update(days)
        names.pop(0)
    if not chosen:
        return None
    clock = " ".join(names).removeprefix("at ")
    if not clock:
        raise Mistake(f'At what time? Try `every "{_say_days(chosen)} 9:00"`.')
    hour, minute = _clock(clock)
    return Recurrence(cron=f"{minute} {hour} * * {_cron_days(chosen)}", text=f"{_say_days(chosen)} {hour}:{minute:02}")


def _named_days(name: str) -> tuple[str, ...] | None:
    """The days of `mon`, `tuesdays`, `weekday` or `mon-fri`; None for anything else."""
    first, dash, last = name.partition("-")
    if dash:
        start, end = _one_day(first), _one_day(last)
        if start is None or end is None or DAYS.index(end) < DAYS.index(start):
            return None
        return DAYS[DAYS.index(start) : DAYS.index(end) + 1]
    day = _one_day(name)
    return (day,) if day else GROUPS.get(name.removesuffix("s"))


def _one_day(name: str) -> str | None:
    return DAY_OF.get(name) or DAY_OF.get(name.removesuffix("s"))


def _clock(words: str) -> tuple[int, int]:
    """Hour and minute of `9:00`, `9am`, `9:30 pm`, `noon` or `midnight`."""
    named = {"noon": (12, 0), "midnight": (0, 0)}.get(words)
    if named:
        return named
    match = CLOCK.fullmatch(words)
    if not match:
        raise Mistake(f"{quote(words)} is not a time of day. Try `9:00`, `17:30` or `9am`.")
    if match[1]:
        return int(match[1]), int(match[2] or 0)
    return int(match[3]) % 12 + (12 if match[5] == "p" else 0), int(match[4] or 0)


def _say_days(days: set[str]) -> str:
    named = [group for group, members in GROUPS.items() if days == set(members)]
    return named[0] if named else ",".join(day for day in DAYS if day in days)


def _cron_days(days: set[str]) -> str:
    if len(days) == 7:
        return "*"
    return "mon-fri" if days == set(DAYS[:5]) else ",".join(day for day in DAYS if day in days)


def _cron(words: str) -> Recurrence:
    """Five fields; the days of the week become names, because programs disagree on which number Sunday has."""
    minute, hour, day, month, weekday = words.split()
    if not minute.isdigit():
        raise Mistake('Once an hour is the most, so the first field is one minute. Try `every "0 9 * * mon"`.')
    weekdays = _cron_set(weekday, 0, 7, ("sun", *DAYS))
    days, months = _cron_set(day, 1, 31), _cron_set(month, 1, 12, ("", *MONTHS))
    _cron_set(minute, 0, 59)
    _cron_set(hour, 0, 23)
    if day != "*" and weekday != "*":
        raise Mistake('A day of the month or a day of the week, not both. Try `every "0 9 1 * *"`.')
    if min(days) > max(MONTH_LENGTHS[number - 1] for number in months):
        raise Mistake(f"{quote(words)} names a day that never comes. {EVERY_EXAMPLE}")
    named = "*" if weekday == "*" else _cron_days({("sun", *DAYS)[number] for number in weekdays})
    cron = f"{int(minute)} {hour} {day} {month} {named}"
    return Recurrence(cron=cron, text=cron)


def _cron_set(field: str, lowest: int, highest: int, names: tuple[str, ...] = ()) -> set[int]:
    """The numbers that a field of a crontab stands for."""
    chosen: set[int] = set()
    for part in field.split(","):
        match = re.fullmatch(r"(?:\*|([a-z]{3}|[0-9]{1,2})(?:-([a-z]{3}|[0-9]{1,2}))?)(?:/([0-9]{1,2}))?", part)
        if not match or (match[1] and match[3] and not match[2]):
            raise _bad_field(part)
        start = _cron_number(match[1], names) if match[1] else lowest
        end = _cron_number(match[2], names) if match[2] else (start if match[1] else highest)
        step = int(match[3] or 1)
        if not lowest <= start <= end <= highest or not 1 <= step <= max(1, end - start):
            raise _bad_field(part)
        chosen.update(range(start, end + 1, step))
    return chosen


def _cron_number(text: str, names: tuple[str, ...]) -> int:
    if text.isdigit():
        return int(text)
    if text not in names:
        raise _bad_field(text)
    return names.index(text)


def _bad_field(part: str) -> Mistake:
    return Mistake(f'{quote(part)} cannot stand there in a crontab line. Try `every "0 9 * * mon"`.')
