"""The supervisor: nothing is lost, nothing is started twice, whenever the bot or a worker ends."""

import json
from pathlib import Path

import pytest

from core.store.runs import Run
from jobs import supervisor
from world.core import ANA, Team, write


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return Team(tmp_path)


def state(team: Team, run: str = "R1") -> str:
    return team.runs.get(run).state


def started(team: Team) -> Run:
    run = team.start()
    team.supervisor.look()
    write(team.folder(run), "started")
    team.supervisor.look()
    return team.runs.get(run.id)


def test_a_queued_run_gets_its_recipe_and_one_worker(team: Team) -> None:
    run = team.start()
    team.supervisor.look()
    team.supervisor.look()
    assert (team.workers.submitted, state(team)) == ([("R1", 1)], "starting")
    recipe = json.loads((team.folder(run) / "recipe.json").read_text())
    assert recipe == {**run.recipe, "run": "R1", "attempt": 1}


def test_no_more_runs_work_than_there_are_slots(tmp_path: Path) -> None:
    team = Team(tmp_path, HUGOPS_SLOTS="2")
    for _ in range(4):
        team.start()
    team.supervisor.look()
    assert [run.state for run in team.runs.open()] == ["starting", "starting", "queued", "queued"]
    write(team.folder(team.runs.get("R1")), "started")
    write(team.folder(team.runs.get("R1")), "finished", metrics={})
    team.supervisor.look()
    assert [(run.id, run.state) for run in team.runs.open()] == [
        ("R2", "starting"),
        ("R3", "starting"),
        ("R4", "queued"),
    ]


def test_a_run_is_followed_to_its_end(team: Team) -> None:
    run = started(team)
    write(team.folder(run), "progress", step=5, steps=10)
    write(team.folder(run), "artifact", kind="chart", name="curve", path="charts/curve.png")
    write(team.folder(run), "finished", metrics={"accuracy": 0.9})
    assert team.supervisor.look() is True
    done = team.runs.get(run.id)
    assert (done.state, done.metrics) == ("succeeded", {"accuracy": 0.9})
    assert done.artifacts["curve"]["path"] == str(team.folder(run) / "charts" / "curve.png")
    assert team.supervisor.look() is False


def test_a_line_that_is_half_written_waits_for_its_end(team: Team) -> None:
    run = started(team)
    line = json.dumps({"seq": 2, "at": "t", "attempt": 1, "type": "finished", "metrics": {"accuracy": 0.5}}) + "\n"
    for half in (line[:40], line[40:]):
        assert state(team) == "running"
        with (team.folder(run) / "events.jsonl").open("a") as file:
            file.write(half)
        team.supervisor.look()
    assert state(team) == "succeeded"


def test_a_torn_last_line_of_a_dead_worker_does_not_hold_up_the_next_attempt(team: Team) -> None:
    run = started(team)
    events = team.folder(run) / "events.jsonl"
    whole = events.read_bytes()
    events.write_bytes(whole + b'{"seq": 2, "at')
    team.workers.alive.clear()
    team.supervisor.look()
    assert state(team) == "lost"
    team.runs.resume(run.id, ANA)
    events.write_bytes(whole)  # what the next worker does first
    team.supervisor.look()
    write(team.folder(run), "started", resumed_from_step=4)
    team.supervisor.look()
    assert (state(team), team.runs.get(run.id).last_seq) == ("running", 2)


@pytest.mark.parametrize(
    "garbage", ["not json", "[]", '{"seq": 1}', '{"seq": "x", "at": "", "attempt": 1, "type": "a"}']
)
def test_a_line_that_is_no_event_is_passed_over(team: Team, garbage: str) -> None:
    run = started(team)
    with (team.folder(run) / "events.jsonl").open("a") as file:
        file.write(garbage + "\n")
    write(team.folder(run), "finished", metrics={})
    team.supervisor.look()
    assert state(team) == "succeeded"


def test_a_new_life_of_the_bot_reads_on_from_where_the_last_one_was(team: Team) -> None:
    run = started(team)
    again = team.restart()
    write(team.folder(run), "warning", text="one class is rare")
    write(team.folder(run), "finished", metrics={})
    again.supervisor.look()
    again.drain()
    assert [text.partition(" ")[0] for _, _, text in again.slack.about("R1", thread=True)] == [
        "Attempt",
        ":warning:",
        f"<@{ANA}>",
    ]
    assert (state(again), team.workers.submitted) == ("succeeded", [("R1", 1)])


def test_a_crash_between_noting_a_run_and_starting_its_worker_starts_it_once(team: Team) -> None:
    team.runs.starting(team.start())
    again = team.restart()
    for _ in range(3):
        again.supervisor.look()
    assert (team.workers.submitted, state(again)) == ([("R1", 1)], "starting")


def test_a_crash_right_after_starting_a_worker_does_not_start_another(team: Team) -> None:
    team.start()
    team.supervisor.look()
    again = team.restart()
    again.supervisor.look()
    assert (team.workers.submitted, state(again)) == ([("R1", 1)], "starting")


def test_a_worker_that_did_all_its_work_while_the_bot_was_away_is_believed(team: Team) -> None:
    run = team.start()
    team.supervisor.look()
    write(team.folder(run), "started")
    write(team.folder(run), "finished", metrics={"accuracy": 0.9})
    team.workers.alive.clear()
    again = team.restart()
    again.supervisor.look()
    assert (state(again), team.workers.submitted) == ("succeeded", [("R1", 1)])


def test_a_worker_that_vanishes_is_lost_and_nothing_is_started_again(team: Team) -> None:
    started(team)
    team.workers.alive.clear()
    for _ in range(3):
        team.supervisor.look()
    lost = team.runs.get("R1")
    assert (lost.state, lost.failure["log"], team.workers.submitted) == ("lost", "exit code 9\nKilled", [("R1", 1)])


def test_a_worker_that_never_says_a_word_is_given_up_after_a_while(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    team.start()
    team.supervisor.look()
    team.workers.alive.clear()
    team.supervisor.look()
    assert state(team) == "starting"
    monkeypatch.setattr(supervisor, "GRACE_SECONDS", -1.0)
    team.supervisor.look()
    assert (state(team), team.workers.submitted) == ("lost", [("R1", 1)])


def test_the_last_word_of_a_worker_counts_even_when_it_is_gone_already(team: Team) -> None:
    run = started(team)
    write(team.folder(run), "failed", reason="not enough memory", kind="memory")
    team.workers.alive.clear()
    team.supervisor.look()
    assert team.runs.get(run.id).failure == {"reason": "not enough memory", "kind": "memory"}


def test_cancel_reaches_the_worker(team: Team) -> None:
    run = started(team)
    team.runs.cancel(run.id, ANA)
    team.supervisor.look()
    team.supervisor.look()
    assert (team.workers.cancelled, state(team)) == (["R1"], "cancelled")


def test_a_run_that_was_cancelled_before_its_worker_started_is_not_started(team: Team) -> None:
    run = team.start()
    team.runs.starting(run)
    team.runs.cancel(run.id, ANA)
    again = team.restart()
    again.supervisor.look()
    assert (state(again), team.workers.submitted) == ("cancelled", [])


def test_another_attempt_waits_until_the_worker_before_it_is_gone(team: Team) -> None:
    run = started(team)
    write(team.folder(run), "failed", reason="x", kind="internal")
    team.supervisor.look()
    team.runs.resume(run.id, ANA)
    team.supervisor.look()
    assert state(team) == "queued"
    team.workers.alive.clear()
    team.supervisor.look()
    assert (state(team), team.workers.submitted) == ("starting", [("R1", 1), ("R1", 2)])


@pytest.mark.parametrize("question", ["is_alive", "submit", "events", "cancel", "ending"])
def test_a_run_whose_place_cannot_be_asked_holds_up_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    team = Team(tmp_path, HUGOPS_SLOTS="2")
    bad, good = team.start(), team.start()
    answer = getattr(team.workers, question)

    def ask(run_dir: Path, *more: object) -> object:
        if run_dir == team.folder(bad):
            raise OSError("no route to host")
        return answer(run_dir, *more)

    monkeypatch.setattr(team.workers, question, ask)
    team.supervisor.look()
    write(team.folder(good), "started")
    write(team.folder(good), "finished", metrics={})
    team.supervisor.look()
    assert state(team, good.id) == "succeeded"


def test_one_run_that_cannot_be_read_holds_up_no_other(tmp_path: Path) -> None:
    team = Team(tmp_path, HUGOPS_SLOTS="2")
    bad, good = team.start(), team.start()
    team.supervisor.look()
    # An event that the card cannot show: a worker of another version, say.
    write(team.folder(bad), "evaluated", metrics={"accuracy": "high"})
    write(team.folder(good), "started")
    team.supervisor.look()
    assert (state(team, bad.id), state(team, good.id)) == ("starting", "running")
