"""What can be asked to become public, and what is refused before anybody is asked."""

from pathlib import Path

import pytest

from core.errors import Conflict, Mistake, Refused
from jobs.publishing.steps import advance
from world.core import ANA, EVE, Team, sentence_of

REPO = "acme/router"


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return Team(tmp_path, HUGOPS_APPROVERS="@ml-leads")


def test_a_second_request_for_the_same_thing_names_the_first(team: Team) -> None:
    release = team.asked()
    with pytest.raises(Conflict, match="P1 already asks for R1 to become acme/router"):
        team.releases.request(f"R{release.run}", REPO, ANA, "C-ML", public=True)


def test_only_a_finished_run_of_ones_own_can_be_asked_for(team: Team) -> None:
    team.start()
    with pytest.raises(Mistake, match="R1 is waiting; only a finished run can be published"):
        team.releases.request("R1", REPO, ANA, "C-ML", public=True)
    with pytest.raises(Refused, match="R1 belongs to"):
        team.releases.request("R1", REPO, EVE, "C-ML", public=True)


def test_a_request_that_nobody_could_approve_is_refused_at_once(tmp_path: Path) -> None:
    team = Team(tmp_path, HUGOPS_APPROVERS=ANA)
    with pytest.raises(Refused) as error:
        team.releases.request(team.finished_run().id, REPO, ANA, "C-ML", public=True)
    assert sentence_of(error.value) == (
        "Nobody but you can approve a release, and whoever asks does not decide. "
        "An admin has to name somebody else in HUGOPS_APPROVERS and restart me."
    )
    assert team.releases.newest() == []


@pytest.mark.parametrize("name", ["pytorch_model.bin", "modeling_evil.py", "state.pkl"])
def test_unsafe_files_block_before_anything_reaches_the_hub(team: Team, name: str) -> None:
    release = team.releases.request(team.finished_run().id, REPO, ANA, "C-ML", public=True)
    (team.home / "runs" / "R1" / "model" / name).write_text("x")
    advance(team.bench, release)
    blocked = team.releases.get("P1")
    assert (blocked.state, team.hub.repos) == ("blocked", {})
    assert blocked.problem == f"{name} is not a safe file to publish. Only safetensors and text files are."


def test_a_private_release_does_not_end_in_a_public_repo(team: Team) -> None:
    team.hub.push(REPO, {"README.md": b"# Router"}, private=False)
    release = team.asked(public=False)
    assert (release.state, team.hub.repo(REPO).pulls) == ("blocked", [])
    assert release.problem == (
        "acme/router is public, so nothing in it stays private. Ask again with `public`, or with another name."
    )
