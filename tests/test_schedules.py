"""Schedules: eight o'clock is eight o'clock, each slot fires once, and whatever goes wrong the next one comes."""

import threading
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from apscheduler.events import EVENT_JOB_EXECUTED

from core.blocks.run import build_card
from core.blocks.schedule import build_schedule
from core.errors import Conflict, HubError, Mistake, Refused
from core.plans import Plan, plan_from
from core.recipe import TypedParameters
from core.slots import next_times
from core.store.schedules import Schedule
from jobs.scheduler import Scheduler
from world.core import ANA, CY, EVE, PING, Team, sentence_of

BERLIN = ZoneInfo("Europe/Berlin")
DAY = 86_400.0


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return Team(tmp_path)


def local(cron: str, after: datetime, count: int) -> list[str]:
    times = next_times(None, cron, "Europe/Berlin", after.timestamp(), count)
    return [f"{datetime.fromtimestamp(at, tz=BERLIN):%d %b %H:%M %z}" for at in times]


def daily(team: Team) -> Schedule:
    """Every day at eight in Berlin."""
    plan = team.plan(cron="0 8 * * *", words="day 8:00", zone="Europe/Berlin")
    return team.schedules.create(plan.id, ANA)


def keep(plan: Plan) -> Plan:
    return plan


def slot_of(schedule: Schedule) -> float:
    assert schedule.next_slot is not None
    return schedule.next_slot


@pytest.mark.parametrize(
    ("year", "month", "day", "expected"),
    [
        (2027, 3, 27, ["27 Mar 08:00 +0100", "28 Mar 08:00 +0200", "29 Mar 08:00 +0200"]),
        (2026, 10, 24, ["24 Oct 08:00 +0200", "25 Oct 08:00 +0100", "26 Oct 08:00 +0100"]),
    ],
    ids=["spring", "autumn"],
)
def test_eight_stays_eight_when_the_clocks_change(year: int, month: int, day: int, expected: list[str]) -> None:
    assert local("0 8 * * *", datetime(year, month, day, tzinfo=BERLIN), 3) == expected


def test_an_hour_that_the_clocks_skip_or_repeat_fires_once() -> None:
    assert local("30 2 * * *", datetime(2026, 10, 24, 12, tzinfo=BERLIN), 2) == [
        "25 Oct 02:30 +0200",
        "26 Oct 02:30 +0100",
    ]
    assert local("30 2 * * *", datetime(2027, 3, 27, 12, tzinfo=BERLIN), 2) == [
        "28 Mar 03:30 +0200",
        "29 Mar 02:30 +0200",
    ]


def test_every_hour_means_the_repeated_hour_too() -> None:
    assert local("0 * * * *", datetime(2026, 10, 25, 1, 30, tzinfo=BERLIN), 3) == [
        "25 Oct 02:00 +0200",
        "25 Oct 02:00 +0100",
        "25 Oct 03:00 +0100",
    ]


def test_a_slot_that_is_half_a_second_ahead_is_the_next_one() -> None:
    eight = datetime(2026, 11, 25, 8, tzinfo=BERLIN).timestamp()
    assert next_times(None, "0 8 * * *", "Europe/Berlin", eight - 0.5, 1) == [eight]
    assert next_times(None, "0 8 * * *", "Europe/Berlin", eight, 1) == [eight + DAY]
    assert (next_times(eight, None, "UTC", eight - 0.5, 3), next_times(eight, None, "UTC", eight, 3)) == ([eight], [])


def test_a_plan_becomes_one_schedule_and_its_card_names_the_zone(team: Team) -> None:
    plan = team.plan(cron="0 8 * * *", words="day 8:00", zone="Europe/Berlin")
    assert team.schedules.create(plan.id, ANA).id == "S1"
    with pytest.raises(Conflict) as refused:
        team.schedules.create(plan.id, ANA)
    assert sentence_of(refused.value) == "This was already started as S1. Nothing was started twice."
    team.drain()
    [card] = team.slack.messages.values()
    assert "08:00 (Europe/Berlin)" in str(card["blocks"])


def test_a_time_that_passed_while_the_plan_lay_there_is_refused(team: Team) -> None:
    plan = team.plan(at=team.clock.now + 60, words="in a minute")
    team.clock.now += 61
    with pytest.raises(Mistake, match="That time has passed meanwhile"):
        team.schedules.create(plan.id, ANA)


def test_a_slot_fires_once_and_the_next_one_is_a_day_later(team: Team) -> None:
    schedule = daily(team)
    slot = team.clock.now = slot_of(schedule)
    team.schedules.fire(schedule, slot, keep)
    team.schedules.fire(schedule, slot, keep)  # another alarm of the same slot
    again = team.restart()
    again.schedules.fire(schedule, slot, keep)
    assert [(run.id, run.schedule) for run in again.runs.newest()] == [("R1", 1)]
    assert again.schedules.get("S1").next_slot == slot + DAY


def test_slots_that_were_missed_fire_once_on_return(team: Team) -> None:
    schedule = daily(team)
    slot = slot_of(schedule)
    team.clock.now = slot + 3 * DAY + 60
    again = team.restart()
    again.schedules.fire(again.schedules.get("S1"), slot, keep)
    assert len(again.runs.newest()) == 1
    assert again.schedules.get("S1").next_slot == slot + 4 * DAY


def test_once_means_once(team: Team) -> None:
    schedule = team.schedules.create(team.plan(at=team.clock.now + 60, words="in a minute").id, ANA)
    team.clock.now += 60
    team.schedules.fire(schedule, slot_of(schedule), keep)
    done = team.schedules.get("S1")
    assert (done.state, done.next_slot, team.schedules.current(), len(team.runs.newest())) == ("done", None, [], 1)


@pytest.mark.parametrize("stop", ["pause", "remove"])
def test_what_is_paused_or_removed_does_not_fire(team: Team, stop: str) -> None:
    schedule = daily(team)
    getattr(team.schedules, stop)("S1", ANA)
    team.schedules.fire(schedule, slot_of(schedule), keep)
    assert team.runs.newest() == []
    with pytest.raises(Conflict, match=r"S1 is (paused|removed) already"):
        getattr(team.schedules, stop)("S1", ANA)


def test_a_resumed_schedule_goes_on_from_now_and_makes_up_for_nothing(team: Team) -> None:
    slot = slot_of(daily(team))
    team.schedules.pause("S1", ANA)
    team.clock.now = slot + 2 * DAY + 1
    assert team.schedules.resume("S1", ANA).next_slot == slot + 3 * DAY


def test_a_moment_that_passed_during_the_pause_says_how_to_start_it_now(team: Team) -> None:
    team.schedules.create(team.plan(at=team.clock.now + 60, words="in a minute").id, ANA)
    team.schedules.pause("S1", ANA)
    team.clock.now += 61
    with pytest.raises(Mistake) as mistake:
        team.schedules.resume("S1", ANA)
    assert sentence_of(mistake.value) == "The time of S1 has passed. `/hf S1 run` starts it now."


def test_a_plan_that_cannot_be_refreshed_is_told_and_the_schedule_moves_on(team: Team) -> None:
    def fail(_plan: Plan) -> Plan:
        raise HubError("The Hub did not answer in time.")

    schedule = daily(team)
    slot = team.clock.now = slot_of(schedule)
    team.schedules.fire(schedule, slot, fail)
    team.drain()
    assert (team.runs.newest(), team.schedules.get("S1").next_slot) == ([], slot + DAY)
    assert ("C-ML", "active", f"<@{ANA}> S1 did not start: The Hub did not answer in time.") in (team.slack.about("S1"))


def test_a_run_starts_on_the_data_as_it_is_then(team: Team) -> None:
    def with_new_data(plan: Plan) -> Plan:
        return replace(plan, dataset=plan.dataset.model_copy(update={"revision": "new"}))

    schedule = daily(team)
    team.clock.now = slot_of(schedule)
    team.schedules.fire(schedule, slot_of(schedule), with_new_data)
    assert team.runs.get("R1").recipe["dataset"]["revision"] == "new"


def test_a_run_out_of_turn_says_which_schedule_it_comes_from(team: Team) -> None:
    schedule = daily(team)
    runs = [team.runs.start(team.plan().id, ANA, schedule.number) for _ in range(2)]
    assert [run.schedule for run in runs] == [1, 1]
    assert "from S1" in str(build_card(runs[0], 0, team.clock.now)[1])


def test_a_changed_schedule_keeps_its_id_and_does_what_the_new_plan_says(team: Team) -> None:
    daily(team)
    team.schedules.pause("S1", ANA)
    plan = team.plan(cron="0 9 * * *", words="day 9:00", zone="Europe/Berlin", title="anew", changes="S1")
    changed = team.schedules.create(plan.id, ANA)
    assert (changed.id, changed.state, changed.title, changed.words) == ("S1", "active", "anew", "day 9:00")
    assert changed.next_slot == next_times(None, "0 9 * * *", "Europe/Berlin", team.clock.now, 1)[0]
    assert team.schedules.current() == [changed]
    with pytest.raises(Conflict):
        team.schedules.create(plan.id, ANA)


def test_a_schedule_that_was_removed_meanwhile_or_is_anothers_is_not_changed(team: Team) -> None:
    daily(team)
    plan = team.plan(user=EVE, cron="0 9 * * *", changes="S1")
    with pytest.raises(Refused, match=f"S1 belongs to <@{ANA}>"):
        team.schedules.create(plan.id, EVE)
    team.schedules.remove("S1", ANA)
    with pytest.raises(Conflict, match="S1 was removed meanwhile"):
        team.schedules.create(team.plan(cron="0 9 * * *", changes="S1").id, ANA)
    assert team.schedules.current() == []


STEER = ["schedule.run", "schedule.change", "schedule.remove"]


@pytest.mark.parametrize(
    ("state", "times", "actions", "told"),
    [
        ("active", [0.0], ["schedule.pause", *STEER], "next: Thu 1 Jan 1970 01:00 (Europe/Berlin)"),
        ("paused", [0.0], ["schedule.resume", *STEER], "Resume goes on at Thu 1 Jan 1970 01:00 (Europe/Berlin)"),
        ("paused", [], STEER, "paused, and its time has passed"),
        ("done", [], ["schedule.change"], "done; nothing more is started"),
        ("removed", [], ["schedule.change"], "removed; nothing more is started"),
    ],
)
def test_a_card_shows_the_settings_and_only_what_can_be_done(
    team: Team, state: str, times: list[float], actions: list[str], told: str
) -> None:
    text, blocks = build_schedule(replace(daily(team), state=state), times)
    assert [button["action_id"] for button in blocks[-1]["elements"]] == actions
    assert [button["action_id"] for button in blocks[-1]["elements"] if "confirm" in button] == [
        action for action in actions if action == "schedule.remove"
    ]
    shown = blocks[0]["text"]["text"]
    assert told in shown
    assert "newest data each time" in shown
    assert "max_length 128 · seed 42" in shown
    assert text.endswith(state)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({}, "max_length 128 · seed 42 · epochs, lr, batch as they fit the rows"),
        ({"epochs": 2, "lr": 2e-5, "batch": 8}, "epochs 2 · lr 2e-5 · batch 8 · max_length 128 · seed 42"),
        ({"steps": 500, "seed": 1}, "max_length 128 · seed 1 · steps 500 · lr, batch as they fit the rows"),
        (
            {"optimizer": "sgd", "test_size": 0.2},
            "max_length 128 · seed 42 · optimizer sgd · test_size 0.2 · epochs, lr, batch as they fit the rows",
        ),
    ],
    ids=["nothing said", "the usual", "steps in place of epochs", "the rare"],
)
def test_a_card_shows_what_every_training_has_and_what_was_said(
    team: Team, typed: dict[str, object], told: str
) -> None:
    schedule = daily(team)
    plan = plan_from(schedule.plan)
    request = replace(plan.request, parameters=TypedParameters.model_validate(typed))
    changed = replace(schedule, plan=schedule.plan | {"request": asdict(replace(plan, request=request))["request"]})
    _, blocks = build_schedule(changed, [])
    assert blocks[0]["text"]["text"].splitlines()[-1] == told


def test_nobody_else_steers_a_schedule_but_admins_do(team: Team) -> None:
    daily(team)
    for act in (team.schedules.pause, team.schedules.remove, team.schedules.resume):
        with pytest.raises(Refused, match=f"S1 belongs to <@{ANA}>"):
            act("S1", EVE)
    assert team.schedules.pause("S1", CY).state == "paused"


def test_words_and_title_never_ping(team: Team) -> None:
    team.schedules.create(team.plan(cron="0 8 * * *", words=PING, title=PING).id, ANA)
    team.drain()
    assert ["<!channel>" in str(message) for message in team.slack.messages.values()] == [False]


@pytest.mark.parametrize("wrong", ["S9", "S", "R1", "S²"])
def test_an_id_that_names_no_schedule_is_a_mistake(team: Team, wrong: str) -> None:
    daily(team)
    with pytest.raises(Mistake, match="There is no schedule"):
        team.schedules.get(wrong)


def ring(team: Team, refresh: Callable[[Plan], Plan]) -> list[float]:
    """Starts the alarms on real time until one has rung; when those ring that are set then."""
    rung = threading.Event()
    scheduler = Scheduler(team.schedules, refresh)
    alarms = scheduler._alarms
    alarms.add_listener(lambda _event: rung.set(), EVENT_JOB_EXECUTED)
    scheduler.start()
    assert rung.wait(10)
    times = [job.next_run_time.timestamp() for job in alarms.get_jobs()]
    scheduler.stop()
    return times


def missed(team: Team) -> None:
    """A daily schedule whose slot came while the bot was down."""
    team.clock.now = time.time() - 2 * DAY
    daily(team)
    team.clock.now = time.time()


def test_the_alarm_of_a_missed_slot_rings_at_the_next_start(team: Team) -> None:
    missed(team)
    times = ring(team, keep)
    assert [run.schedule for run in team.runs.newest()] == [1]
    assert times == [slot_of(team.schedules.get("S1"))]
    assert times[0] > time.time()


def test_whatever_breaks_at_a_slot_the_schedule_moves_on(team: Team) -> None:
    def stumble(_plan: Plan) -> Plan:
        raise KeyError("labels")

    missed(team)
    times = ring(team, stumble)
    assert (team.runs.newest(), times) == ([], [slot_of(team.schedules.get("S1"))])
    team.drain()
    assert "Something went wrong on my side (incident " in str(team.slack.about("S1"))


def test_a_slot_that_cannot_be_written_down_is_tried_again_later_and_not_at_once(team: Team) -> None:
    calls: list[float] = []

    def full(schedule: Schedule, slot: float, refresh: object) -> None:
        calls.append(slot)
        raise OSError("disk full")

    missed(team)
    team.schedules.fire = full  # type: ignore[method-assign]
    [again] = ring(team, keep)
    assert (calls, again > time.time() + 30) == ([slot_of(team.schedules.get("S1"))], True)
