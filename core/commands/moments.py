"""One moment as people write it after `at`: a day, a time of day, maybe a zone; read in the person's own zone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from core.commands.near import Unclear
from core.commands.zones import SHARED, find_zone
from core.errors import Mistake
from core.words import quote

EXAMPLE = 'Try `at "tomorrow 9:00"` or `at "2030-01-31 18:00"`.'
LONGEST = 60
NOON, LAST_MONTH = 12, 12
EVENING = time(20)
FILLERS = ("at", "on", "by", "@", "um", "the", "of")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NAMED = {"noon": time(12), "midday": time(12), "midnight": time(0)}
OF_HOURS = ("h", "o'clock", "oclock", "uhr", "hrs")

ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ t][0-9]{2}:[0-9]{2}(:[0-9]{2})?( ?(z|utc|[+-][0-9]{2}:?[0-9]{2}))?")
SPAN = re.compile(r"(in )?(an?|[0-9.]+) ?(h|hours?|m|mins?|minutes?|s|secs?|seconds?)( from now)?")
CLOCK = re.compile(r"([0-9]{1,2})(?:[:.h]([0-9]{2})(?::[0-9]{2})?)?(?:([ap])\.?m\.?|h|uhr)?")
HALF = re.compile(r"[ap]\.?m\.?")
NUMBERS = re.compile(r"([0-9]{1,4})([./-])([0-9]{1,2})(?:\2([0-9]{4}|[0-9]{2})|\2)?")


@dataclass(frozen=True)
class TimeReading:
    """One way to read a time that has several: the moment, and the words that mean it alone."""

    at: datetime
    words: str


class Ambiguous(Unclear):
    """A time with several readings, which are offered as buttons; `text` is what was typed."""

    def __init__(self, text: str, readings: Sequence[TimeReading]) -> None:
        choices = " or ".join(f'`at "{reading.words}"`' for reading in readings)
        sentence = f"{quote(text)} can be read in {len(readings)} ways. Write {choices}."
        super().__init__(sentence, [reading.words for reading in readings])
        self.text = text
        self.readings = tuple(readings)


def moment(text: str, now: datetime) -> datetime:
    """The moment in UTC that `text` means in the zone of `now`; Mistake unless it lies ahead.

    Ambiguous where a date or a zone means different things to different people.
    """
    words = " ".join(text.lower().replace(",", " ").split())
    if not words or len(words) > LONGEST:
        raise _unknown(text)
    try:
        readings = _readings(words, now)
    except (ValueError, OverflowError) as error:  # no such day, or a year beyond 9999
        raise _unknown(text) from error
    ahead = [reading for reading in readings if reading.at > now]
    if len({reading.at for reading in ahead}) > 1:
        raise Ambiguous(text, ahead)
    if not ahead:
        local = readings[0].at.astimezone(now.tzinfo)
        raise Mistake(f"{quote(text)} ({local:%Y-%m-%d %H:%M}, {now.tzinfo}) is not ahead of now. {EXAMPLE}")
    return ahead[0].at


def _unknown(text: str) -> Mistake:
    return Mistake(f"{quote(text)} is not a time that I understand. {EXAMPLE}")


def _readings(words: str, now: datetime) -> list[TimeReading]:
    """At least one reading. ValueError for what is no time."""
    if ISO.fullmatch(words):
        return [_read_iso(words, now)]
    if SPAN.fullmatch(words):
        return [_read_span(words, now)]
    tokens, zones = _split_zone(words.split(), now.tzinfo or UTC)
    readings = []
    for zone in zones:
        local = now.astimezone(zone)
        days, clock = _split_clock(tokens)
        for day, is_today in _days(days, local, clock):
            wall = datetime.combine(day, clock or day.time(), zone)
            if is_today and wall <= now:
                wall = datetime.combine(day + timedelta(days=1), clock or day.time(), zone)
            name = f" {zone}" if zone != now.tzinfo else ""
            readings.append(TimeReading(wall.astimezone(UTC), f"{wall:%Y-%m-%d %H:%M}{name}"))
    return readings


def _read_iso(words: str, now: datetime) -> TimeReading:
    joined = words.replace("utc", "z").replace(" z", "z").replace(" +", "+").replace(" -", "-").upper()
    moment = datetime.fromisoformat(joined)
    return TimeReading((moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)).astimezone(UTC), words)


def _read_span(words: str, now: datetime) -> TimeReading:
    """Hours from now are real hours, also on the night when the clocks change."""
    base = now.replace(tzinfo=None)
    later = _parse_day(words, base)
    return TimeReading((now.astimezone(UTC) + (later - base)).replace(microsecond=0), words)


def _split_zone(tokens: list[str], own: tzinfo) -> tuple[list[str], list[tzinfo]]:
    """The words before a zone, and the zones that it can be; the person's own where none is named."""
    rest = tokens[:-1] if tokens[-1] == "time" and len(tokens) > 1 else tokens
    last = rest[-1]
    if last in SHARED:
        places = [zone for place in SHARED[last] if (zone := find_zone(place.lower()))]
        zones: list[tzinfo] = [own] if own in places else [*places]
    elif zone := find_zone(last):
        zones = [zone]
    else:
        return tokens, [own]
    before = rest[:-1]
    return (before[:-1] if before and before[-1] == "in" else before), zones


def _split_clock(tokens: Sequence[str]) -> tuple[list[str], time | None]:
    """The words that name a day, and the time of day among them. ValueError for `25:00`."""
    candidates = [place for place in range(len(tokens)) if CLOCK.fullmatch(tokens[place]) or tokens[place] in NAMED]
    # What is said to be a time goes before a number alone, which is one only beside a whole day.
    for place in [place for place in candidates if _is_clock(tokens, place)] or reversed(candidates):
        token, after = tokens[place], tokens[place + 1 : place + 2]
        half = after[0][:1] if after and HALF.fullmatch(after[0]) else ""
        last = place + 1 + bool(half or (after and after[0] in OF_HOURS))
        days = [word for word in (*tokens[:place], *tokens[last:]) if word not in FILLERS]
        if token in NAMED:
            return days, NAMED[token]
        if _is_clock(tokens, place) or _is_day(days) or not days:
            return days, _clock(token, half, "tonight" in days)
    return [word for word in tokens if word not in FILLERS], None


def _is_clock(tokens: Sequence[str], place: int) -> bool:
    """Whether a word is a time of day by its own looks or by those of its neighbours."""
    token, before = tokens[place], tokens[place - 1] if place else ""
    after = tokens[place + 1] if place + 1 < len(tokens) else ""
    return (
        token in NAMED
        or bool(re.search(r"[:a-z]", token))
        or before in ("at", "@", "um")
        or after in OF_HOURS
        or bool(HALF.fullmatch(after))
    )


def _clock(token: str, half: str, is_evening: bool) -> time:
    """The time of `9`, `9:30`, `9.30pm` or `9h`; `half` is the a or p of a word behind it."""
    match = CLOCK.fullmatch(token)
    if match is None:
        raise ValueError(token)
    hour, minute, half = int(match[1]), int(match[2] or 0), half or match[3] or ""
    if half:
        if not 1 <= hour <= NOON:
            raise ValueError(token)
        hour = hour % NOON + (NOON if half == "p" else 0)
    elif is_evening and hour < NOON:
        hour += NOON
    return time(hour, minute)


def _is_day(words: Sequence[str]) -> bool:
    """Whether these words name a whole day, so that a number beside them is an hour."""
    if not words:
        return False
    if words[-1] in ("today", "tonight", "tomorrow") or _is_weekday(words[-1]) or NUMBERS.fullmatch(words[-1]):
        return True
    numbers = sum(bool(re.fullmatch(r"[0-9]{1,2}(st|nd|rd|th|\.)?", word)) for word in words)
    return numbers == 1 and any(word[:3] in MONTHS for word in words)


def _is_weekday(word: str) -> bool:
    return word[:3] in WEEKDAYS and word.isalpha()


def _days(words: Sequence[str], local: datetime, clock: time | None) -> list[tuple[datetime, bool]]:
    """The days that the words can mean, at midnight or at the time they name; whether the clock alone was said."""
    base = local.replace(tzinfo=None)
    if not words:
        return [(base, True)]
    if len(words) == 1 and (match := NUMBERS.fullmatch(words[0])):
        return [(day, False) for day in _numeric_days(match, base.date())]
    if len(words) == 1 and _is_weekday(words[0]) and words[0][:3] == WEEKDAYS[base.weekday()] and clock:
        today = datetime.combine(base.date(), clock)
        return [(today if today > base else base + timedelta(days=7), False)]
    if list(words) == ["tonight"]:
        return [(datetime.combine(base.date(), EVENING), False)]
    return [(_parse_day(" ".join(words), base), False)]


def _numeric_days(match: re.Match[str], today: date) -> list[datetime]:
    """`25.12.2027`, `12/25/2027`, `2027/12/25`, `3/4`: each order of day and month that there is."""
    first, second, year = int(match[1]), int(match[3]), match[4]
    if len(match[1]) > len("31"):
        return [datetime(first, second, int(year or 1))] if year else []  # noqa: DTZ001  # a wall clock's day
    days = []
    for month, day in dict.fromkeys(((second, first), (first, second))):
        if month <= LAST_MONTH:
            number = int(year) % 100 + 2000 if year else today.year
            that = datetime(number, month, day)  # noqa: DTZ001  # a wall clock's day
            days.append(that if year or that.date() >= today else that.replace(year=number + 1))
    return days


def _parse_day(words: str, base: datetime) -> datetime:
    """What dateparser makes of English words. ValueError where it makes nothing of them."""
    import dateparser  # takes 0.1 s, and most commands name no time

    day: datetime | None = dateparser.parse(
        words, languages=["en"], settings={"PREFER_DATES_FROM": "future", "RELATIVE_BASE": base}
    )
    if day is None:
        raise ValueError(words)
    return day.replace(tzinfo=None)
