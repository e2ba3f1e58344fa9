"""App Home: what waits for whom, with the figures of the card, and what each person can press there."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from core.blocks.home import build_home
from core.store.plans import save_plan
from handlers.home import collect
from world.core import ANA, BO, CY, DEE, EVE, Team, build_plan

REPO = "acme/router"
PAGE = f"https://huggingface.co/{REPO}"


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return Team(tmp_path, HUGOPS_APPROVERS="@ml-leads")


def home(team: Team, user: str) -> list[dict[str, Any]]:
    team.drain()
    parts = SimpleNamespace(
        releases=team.releases,
        access=team.access,
        runs=team.runs,
        schedules=team.schedules,
        settings=team.settings,
        database=team.database,
        outbox=team.outbox,
        workspace=SimpleNamespace(permalink=lambda channel, ts: f"https://slack.test/{channel}/{ts}"),
    )
    return build_home(collect(cast("Any", parts), user))


def texts(blocks: list[dict[str, Any]]) -> list[str]:
    return [block["text"]["text"] for block in blocks if block["type"] == "section"]


def buttons(blocks: list[dict[str, Any]]) -> list[tuple[str, str]]:
    rows = [[block["accessory"]] if "accessory" in block else block.get("elements", []) for block in blocks]
    return [
        (each["action_id"], each.get("value") or each["url"]) for row in rows for each in row if "action_id" in each
    ]


def test_a_newcomer_finds_the_first_steps_as_buttons(team: Team) -> None:
    blocks = home(team, EVE)
    assert texts(blocks)[:2] == ["*Waiting for a decision*", "Nothing waits for you."]
    assert buttons(blocks) == [("search.open", "search"), ("try.open", "run"), ("help.open", "help")]


def test_an_approver_sees_the_figures_of_the_card_and_the_way_to_it(team: Team) -> None:
    team.asked()
    blocks = home(team, BO)
    assert texts(blocks)[1].splitlines() == [
        f":package: *P1* <{PAGE}|{REPO} v1> (public) · from R1 · asked by <@{ANA}>",
        "accuracy 0.812 ± 0.023 (test, 1,066 rows) · majority class 0.500",
        "needs 1 approval · so far: —",
    ]
    shown = dict(buttons(blocks))
    assert list(shown)[:3] == ["release.approve", "release.reject", "release.review"]
    assert shown["release.review"].startswith("https://slack.test/C-APPROVALS/")


@pytest.mark.parametrize(
    ("user", "offered"),
    [
        (ANA, ["release.withdraw", "release.review"]),
        (DEE, ["release.approve", "release.reject", "release.review"]),
        (CY, []),
        (EVE, []),
    ],
)
def test_what_waits_can_be_decided_by_approvers_and_withdrawn_by_the_requester(
    team: Team, user: str, offered: list[str]
) -> None:
    team.asked()
    assert [action for action, _ in buttons(home(team, user)) if action.startswith("release.")] == offered


def test_what_is_mine_is_listed_with_its_next_step_and_what_is_not_is_not(team: Team) -> None:
    team.hub.push("acme/foo", {"model.safetensors": b"1"})
    team.asked()
    team.releases.decide("P1", BO, approve=True)
    team.work()
    team.start()
    plan = save_plan(team.database, build_plan(cron="0 8 * * *", words="every day", zone="Europe/Berlin"))
    team.schedules.create(plan.id, ANA)
    team.watches.add("acme/foo", "C1", ANA)
    assert buttons(home(team, ANA)) == [
        ("run.cancel", "R2"),
        ("run.publish", "R1"),
        ("schedule.pause", "S1"),
        ("watch.remove", "W1"),
        ("watch.mute", "W1"),
        ("model.try", REPO),
    ]
    runs = [text for text in texts(home(team, ANA)) if "*<https://slack.test" in text]
    assert [text.split("|")[1].split(">")[0] for text in runs] == ["R2", "R1"]
    assert [action for action, _ in buttons(home(team, EVE))] == [
        "model.try",
        "search.open",
        "try.open",
        "help.open",
    ]
