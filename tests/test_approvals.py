"""The approval card carries the decision: what would change, against what, who is needed, and what can be asked."""

from pathlib import Path
from typing import Any

import pytest

from core.errors import Conflict, Mistake, Refused
from core.store.releases import Question
from world.core import ANA, BO, CY, DEE, EVE, PING, Team, sentence_of

REPO = "acme/router"
PAGE = f"https://hub.test/{REPO}"


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return Team(tmp_path, HUGOPS_APPROVERS="@ml-leads")


def blocks(team: Team, release: str) -> list[dict[str, Any]]:
    team.drain()
    [card] = [
        one
        for one in team.slack.messages.values()
        if one["channel"] == "C-APPROVALS" and one["metadata"]["event_payload"]["about"] == release
    ]
    return list(card["blocks"])


def lines(team: Team, release: str = "P1") -> list[str]:
    texts = [block["text"]["text"] for block in blocks(team, release) if block["type"] == "section"]
    return "\n".join(texts).splitlines()


def buttons(team: Team, release: str = "P1") -> dict[str, dict[str, Any]]:
    return {
        each["action_id"]: each
        for block in blocks(team, release)
        for each in block.get("elements", [])[:9]
        if "action_id" in each
    }


def thread(team: Team) -> list[dict[str, Any]]:
    team.drain()
    return [
        one
        for one in team.slack.messages.values()
        if one["thread"] and one["metadata"]["event_payload"]["about"][0] == "P"
    ]


def publish(team: Team, release: str) -> None:
    team.releases.decide(release, BO, approve=True)
    team.work()


def test_the_card_of_a_first_release_says_all_that_is_to_be_decided(team: Team) -> None:
    team.asked()
    assert lines(team) == [
        f":package: *P1 · Publish <{PAGE}|{REPO} v1> (public)* · asked by <@{ANA}>",
        "accuracy 0.812 ± 0.023 (test, 1,066 rows) · majority class 0.500",
        "from R1 · base <https://hub.test/acme/minilm|acme/minilm@8b3219a> · data acme/reviews@5f1c000 (cc-by-4.0)",
        "✔ files ✔ safe ✔ visibility ✔ name ✔ contents ✔ card",
        "new on the Hub, public afterwards",
        "4 files, 55 B: `.gitattributes` 0 B, `README.md` 15 B, `config.json` 17 B, `model.safetensors` 23 B",
        f"<{PAGE}/discussions/1|pull request 1> at {team.releases.get('P1').head[:7]}",  # type: ignore[index]
        "needs 1 of @ml-leads · so far: —",
    ]


def test_the_card_of_the_next_release_compares_with_the_version_before(team: Team) -> None:
    team.asked()
    publish(team, "P1")
    team.hub.push(REPO, {"pytorch_model.bin": b"old", "modeling.py": b"code", "notes.txt": b"n"})
    team.asked()
    shown = lines(team, "P2")
    assert [*(shown[at] for at in (0, 1, 5)), shown[6].partition(" B")[2]] == [
        f":package: *P2 · Publish <{PAGE}|{REPO} v2> (public)* · asked by <@{ANA}>",
        "accuracy 0.812 ± 0.023 (test, 1,066 rows) · majority class 0.500 · v1 had accuracy 0.812 ± 0.023, +0.000",
        "public today and afterwards",
        ": replaces 3 (`model.safetensors`), removes 1 (`pytorch_model.bin`), leaves 3 (`modeling.py`)",
    ]


@pytest.mark.parametrize(
    ("private", "public", "said", "confirms"),
    [
        (None, True, "new on the Hub, public afterwards", True),
        (None, False, "new on the Hub, private afterwards", False),
        (True, True, "private today, public afterwards", True),
        (True, False, "private today and afterwards", False),
        (False, True, "public today and afterwards", False),
    ],
)
def test_what_becomes_public_is_said_and_asked_once_more(
    team: Team, *, private: bool | None, public: bool, said: str, confirms: bool
) -> None:
    if private is not None:
        team.hub.push(REPO, {"README.md": b"# Router"}, private=private)
    team.asked(public=public)
    assert (said in lines(team), "confirm" in buttons(team)["release.approve"]) == (True, confirms)


def test_a_question_goes_to_the_requester_and_is_noted_on_the_card(team: Team) -> None:
    team.asked()
    assert team.releases.ask("P1", BO, f"Which rows? {PING}").questions == (Question(BO, f"Which rows? {PING}"),)
    escaped = "Which rows? &lt;!channel&gt; &amp; &lt;@U0000EVE&gt;"
    assert f"<@{BO}> asked: {escaped}" in lines(team)
    assert thread(team)[-1]["text"] == f"<@{ANA}> <@{BO}> asks about P1: {escaped}"
    assert "release.approve" in buttons(team)


@pytest.mark.parametrize(("user", "error"), [(ANA, Refused), (EVE, Refused), (CY, Refused), (BO, Conflict)])
def test_questions_are_for_those_who_decide_while_nobody_has(team: Team, user: str, error: type[Exception]) -> None:
    team.asked()
    if error is Conflict:
        publish(team, "P1")
    with pytest.raises(error):
        team.releases.ask("P1", user, "Why?")
    assert team.releases.get("P1").questions == ()


def test_what_would_be_published_can_be_tried_by_those_who_decide_and_the_requester(team: Team) -> None:
    release = team.asked()
    assert [team.releases.candidate("P1", user).head for user in (BO, DEE, ANA)] == [release.head] * 3
    with pytest.raises(Refused):
        team.releases.candidate("P1", EVE)
    team.releases.request(team.finished_run().id, "acme/other", ANA, "C-ML", public=True)
    with pytest.raises(Mistake):
        team.releases.candidate("P2", BO)


def test_the_thread_of_the_run_says_at_once_under_which_name_was_asked(team: Team) -> None:
    team.releases.request(team.finished_run().id, REPO, ANA, "C-ML", public=True)
    assert [one["text"] for one in thread(team)] == [
        (
            f"Asked as P1: <@{ANA}> wants it to become <{PAGE}|{REPO}> (public). It is checked first; "
            "`/hf withdraw P1` takes it back."
        )
    ]


def end_in_vain(team: Team, how: str) -> None:
    """A request that came to nothing."""
    team.asked()
    if how == "rejected":
        team.releases.decide("P1", BO, approve=False, reason="no")
    elif how == "withdrawn":
        team.releases.withdraw("P1", ANA)
    else:
        team.hub.push_to_pull(REPO, 1, {"model.safetensors": b"other"})
        team.releases.decide("P1", BO, approve=True)
    team.work()


@pytest.mark.parametrize("how", ["rejected", "withdrawn", "void"])
def test_a_request_that_came_to_nothing_can_be_made_again_by_the_requester(team: Team, how: str) -> None:
    end_in_vain(team, how)
    offered = [each["action_id"] for block in thread(team)[-1]["blocks"] for each in block.get("elements", [])]
    assert offered == ([] if how == "withdrawn" else ["release.again"])
    with pytest.raises(Refused):
        team.releases.ask_again("P1", EVE)
    again = team.releases.ask_again("P1", ANA)
    assert (again.id, again.repo, again.run, again.public) == ("P2", REPO, 1, True)
    with pytest.raises(Conflict) as conflict:
        team.releases.ask_again("P2", ANA)
    assert sentence_of(conflict.value) == "P2 is being checked; there is nothing to ask again."


@pytest.mark.parametrize(
    ("how", "there", "told"), [("rejected", False, True), ("withdrawn", False, True), ("rejected", True, False)]
)
def test_the_empty_repo_that_a_request_leaves_is_named(team: Team, how: str, *, there: bool, told: bool) -> None:
    if there:
        team.hub.push(REPO, {"README.md": b"# Router"})
    end_in_vain(team, how)
    said = "was made for it and stays, private and empty"
    assert (said in thread(team)[-1]["text"], said in str(blocks(team, "P1"))) == (told, told)
