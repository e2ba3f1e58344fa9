"""Times as people write them: one moment (`at`) or a recurrence (`every`), always in the person's own zone."""

import re
from datetime import UTC, datetime

from core.commands.fields import Recurrence
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

AT_EXAMPLE = 'Try `at "tomorrow 9:00"` or `at "2030-01-31 18:00"`.'
EVERY_EXAMPLE = 'Try `every "mon 9:00"`, `every "day 8:00"` or `every "month 1 9:00"`.'

CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])|(1[0-2]|0?[1-9])(?::([0-5][0-9]))? ?([ap])\.?m\.?")
ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ t][0-9]{2}:[0-9]{2}(:[0-9]{2})?( ?(z|utc|[+-][0-9]{2}:[0-9]{2}))?")
ISO_DATE = re.compile(r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b")
# Whether 3/4 is in March or in April depends on who reads it.
AMBIGUOUS = re.compile(r"\b[0-9]{1,2}[/.-][0-9]{1,2}([/.-][0-9]{2,4}\b|[/-]|$)|\b[0-9]{1,2}/[0-9]{1,2}\b")
SPAN = re.compile(r"(in )?(an?|[0-9.]+) ?(h|hours?|m|mins?|minutes?|s|secs?|seconds?)\b.*")


def moment(text: str, now: datetime) -> datetime:
    """The moment in UTC that `text` means in the zone of `now`; Mistake unless it lies ahead."""
    words = " ".join(text.lower().split())
    if not words or len(words) > 60:
        raise Mistake(f"{quote(text)} is not a time that I understand. {AT_EXAMPLE}")
    when = _iso(words, now) if ISO.fullmatch(words) else _free(words, now)
    if when is None:
        raise Mistake(f"{quote(text)} is not a time that I understand. {AT_EXAMPLE}")
    if when <= now:
        local = when.astimezone(now.tzinfo)
        raise Mistake(f"{quote(text)} ({local:%Y-%m-%d %H:%M}, {now.tzinfo}) is not ahead of now. {AT_EXAMPLE}")
    return when


def recurrence(text: str) -> Recurrence:
    """The recurrence that `text` (what follows `every`) means; Mistake with examples."""
    words = re.sub(r" ?, ?", ",", " ".join(text.lower().split())).strip(",")
    if len(words) > 100:
        raise Mistake(f"{quote(text)} is not a recurrence that I understand. {EVERY_EXAMPLE}")
    if len(words.split()) == 5 and re.fullmatch(r"[0-9*/,-]+", words.split()[0]):
        return _cron(words)
    every = _hours(words) or _monthly(words) or _days(words)
    if every is None:
        raise Mistake(f"{quote(text)} is not a recurrence that I understand. {EVERY_EXAMPLE}")
    return every


def _iso(words: str, now: datetime) -> datetime | None:
    try:
        when = datetime.fromisoformat(
            words.replace("utc", "z").replace(" z", "z").replace(" +", "+").replace(" -", "-").upper()
        )
        return (when if when.tzinfo else when.replace(tzinfo=now.tzinfo)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _free(words: str, now: datetime) -> datetime | None:
    """What dateparser makes of English words; None where it would have to guess."""
    import dateparser  # takes 0.1 s, and most commands name no time

    if AMBIGUOUS.search(ISO_DATE.sub("", words)):
        raise Mistake(f'{quote(words)} can be read in two ways. Write the date as `at "2030-01-31 18:00"`.')
    if words.isdigit() or not _clocks_are_right(words):
        return None
    base = now.replace(tzinfo=None)
    try:
        when: datetime | None = dateparser.parse(
            words, languages=["en"], settings={"PREFER_DATES_FROM": "future", "RELATIVE_BASE": base}
        )
        if when is None:
            return None
        if SPAN.fullmatch(words):
            # Hours from now are real hours, also on the night when the clocks change.
            when = now.astimezone(UTC) + (when.replace(tzinfo=None) - base)
        elif when.tzinfo is None:
            when = when.replace(tzinfo=now.tzinfo)
        return when.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):  # a year beyond 9999
        return None


def _clocks_are_right(words: str) -> bool:
    """False for `25:00`, which dateparser would quietly pass over."""
    return all(CLOCK.fullmatch(clock) for clock in re.findall(r"\b[0-9]+:[0-9]+", words))


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
        return int(match[1]), int(match[2])
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
