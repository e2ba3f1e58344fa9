"""Runs: each press counts once, each event counts once, and each attempt stands for itself."""

from dataclasses import asdict
from pathlib import Path

import pytest

from core.errors import Conflict, Mistake, Refused
from core.events import Event
from core.figures import Figure
from core.store.plans import find_plan
from core.store.runs import Run
from world.core import ANA, BO, CY, EVE, PING, Team, sentence_of
from world.core import typed_event as event

RUNS_CHANNEL = "C-ML"


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return Team(tmp_path)


def running(team: Team, *events: Event) -> Run:
    run = team.start()
    team.runs.starting(run)
    return team.runs.apply(run, [event(1, "started"), *events], 100)


def thread(team: Team, run: str = "R1") -> list[str]:
    team.drain()
    return [text for _, _, text in team.slack.about(run, thread=True)]


def test_start_pressed_twice_makes_one_run_and_the_second_press_names_it(team: Team) -> None:
    plan = team.plan()
    assert team.runs.start(plan.id, ANA).id == "R1"
    with pytest.raises(Conflict) as refused:
        team.runs.start(plan.id, ANA)
    assert sentence_of(refused.value) == "This was already started as R1. Nothing was started twice."
    assert [run.id for run in team.runs.newest()] == ["R1"]
    team.drain()
    assert len(team.slack.about("R1")) == 1


def test_start_still_knows_its_plan_after_a_restart(team: Team) -> None:
    plan = team.plan()
    team.runs.start(plan.id, ANA)
    again = team.restart()
    with pytest.raises(Conflict, match="already started as R1"):
        again.runs.start(plan.id, ANA)
    assert find_plan(again.database, plan.id).became == "R1"


def test_only_the_one_who_asked_or_an_admin_starts_a_plan(team: Team) -> None:
    plan = team.plan(user=ANA)
    with pytest.raises(Refused, match=f"This plan belongs to <@{ANA}>"):
        team.runs.start(plan.id, EVE)
    assert team.runs.start(plan.id, CY).requested_by == ANA


def test_people_who_may_not_train_start_nothing(tmp_path: Path) -> None:
    team = Team(tmp_path, HUGOPS_TRAINERS=BO)
    with pytest.raises(Refused) as refused:
        team.start(ANA)
    assert sentence_of(refused.value) == "Only bo may start trainings. Ask one of them, or an admin."
    assert team.runs.newest() == []


def test_a_slot_of_a_schedule_has_one_run(team: Team) -> None:
    schedule = team.schedules.create(team.plan(cron="0 8 * * *", words="day 8:00").id, ANA)
    first = team.runs.start_slot(team.plan(), schedule.number, 1000.0)
    again = team.restart()
    assert again.runs.start_slot(again.plan(), schedule.number, 1000.0) is None
    assert [run.id for run in again.runs.newest()] == [first.id if first else ""] == ["R1"]


@pytest.mark.parametrize("wrong", ["R9", "R", "Rx", "R²", "P1", "", "R123456789012345"])
def test_an_id_that_names_no_run_is_a_mistake(team: Team, wrong: str) -> None:
    team.start()
    with pytest.raises(Mistake, match="There is no run"):
        team.runs.get(wrong)


def test_the_workers_events_move_the_run_and_its_one_card(team: Team) -> None:
    progress = {"step": 15, "steps": 75, "epoch": 0.6, "loss": 0.41, "eta_seconds": 60, "samples_per_second": 46}
    run = running(team, event(2, "progress", **progress))
    team.drain()
    assert (run.state, run.progress["step"], run.last_seq) == ("running", 15, 2)
    assert team.slack.about("R1") == [
        (RUNS_CHANNEL, "running", "R1 · minilm on reviews · step 15 of 75 · 60 s left"),
    ]
    team.runs.apply(run, [event(3, "finished", metrics={"accuracy": 0.812})], 200)
    team.drain()
    assert team.slack.about("R1") == [(RUNS_CHANNEL, "succeeded", "R1 · minilm on reviews · accuracy 0.812")]


def test_events_that_are_read_again_after_a_restart_are_not_applied_twice(team: Team) -> None:
    events = [event(2, "warning", text="12 texts are empty"), event(3, "finished", metrics={"accuracy": 0.8})]
    run = running(team, *events)
    before = thread(team)
    again = team.restart()
    done = again.runs.apply(run, [event(1, "started"), *events], 100)
    assert (done.state, [each["seq"] for each in again.runs.events(done)]) == ("succeeded", [1, 2, 3])
    assert (
        thread(again)
        == before
        == [
            "Attempt 1 started.",
            ":warning: 12 texts are empty",
            f"<@{ANA}> R1 is done: accuracy 0.800. Publish it with `/hf publish R1 to org/name`.",
        ]
    )


def test_late_events_of_an_earlier_attempt_change_nothing(team: Team) -> None:
    run = running(team, event(2, "failed", reason="no space", kind="internal"))
    queued = team.runs.resume(run.id, ANA)
    late = [event(3, "finished", metrics={"accuracy": 0.9}), event(4, "warning", text="late")]
    after = team.runs.apply(queued, late, 300)
    assert (after.state, after.attempt, after.metrics, after.read_to) == ("queued", 2, {}, 300)
    assert thread(team)[-1] == f"<@{ANA}> R1 failed: no space"


def test_what_the_card_shows_belongs_to_one_attempt(team: Team) -> None:
    chart = event(3, "artifact", kind="chart", name="curve", path="curve.png")
    evaluated = event(2, "evaluated", split="validation", metrics={"accuracy": 0.9}, step=10)
    run = running(team, evaluated, chart, event(4, "failed", reason="no space", kind="internal"))
    assert (run.best["metrics"], list(run.artifacts)) == ({"accuracy": 0.9}, ["curve"])
    again = team.runs.resume(run.id, ANA)
    assert (again.best, again.artifacts, again.progress, again.failure, again.ended) == ({}, {}, {}, {}, None)


def test_what_an_attempt_goes_on_from_stays_on_the_card(team: Team) -> None:
    evaluated = event(2, "evaluated", split="validation", metrics={"accuracy": 0.9}, step=10)
    run = running(team, evaluated, event(3, "checkpoint", step=10), event(4, "failed", reason="no", kind="internal"))
    again = team.runs.resume(run.id, ANA)
    assert (again.best["step"], again.progress) == (10, {"checkpoint": 10})


def test_unknown_events_are_kept_and_ignored(team: Team) -> None:
    run = running(team, event(2, "teleported", to="mars"))
    assert (run.state, [each["type"] for each in team.runs.events(run)]) == ("running", ["started", "teleported"])


def test_the_best_is_kept_and_a_figure_that_is_no_number_is_passed_over(team: Team) -> None:
    values = (0.7, 0.9, None, 0.8)
    told = [event(2 + at, "evaluated", metrics={"accuracy": value}, step=at) for at, value in enumerate(values)]
    run = running(team, *told, event(9, "evaluated", split="test", metrics={"accuracy": 0.99}))
    figures = [asdict(Figure("accuracy", "accuracy", 0.9, is_main=True))]
    assert run.best == {"figures": figures, "metrics": {"accuracy": 0.9}, "step": 1, "split": None}


def test_a_queued_run_is_cancelled_at_once(team: Team) -> None:
    run = team.start()
    assert team.runs.cancel(run.id, ANA).state == "cancelled"
    with pytest.raises(Conflict, match="R1 is cancelled already; nothing to cancel"):
        team.runs.cancel(run.id, ANA)
    assert team.runs.starting(run) is False


def test_a_running_run_is_cancelled_when_its_worker_says_so(team: Team) -> None:
    run = team.runs.cancel(running(team).id, ANA)
    assert (run.state, run.cancel_by) == ("running", ANA)
    with pytest.raises(Conflict, match="R1 was asked to stop already"):
        team.runs.cancel(run.id, CY)
    done = team.runs.apply(run, [event(2, "cancelled")], 200)
    assert (done.state, thread(team)[-1]) == ("cancelled", f"R1 was cancelled by <@{ANA}>.")


def test_a_press_that_comes_while_the_run_moves_on_never_moves_it_back(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = team.start()
    ensure = team.access.ensure_owner

    def start_meanwhile(user: str, owner: str, thing: str) -> None:
        ensure(user, owner, thing)
        team.runs.starting(run)
        team.runs.apply(run, [event(1, "started")], 10)

    monkeypatch.setattr(team.access, "ensure_owner", start_meanwhile)
    after = team.runs.cancel(run.id, ANA)
    assert (after.state, after.cancel_by) == ("running", ANA)


def test_a_lost_run_is_told_and_offered_never_queued_again(team: Team) -> None:
    run = running(team)
    team.runs.lost(run, "exit code 9\nKilled")
    lost = team.runs.get(run.id)
    assert (lost.state, lost.failure) == (
        "lost",
        {"reason": "The worker process vanished.", "kind": "lost", "log": "exit code 9\nKilled"},
    )
    assert thread(team)[-1] == f"<@{ANA}> R1 lost: The worker process vanished."
    assert team.runs.open() == []
    assert team.runs.resume(run.id, ANA).attempt == 2


def test_a_worker_that_vanishes_after_a_cancel_was_cancelled(team: Team) -> None:
    run = running(team)
    team.runs.cancel(run.id, ANA)
    team.runs.lost(run, "exit code 15")
    assert (team.runs.get(run.id).state, team.runs.get(run.id).failure) == ("cancelled", {})


def test_a_run_that_works_or_is_done_cannot_be_resumed(team: Team) -> None:
    run = running(team)
    with pytest.raises(Conflict, match="R1 is running; there is nothing to resume"):
        team.runs.resume(run.id, ANA)
    team.runs.apply(run, [event(2, "finished", metrics={})], 200)
    with pytest.raises(Conflict, match="R1 is finished; there is nothing to resume"):
        team.runs.resume(run.id, ANA)


def test_a_muted_run_is_quiet_on_its_way_and_says_how_it_ended(team: Team) -> None:
    run = team.start()
    team.runs.mute(run.id, ANA, muted=True)
    team.runs.starting(run)
    team.runs.apply(run, [event(1, "started"), event(2, "warning", text="x"), event(3, "failed", reason="y")], 10)
    assert thread(team) == [f"<@{ANA}> R1 failed: y"]
    assert [state for _, state, _ in team.slack.about("R1")] == ["failed"]


def test_milestones_in_quick_succession_stand_in_one_note(team: Team) -> None:
    run = running(team)
    for seq in (2, 3, 4):
        team.clock.now += 15
        team.runs.apply(run, [event(seq, "evaluated", metrics={"accuracy": 0.1 * seq}, step=seq)], 10 * seq)
        team.drain()
    assert thread(team) == [
        "Attempt 1 started.\nEvaluated on validation at step 2: accuracy 0.200",
        "Evaluated on validation at step 3: accuracy 0.300\nEvaluated on validation at step 4: accuracy 0.400",
    ]


def test_a_note_grows_to_what_slack_takes_and_no_further(team: Team) -> None:
    run = running(team)
    for seq in range(2, 102):
        team.runs.apply(run, [event(seq, "evaluated", metrics={"accuracy": 0.5}, step=seq)], 10 * seq)
    notes = thread(team)
    assert [len(note) < 2600 for note in notes] == [True, True, True]
    assert sum(note.count("Evaluated") for note in notes) == 100


def test_nobody_else_steers_a_run(team: Team) -> None:
    run = running(team)
    acts = (team.runs.cancel, team.runs.resume, lambda run_id, user: team.runs.mute(run_id, user, muted=True))
    for act in acts:
        with pytest.raises(Refused, match=f"R1 belongs to <@{ANA}>"):
            act(run.id, EVE)
    assert team.runs.get(run.id) == run


def test_who_waits_hears_when_the_queue_gets_shorter(team: Team) -> None:
    first = running(team)
    team.start()
    team.start()
    team.drain()
    assert [waits(team, run) for run in ("R2", "R3")] == ["1 run is ahead of it", "2 runs are ahead of it"]
    team.runs.apply(first, [event(2, "finished", metrics={})], 200)
    team.drain()
    assert [waits(team, run) for run in ("R2", "R3")] == ["starts in a moment", "1 run is ahead of it"]


def test_a_resumed_run_counts_the_younger_ones_at_work_as_ahead(team: Team) -> None:
    first = running(team, event(2, "failed", reason="x", kind="internal"))
    team.runs.starting(team.start())
    team.runs.resume(first.id, ANA)
    team.drain()
    assert waits(team, "R1") == "1 run is ahead of it"


def waits(team: Team, run: str) -> str:
    [card] = [one for one in team.slack.messages.values() if one["text"].startswith(run) and not one["thread"]]
    return str(card["blocks"][1]["text"]["text"]).rpartition("; ")[2]


def test_the_speed_of_the_last_finished_run_is_known(team: Team) -> None:
    assert team.runs.measured_rate("acme/minilm") is None
    running(team, event(2, "finished", metrics={"samples_per_second": 46.5}))
    assert team.runs.measured_rate("acme/minilm") == 46.5


def test_a_title_never_pings(team: Team) -> None:
    team.start(title=PING)
    team.drain()
    assert [text for _, _, text in team.slack.about("R1")] == [
        "R1 · &lt;!channel&gt; &amp; &lt;@U0000EVE&gt; · waiting"
    ]
