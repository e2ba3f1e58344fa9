"""Slots of schedules against the clocks of the whole world: none is lost, none comes twice."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.slots import next_times

BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ZONES = sorted(available_timezones() - {"localtime", "posixrules"})


@cache
def changes(zone: str) -> tuple[datetime, ...]:
    """Local midnights before the days of ten years on which this zone moves its clocks."""
    place = ZoneInfo(zone)
    days = [BEGIN + number * DAY for number in range((END - BEGIN).days)]
    offsets = [day.astimezone(place).utcoffset() for day in days]
    moved = [day for day, before, after in zip(days, offsets, offsets[1:], strict=False) if before != after]
    return tuple(day.astimezone(place).replace(tzinfo=None, hour=0, minute=0) for day in moved)


def expected(zone: str, begin: datetime, days: int, hour: int, minute: int) -> list[float]:
    """One slot a day: the wall clock's time, as `zoneinfo` reads it."""
    place = ZoneInfo(zone)
    walls = [begin.replace(hour=hour, minute=minute) + number * DAY for number in range(days)]
    return sorted({wall.replace(tzinfo=place).timestamp() for wall in walls})


def around_changes(zone: str) -> Iterator[datetime]:
    yield from (day - DAY for day in changes(zone))


@pytest.mark.parametrize(("hour", "minute"), [(0, 0), (0, 30), (1, 0), (2, 0), (2, 30), (3, 0), (9, 0), (23, 30)])
def test_no_day_of_ten_years_in_any_zone_loses_or_doubles_its_slot(hour: int, minute: int) -> None:
    wrong = []
    for zone in ZONES[hour % 3 :: 3]:  # each zone is asked about at several times of the day
        for begin in around_changes(zone):
            wanted = expected(zone, begin, 4, hour, minute)
            after = wanted[0] - 1
            if next_times(None, f"{minute} {hour} * * *", zone, after, len(wanted)) != wanted:
                wrong.append((zone, begin))
    assert wrong == []


@given(
    zone=st.sampled_from(ZONES),
    start=st.integers(int(BEGIN.timestamp()), int(END.timestamp())),
    hours=st.sets(st.integers(0, 23), min_size=1, max_size=6),
    minute=st.integers(0, 59),
)
@settings(max_examples=150, deadline=None)
def test_whatever_the_line_slots_are_the_wall_times_after_now(
    zone: str, start: int, hours: set[int], minute: int
) -> None:
    place = ZoneInfo(zone)
    first = datetime.fromtimestamp(start, tz=place).replace(tzinfo=None, minute=0, second=0) - 2 * DAY
    walls = [first.replace(hour=hour, minute=minute) + day * DAY for day in range(9) for hour in hours]
    slots = sorted({wall.replace(tzinfo=place).timestamp() for wall in walls})
    wanted = [slot for slot in slots if slot > start][:5]
    line = f"{minute} {','.join(map(str, sorted(hours)))} * * *"
    assert next_times(None, line, zone, start, len(wanted)) == wanted


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Chatham"])
def test_every_hour_runs_in_each_hour_that_passes(zone: str) -> None:
    for begin in changes(zone)[:2] or (datetime(2026, 3, 1),):  # noqa: DTZ001  # a wall clock's time
        start = begin.replace(tzinfo=ZoneInfo(zone)).timestamp() - 1
        slots = next_times(None, "0 * * * *", zone, start, 50)
        local = [datetime.fromtimestamp(slot, tz=ZoneInfo(zone)) for slot in slots]
        gaps = {round((b - a) / 60) for a, b in pairwise(slots)}
        assert ({moment.minute for moment in local} - {0, 30}, gaps - {30, 60, 90}) == (set(), set())


@pytest.mark.parametrize(
    ("line", "after", "slots"),
    [
        ("0 0 27-30 mar *", "2027-03-26", ["27 Mar 00:00", "28 Mar 00:00", "29 Mar 00:00", "30 Mar 00:00"]),
        ("0 0 * * mon", "2027-03-21", ["22 Mar 00:00", "29 Mar 00:00", "05 Apr 00:00"]),
        ("0 */2 * * *", "2026-10-25", ["25 Oct 02:00", "25 Oct 04:00"]),
        ("0 9 29 feb *", "2027-01-01", ["29 Feb 09:00"]),
    ],
    ids=["days of March", "Mondays after the change", "the repeated hour", "leap days"],
)
def test_a_change_of_the_clocks_takes_no_night_and_no_week(line: str, after: str, slots: list[str]) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start = datetime.fromisoformat(after).replace(tzinfo=berlin).timestamp()
    times = next_times(None, line, "Europe/Berlin", start, len(slots))
    assert [f"{datetime.fromtimestamp(at, tz=berlin):%d %b %H:%M}" for at in times] == slots


def test_a_day_without_midnight_has_its_slot_an_hour_later() -> None:
    """Chile begins its summer at midnight, so that Sunday begins at one."""
    zone = ZoneInfo("America/Santiago")
    times = next_times(None, "0 0 * * *", "America/Santiago", datetime(2026, 9, 5, 12, tzinfo=zone).timestamp(), 2)
    assert [f"{datetime.fromtimestamp(at, tz=zone):%d %H:%M}" for at in times] == ["06 01:00", "07 00:00"]
