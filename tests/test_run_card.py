"""The card of a run in its life: what is left, what was reached, what became of the model."""

from dataclasses import replace
from typing import Any

import pytest

from core.blocks.run import build_card
from core.errors import Mistake, Refused
from world.core import ANA, BO, CY, EVE, Team, typed_event

NOW = 1_790_000_000.0


@pytest.fixture
def team(tmp_path: Any) -> Team:
    return Team(tmp_path)


LOSS = {"name": "loss", "words": "loss", "value": 0.0, "is_main": True, "higher_is_better": False}
MICRO_F1 = {"name": "f1", "words": "micro F1", "value": 0.5, "margin": 0.025, "is_main": True}
SPEARMAN = {"name": "spearman", "words": "Spearman", "value": 0.4, "margin": 0.1, "is_main": True}
R2 = {"name": "r2", "words": "R²"}


def lines(team: Team, run: str = "R1") -> list[str]:
    """The card's texts, from top to bottom."""
    _, blocks, _ = build_card(team.runs.get(run), 0, team.clock.now)
    return [block["text"]["text"] for block in blocks if block["type"] == "section"]


def at_work(team: Team, *events: tuple[str, dict[str, Any]]) -> None:
    """A run of Ana's whose worker wrote these."""
    run = team.start()
    team.runs.starting(run)
    told = [typed_event(at, name, **fields) for at, (name, fields) in enumerate([("started", {}), *events], 1)]
    team.runs.apply(run, told, 100)


def progress(step: int, loss: float | None = None, eta: float | None = None) -> tuple[str, dict[str, Any]]:
    return "progress", {"step": step, "steps": 75, "epoch": step / 25, "loss": loss, "eta_seconds": eta}


def evaluated(step: int, accuracy: float) -> tuple[str, dict[str, Any]]:
    return "evaluated", {"split": "validation", "step": step, "metrics": {"accuracy": accuracy}}


@pytest.mark.parametrize(("step", "eta"), [(0, None), (0, 0.0), (0, 12.0), (3, None)])
def test_nothing_is_said_of_the_time_left_before_it_is_known(team: Team, step: int, eta: float | None) -> None:
    at_work(team, progress(step, eta=eta))
    assert "left" not in " ".join(lines(team))
    assert "left" not in build_card(team.runs.get("R1"), 0, NOW)[0]


def test_the_time_left_is_never_none_while_it_is_at_work(team: Team) -> None:
    at_work(team, progress(74, eta=0.2))
    assert "1 s left" in lines(team)[1]


@pytest.mark.parametrize(("step", "is_over"), [(1, False), (74, False), (75, True)])
def test_after_the_last_step_the_card_says_what_the_time_left_is_for(team: Team, step: int, is_over: bool) -> None:
    at_work(team, progress(step, eta=60.0))
    assert ("· all steps done, being measured · 60 s left" in lines(team)[1]) == is_over


def test_the_loss_is_shown_beside_what_it_was_when_the_model_was_last_measured(team: Team) -> None:
    at_work(team, progress(20, 0.69), evaluated(25, 0.7), progress(26, 0.5), progress(30, 0.447))
    assert lines(team)[2] == "loss 0.447 (was 0.690) · accuracy 0.700 best, at step 25"


def test_a_cancelled_run_keeps_how_far_it_came(team: Team) -> None:
    at_work(team, progress(20, 0.6), evaluated(20, 0.7), ("checkpoint", {"step": 20}), progress(31, 0.5))
    team.runs.cancel("R1", ANA)
    team.runs.apply(team.runs.get("R1"), [typed_event(9, "cancelled")], 200)
    assert lines(team)[1] == (
        f"cancelled by <@{ANA}> · at step 31 of 75 · accuracy 0.700 best, at step 20 · Resume goes on from step 20"
    )


@pytest.mark.parametrize(("kind", "goes_on"), [("data", False), ("user", False), ("memory", True), ("hub", True)])
def test_what_fails_again_is_not_said_to_go_on(team: Team, kind: str, goes_on: bool) -> None:
    failed = "failed", {"kind": kind, "reason": "why"}
    at_work(team, progress(20, 0.6), ("checkpoint", {"step": 20}), progress(31, 0.5), failed)
    assert lines(team)[1] == "at step 31 of 75" + (" · Resume goes on from step 20" if goes_on else "")


def test_the_time_of_all_attempts_counts(team: Team) -> None:
    at_work(team, progress(20, 0.6))
    team.clock.now += 300
    team.runs.lost(team.runs.get("R1"), "")
    run = team.runs.resume("R1", ANA)
    team.clock.now += 5000  # what it waits is no work
    team.runs.starting(run)
    team.clock.now += 120
    team.runs.apply(run, [typed_event(20, "finished", attempt=2, metrics={"accuracy": 0.8})], 300)
    assert lines(team)[0].endswith("accuracy 0.800 · 7 min*")


def test_the_last_evaluation_is_named_beside_the_best(team: Team) -> None:
    at_work(team, progress(20, 0.6), evaluated(25, 0.7), evaluated(50, 0.65), progress(51, 0.5))
    assert lines(team)[2] == "loss 0.500 (was 0.600) · accuracy 0.650 at step 50 · accuracy 0.700 best, at step 25"


def test_memory_that_was_measured_is_said_to_be(team: Team) -> None:
    name, fields = progress(20, 0.6)
    at_work(team, (name, fields | {"memory_bytes": 1_190_000_000, "samples_per_second": 0.42}))
    assert lines(team)[2] == "loss 0.600 · 0.42 samples/s · 1.19 GB of memory (measured)"


def test_an_attempt_that_ends_early_keeps_what_it_would_go_on_from(team: Team) -> None:
    at_work(team, progress(20, 0.6), evaluated(20, 0.7), ("checkpoint", {"step": 20}))
    team.runs.lost(team.runs.get("R1"), "")
    team.runs.cancel(team.runs.resume("R1", ANA).id, ANA)
    assert lines(team)[1] == f"cancelled by <@{ANA}> · accuracy 0.700 best, at step 20 · Resume goes on from step 20"


def test_without_a_checkpoint_resume_is_not_said_to_go_on(team: Team) -> None:
    at_work(team, progress(3, 0.6))
    ask = build_card(team.runs.get("R1"), 0, NOW)[1][-1]["elements"][-1]["confirm"]["text"]["text"]
    assert ask == "R1 stops. If you press Resume later, it begins again: there is no checkpoint yet."


@pytest.mark.parametrize(
    ("state", "buttons"),
    [
        (None, ["Publish"]),
        ("waiting", ["Show P1", "Publish under another name"]),
        ("published", ["Show P1", "Publish again"]),
        ("rejected", ["Show P1", "Publish again"]),
    ],
)
def test_publish_says_what_it_does_after_what_became_of_the_run(
    team: Team, state: str | None, buttons: list[str]
) -> None:
    release = team.asked()
    releases = [] if state is None else [replace(release, state=state)]
    row = build_card(team.runs.get("R1"), 0, NOW, releases)[1][-1]["elements"]
    labels = [each["text"]["text"] for each in row]
    assert labels == [*buttons, "Try", "Train again with changes", "Compare", "Logs"]


def test_cancel_stands_last_and_asks_first(team: Team) -> None:
    at_work(team)
    row = build_card(team.runs.get("R1"), 0, NOW)[1][-1]["elements"]
    assert [each["action_id"] for each in row] == ["run.logs", "run.mute", "run.cancel"]
    assert ["confirm" in each for each in row] == [False, False, True]


@pytest.mark.parametrize(
    ("metrics", "mark"),
    [
        ({"accuracy": 0.5, "majority": 0.5}, ":warning:"),
        ({"accuracy": 0.4, "majority": 0.5}, ":warning:"),
        ({"accuracy": 0.51, "majority": 0.5}, ":white_check_mark:"),
        ({"accuracy": 0.51, "accuracy_margin": 0.03, "majority": 0.5}, ":warning:"),
        ({"accuracy": 0.54, "accuracy_margin": 0.03, "majority": 0.5}, ":white_check_mark:"),
        ({"accuracy": 0.8}, ":white_check_mark:"),
        ({"figures": [{"name": "f1", "words": "F1", "value": 0.0, "is_main": True}]}, ":warning:"),
        ({"figures": [MICRO_F1], "commonest_f1": 0.47}, ":white_check_mark:"),
        ({"figures": [MICRO_F1], "commonest_f1": 0.48}, ":warning:"),
        ({"figures": [SPEARMAN, R2 | {"value": 0.2}], "mean_rmse": 1.5}, ":white_check_mark:"),
        ({"figures": [SPEARMAN, R2 | {"value": -0.1}], "mean_rmse": 1.5}, ":warning:"),
        ({"figures": [LOSS]}, ":white_check_mark:"),
    ],
)
def test_a_model_that_learned_nothing_gets_no_tick(team: Team, metrics: dict[str, Any], mark: str) -> None:
    figures = {"figures": metrics.pop("figures")} if "figures" in metrics else {}
    at_work(team, ("finished", {"metrics": metrics, **figures}))
    assert lines(team)[0].startswith(f"{mark} *R1 · ")


def test_one_picture_holds_all_when_it_is_done(team: Team) -> None:
    curve, results = ({"kind": "chart", "name": name, "path": f"{name}.png"} for name in ("curve", "results"))
    at_work(team, progress(20, 0.6), ("artifact", curve))
    assert list(build_card(team.runs.get("R1"), 0, NOW)[2]) == ["curve"]
    done = [typed_event(8, "artifact", **results), typed_event(9, "finished", metrics={"accuracy": 0.8})]
    team.runs.apply(team.runs.get("R1"), done, 300)
    assert list(build_card(team.runs.get("R1"), 0, NOW)[2]) == ["results"]


def test_what_became_of_the_model_stands_on_the_card(team: Team) -> None:
    release = team.asked()
    team.drain()
    assert card_of(team, "R1").count("P1: acme/router waits for approval") == 1
    team.releases.decide(release.id, CY, approve=False, reason="no <licence>")
    team.drain()
    assert "P1: acme/router is rejected · no &lt;licence&gt;" in card_of(team, "R1")


def card_of(team: Team, thing: str) -> str:
    [card] = [one for one in team.slack.messages.values() if _about(one) == thing and not one["thread"]]
    return str(card["blocks"])


def _about(message: dict[str, Any]) -> str:
    about: str = message["metadata"]["event_payload"]["about"]
    return about


def test_who_cannot_read_the_channel_of_a_run_does_not_see_it(team: Team) -> None:
    team.start(channel="C-SECRET")
    assert [team.runs.shown_to("R1", user).id for user in (ANA, BO)] == ["R1", "R1"]
    with pytest.raises(Refused):
        team.runs.shown_to("R1", EVE)
    with pytest.raises(Mistake):
        team.runs.shown_to("R2", EVE)
