"""Times as people write them after `at` and `every`: each reading, and what is asked where there are several."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from core.commands.moments import Ambiguous, moment
from core.commands.when import recurrence
from core.errors import Mistake

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 24, 10, 17, tzinfo=BERLIN)  # a Tuesday


def local(text: str, now: datetime = NOW) -> str:
    """The moment on the clock of `now`, with its weekday."""
    return f"{moment(text, now).astimezone(now.tzinfo):%a %Y-%m-%d %H:%M}"


def refusal(text: str) -> str:
    with pytest.raises(Mistake) as refused:
        recurrence(text)
    return refused.value.sentence


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("friday 9", "Fri 2026-11-27 09:00"),
        ("tomorrow 9", "Wed 2026-11-25 09:00"),
        ("tomorrow 9h", "Wed 2026-11-25 09:00"),
        ("tomorrow 9 h", "Wed 2026-11-25 09:00"),
        ("tomorrow at 9", "Wed 2026-11-25 09:00"),
        ("9 tomorrow", "Wed 2026-11-25 09:00"),
        ("9", "Wed 2026-11-25 09:00"),
        ("11", "Tue 2026-11-24 11:00"),
        ("9 o'clock tomorrow", "Wed 2026-11-25 09:00"),
        ("tomorrow 9.30", "Wed 2026-11-25 09:30"),
        ("9pm friday", "Fri 2026-11-27 21:00"),
        ("friday 9 pm", "Fri 2026-11-27 21:00"),
        ("tonight 9", "Tue 2026-11-24 21:00"),
        ("tomorrow noon", "Wed 2026-11-25 12:00"),
        ("25 dec 9", "Fri 2026-12-25 09:00"),
        ("dec 25 9", "Fri 2026-12-25 09:00"),
        ("5 january 2027 at 9", "Tue 2027-01-05 09:00"),
        ("dec 9", "Wed 2026-12-09 00:00"),
        ("2027-12-25 9", "Sat 2027-12-25 09:00"),
    ],
)
def test_a_number_beside_a_day_is_an_hour(typed: str, means: str) -> None:
    assert local(typed) == means


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("25.12.2027", "Sat 2027-12-25 00:00"),
        ("12/25/2027", "Sat 2027-12-25 00:00"),
        ("2027/12/25", "Sat 2027-12-25 00:00"),
        ("2027/12/25 18:00", "Sat 2027-12-25 18:00"),
        ("24.12. 18:00", "Thu 2026-12-24 18:00"),
        ("1/13 9:00", "Wed 2027-01-13 09:00"),
        ("4/4 9:00", "Sun 2027-04-04 09:00"),
    ],
)
def test_a_date_that_can_be_read_in_one_way_is_read(typed: str, means: str) -> None:
    assert local(typed) == means


@pytest.mark.parametrize(
    ("typed", "readings"),
    [
        ("3/4", ["2027-04-03 00:00", "2027-03-04 00:00"]),
        ("3.4.2027 9:00", ["2027-04-03 09:00", "2027-03-04 09:00"]),
        ("01/02/2027 8am", ["2027-02-01 08:00", "2027-01-02 08:00"]),
        ("tomorrow 9:00 BST", ["2026-11-25 09:00 Europe/London", "2026-11-25 09:00 Asia/Dhaka"]),
        (
            "tomorrow 9 ist",
            [f"2026-11-25 09:00 {place}" for place in ("Asia/Kolkata", "Asia/Jerusalem", "Europe/Dublin")],
        ),
        (
            "friday 9 CST",
            [f"2026-11-27 09:00 {place}" for place in ("America/Chicago", "Asia/Shanghai", "America/Havana")],
        ),
    ],
)
def test_what_means_different_times_to_different_people_is_asked(typed: str, readings: list[str]) -> None:
    with pytest.raises(Ambiguous) as asked:
        moment(typed, NOW)
    assert [reading.words for reading in asked.value.readings] == readings
    assert [moment(reading.words, NOW) for reading in asked.value.readings] == [
        reading.at for reading in asked.value.readings
    ]


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("tomorrow 9:00 Europe/Berlin", "Wed 2026-11-25 09:00"),
        ("tomorrow 9:00 america/new_york", "Wed 2026-11-25 15:00"),
        ("tomorrow 9:00 EST", "Wed 2026-11-25 15:00"),
        ("tomorrow 9:00 CET", "Wed 2026-11-25 09:00"),
        ("sunday 9 in Tokyo", "Sun 2026-11-29 01:00"),
        ("2026-12-01 09:00 UTC", "Tue 2026-12-01 10:00"),
        ("2026-12-01T09:00-05:00", "Tue 2026-12-01 15:00"),
    ],
)
def test_a_zone_behind_a_time_counts(typed: str, means: str) -> None:
    assert local(typed) == means


def test_an_abbreviation_is_ones_own_zone_where_one_lives_in_it() -> None:
    kolkata = ZoneInfo("Asia/Kolkata")
    assert local("tomorrow 9:00 IST", NOW.astimezone(kolkata)) == "Wed 2026-11-25 09:00"


@pytest.mark.parametrize(
    "typed", ["25:00", "24", "13pm", "31.02.2027", "30/2", "feb 30 9:00", "2027-02-29 09:00", "half past nine", "in"]
)
def test_what_is_no_time_is_refused_with_two_that_are(typed: str) -> None:
    with pytest.raises(Mistake) as refused:
        moment(typed, NOW)
    assert refused.value.sentence == (
        f'`{typed}` is not a time that I understand. Try `at "tomorrow 9:00"` or `at "2030-01-31 18:00"`.'
    )


@pytest.mark.parametrize(
    ("typed", "cron", "text", "zone"),
    [
        ("mon 9", "0 9 * * mon", "mon 9:00", None),
        ("weekday 9h", "0 9 * * mon-fri", "weekday 9:00", None),
        ("day 9.30", "30 9 * * *", "day 9:30", None),
        ("@daily", "0 0 * * *", "0 0 * * *", None),
        ("@weekly", "0 0 * * sun", "0 0 * * sun", None),
        ("day 9:00 Europe/London", "0 9 * * *", "day 9:00 Europe/London", "Europe/London"),
        ("mon 9 in tokyo", "0 9 * * mon", "mon 9:00 Asia/Tokyo", "Asia/Tokyo"),
        ("0 9 * * 1 UTC", "0 9 * * mon", "0 9 * * mon UTC", "UTC"),
    ],
)
def test_a_recurrence_is_read_with_its_zone(typed: str, cron: str, text: str, zone: str | None) -> None:
    read = recurrence(typed)
    assert (read.cron, read.text, read.zone) == (cron, text, zone)
    assert recurrence(read.text) == read


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (
            "0 0 9 * * *",
            '`0 0 9 * * *` has six fields; a crontab line has five, without seconds. Try `every "0 9 * * *"`.',
        ),
        (
            "day 9:00 BST",
            "`BST` is the time of several places. Write `Europe/London` or `Asia/Dhaka` in its place.",
        ),
    ],
)
def test_a_recurrence_that_cannot_be_taken_says_what_can(typed: str, sentence: str) -> None:
    assert refusal(typed) == sentence
