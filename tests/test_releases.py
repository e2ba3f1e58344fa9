"""Releases: nothing is published that the approvers did not see, and what is published is published once."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from core.errors import Conflict, HubError, Mistake, Refused
from core.hub import PullRequest
from core.releases import Releases
from core.store.releases import Release
from jobs.publishing.publisher import Publisher
from jobs.publishing.steps import advance
from world.core import ANA, BO, CY, DEE, EVE, Team, sentence_of
from world.core_hub import Crash, CrashingHub

LEADS = "@ml-leads"
SLOW = HubError("The Hub did not answer in time. Try again in a minute.", reason="timeout")
REPO = "acme/router"
LEFT_OVER = (
    "<https://hub.test/acme/router|acme/router> was made for it and stays, private and empty: delete it in "
    "<https://hub.test/acme/router/settings|its settings>, or leave it for the next request."
)


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return Team(tmp_path, HUGOPS_APPROVERS=LEADS)


def refused(team: Team, user: str, *, approve: bool = True) -> str:
    with pytest.raises((Conflict, Refused)) as error:
        team.releases.decide("P1", user, approve=approve, reason="no")
    return sentence_of(error.value)


def published(team: Team) -> dict[str, object]:
    """What a release leaves behind, counted."""
    team.drain()
    repo = team.hub.repo(REPO)
    announced = [text for channel, _, text in team.slack.about(REPO) if channel == "C-RELEASES"]
    return {
        "state": team.releases.get("P1").state,
        "pulls": [pull.status for pull in repo.pulls],
        "merges": team.hub.merges,
        "tags": repo.tags == {"v1": repo.sha},
        "private": repo.private,
        "announced": len(announced),
        "cards": [state for _, state, _ in team.slack.about("P1")],
        "told": [text for _, _, text in team.slack.about("P1", thread=True) if "is published" in text],
    }


ONCE = {
    "state": "published",
    "pulls": ["merged"],
    "merges": 1,
    "tags": True,
    "private": False,
    "announced": 1,
    "cards": ["published"],
    "told": [f"<@{ANA}> P1: <https://hub.test/{REPO}|{REPO}> v1 is published, approved by <@{BO}>."],
}


def test_a_release_goes_from_a_request_to_one_announcement(team: Team) -> None:
    team.asked()
    team.releases.decide("P1", BO, approve=True)
    team.work()
    team.work()
    assert published(team) == ONCE
    release = team.releases.get("P1")
    assert (release.version, release.commit_sha, release.approved_by) == ("v1", team.hub.repo(REPO).sha, [BO])


def test_approvers_are_asked_after_the_checks_and_not_before(team: Team) -> None:
    team.releases.request(team.finished_run().id, REPO, ANA, "C-ML", public=True)
    team.drain()
    assert team.slack.about("P1") == []
    team.work()
    team.drain()
    [(channel, state, text)] = team.slack.about("P1")
    assert (channel, state) == ("C-APPROVALS", "waiting")
    assert (
        text == "P1 · Publish acme/router v1 (public) · accuracy 0.812 ± 0.023 (test, 1,066 rows) · waits for approval"
    )


def test_approved_twice_by_one_person_counts_once(tmp_path: Path) -> None:
    team = Team(tmp_path, HUGOPS_QUORUM="2", HUGOPS_APPROVERS=LEADS)
    team.asked()
    assert team.releases.decide("P1", BO, approve=True).state == "waiting"
    assert refused(team, BO) == "Your vote on P1 counts already. It waits for other approvers."
    assert team.releases.decide("P1", DEE, approve=True).state == "approved"


def test_a_second_approval_after_the_decision_is_told_so(team: Team) -> None:
    team.asked()
    team.releases.decide("P1", BO, approve=True)
    assert refused(team, DEE) == "P1 is approved already."
    team.work()
    assert refused(team, DEE) == "P1 is published already."
    assert published(team) == ONCE


def test_an_approval_after_a_rejection_changes_nothing(team: Team) -> None:
    team.asked()
    team.releases.decide("P1", DEE, approve=False, reason="licence is missing")
    assert refused(team, BO) == "P1 is rejected already."
    team.work()
    team.drain()
    assert [pull.status for pull in team.hub.repo(REPO).pulls] == ["closed"]
    assert team.hub.comments == ["P1 is rejected: licence is missing"]
    assert team.slack.about("P1", thread=True)[-1][2] == (
        f"<@{ANA}> P1 was rejected by <@{DEE}>: licence is missing {LEFT_OVER}"
    )


def test_a_rejection_names_who_rejected_and_not_who_approved(tmp_path: Path) -> None:
    team = Team(tmp_path, HUGOPS_QUORUM="2", HUGOPS_APPROVERS=LEADS)
    team.asked()
    team.releases.decide("P1", BO, approve=True)
    team.releases.decide("P1", DEE, approve=False, reason="too small")
    team.drain()
    [card] = [one for one in team.slack.messages.values() if one["channel"] == "C-APPROVALS"]
    head = str(card["blocks"][0]["text"]["text"])
    assert (f"rejected by <@{DEE}>" in head, BO in head) == (True, False)


def test_the_one_who_asks_never_decides_whatever_their_role(tmp_path: Path) -> None:
    team = Team(tmp_path, HUGOPS_APPROVERS=f"{ANA},{BO}")
    team.asked()
    assert refused(team, ANA) == "You asked for this release, so somebody else has to decide. It goes on waiting."
    assert team.releases.get("P1").votes == {}


@pytest.mark.parametrize("user", [EVE, CY])
def test_only_listed_people_decide_and_the_request_goes_on_waiting(team: Team, user: str) -> None:
    team.asked()
    for approve in (True, False):
        assert refused(team, user, approve=approve) == (
            "Only @ml-leads may decide on releases. The request goes on waiting."
        )
    assert (team.releases.get("P1").state, team.releases.get("P1").votes) == ("waiting", {})


def test_the_card_has_buttons_only_while_a_vote_counts(team: Team) -> None:
    team.asked()
    buttons = []
    for step in (lambda: None, lambda: team.releases.decide("P1", BO, approve=True), team.work):
        step()
        team.drain()
        [card] = [one for one in team.slack.messages.values() if one["channel"] == "C-APPROVALS"]
        buttons.append([each["action_id"] for block in card["blocks"] for each in block.get("elements", [])])
    assert buttons == [["release.approve", "release.reject", "release.try", "release.ask", "release.open"], [], []]


def count_calls(folder: Path, *, done: bool, error: BaseException) -> list[dict[str, object]]:
    """One release for each call to the Hub that can be the last one of a process, and what became of it."""
    outcomes = []
    for calls in range(1, 40):
        team = Team(folder / f"{calls}", HUGOPS_APPROVERS=LEADS)
        run = team.finished_run()
        team.releases.request(run.id, REPO, ANA, "C-ML", public=True)
        crashing = CrashingHub(team.hub, calls, error, done=done)
        team.use_hub(crashing)
        team = publish_in_two_lives(team)
        if crashing._left > 0:
            break
        outcomes.append(published(team))
    return outcomes


def publish_in_two_lives(team: Team) -> Team:
    """Works until a crash, if there is one, and then in a new process on the same state."""
    for _ in range(2):
        try:
            for _ in range(3):
                team.work()
                if team.releases.get("P1").state == "waiting":
                    team.releases.decide("P1", BO, approve=True)
        except Crash:
            team = team.restart()
    return team


@pytest.mark.parametrize("done", [True, False], ids=["after", "before"])
def test_a_crash_at_any_call_to_the_hub_ends_in_one_published_release(tmp_path: Path, *, done: bool) -> None:
    outcomes = count_calls(tmp_path, done=done, error=Crash())
    assert len(outcomes) == 10  # four calls before the approvers are asked, six after
    assert outcomes == [ONCE] * 10


@pytest.mark.parametrize("done", [True, False], ids=["after", "before"])
def test_a_hub_that_does_not_answer_in_time_ends_in_one_published_release(tmp_path: Path, *, done: bool) -> None:
    assert count_calls(tmp_path, done=done, error=SLOW) == [ONCE] * 10


def test_a_crash_while_the_publication_is_written_down_announces_once(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(_releases: Releases, _release: Release) -> None:
        raise Crash

    team.asked()
    team.releases.decide("P1", BO, approve=True)
    with monkeypatch.context() as broken:
        broken.setattr(Releases, "_announce", crash)
        with pytest.raises(Crash):
            team.work()
    again = team.restart()
    assert again.releases.get("P1").state == "publishing"
    again.work()
    assert published(again) == ONCE


def test_files_that_change_after_the_request_make_it_void_and_nothing_is_merged(team: Team) -> None:
    team.asked()
    team.releases.decide("P1", BO, approve=True)
    team.hub.push_to_pull(REPO, 1, {"model.safetensors": b"other weights"})
    team.work()
    team.work()
    release = team.releases.get("P1")
    assert (release.state, release.problem) == ("void", "The files changed after the request.")
    assert (team.hub.merges, team.hub.tags(REPO), team.hub.repo(REPO).pulls[0].status) == (0, {}, "closed")
    team.drain()
    assert team.slack.about("P1", thread=True)[-1][2] == (
        f"<@{ANA}> P1 is void: The files changed after the request. Ask again with `/hf publish`."
    )
    assert [text for channel, _, text in team.slack.about(REPO) if channel == "C-RELEASES"] == []


def test_files_that_change_between_a_crash_and_the_next_life_make_it_void(team: Team) -> None:
    team.asked()
    team.releases.decide("P1", BO, approve=True)
    team.use_hub(CrashingHub(team.hub, 3, Crash(), done=False))  # the merge did not happen
    with pytest.raises(Crash):
        team.work()
    team.hub.push_to_pull(REPO, 1, {"model.safetensors": b"other weights"})
    again = team.restart()
    again.work()
    assert (again.releases.get("P1").state, team.hub.merges) == ("void", 0)


def test_other_files_on_main_after_the_merge_are_never_called_published(team: Team) -> None:
    team.asked()
    team.hub.push(REPO, {"backdoor.json": b"{}"})
    team.releases.decide("P1", BO, approve=True)
    team.work()
    assert (team.releases.get("P1").state, team.hub.tags(REPO)) == ("void", {})


def test_a_pull_request_that_somebody_closed_frees_the_way_for_another_request(team: Team) -> None:
    release = team.asked()
    team.releases.decide("P1", BO, approve=True)
    team.hub.close(REPO, 1, "by hand")
    team.work()
    assert team.releases.get("P1").problem == "The pull request was closed on the Hub."
    assert team.releases.request(f"R{release.run}", REPO, ANA, "C-ML", public=True).id == "P2"


def test_withdrawing_during_the_checks_closes_the_pull_request(team: Team) -> None:
    release = team.releases.request(team.finished_run().id, REPO, ANA, "C-ML", public=True)
    open_pull = team.hub.open_release_pull_request

    def withdraw_meanwhile(
        repo: str,
        folder: Path,
        title: str,
        description: str,
        marker: str,
        *,
        card: str = "",
        removed: Sequence[str] = (),
    ) -> PullRequest:
        team.releases.withdraw("P1", ANA)
        return open_pull(repo, folder, title, description, marker, card=card, removed=removed)

    team.hub.open_release_pull_request = withdraw_meanwhile  # type: ignore[method-assign]
    advance(team.bench, release)
    team.work()
    assert team.releases.get("P1").state == "withdrawn"
    assert [pull.status for pull in team.hub.repo(REPO).pulls] == ["closed"]
    assert team.hub.comments == ["P1 was withdrawn"]


def test_withdrawing_a_request_that_waits_closes_its_pull_request_once(team: Team) -> None:
    team.asked()
    with pytest.raises(Refused, match=f"P1 belongs to <@{ANA}>"):
        team.releases.withdraw("P1", EVE)
    assert team.releases.withdraw("P1", ANA).state == "withdrawn"
    team.work()
    team.work()
    assert (team.releases.pending(), team.hub.comments) == ([], ["P1 is withdrawn"])
    with pytest.raises(Conflict, match="P1 is withdrawn already"):
        team.releases.withdraw("P1", ANA)


def test_what_is_decided_cannot_be_withdrawn(team: Team) -> None:
    team.asked()
    team.releases.decide("P1", BO, approve=True)
    with pytest.raises(Conflict, match="P1 is approved already"):
        team.releases.withdraw("P1", ANA)


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


def test_a_private_release_stays_private(team: Team) -> None:
    team.asked(public=False)
    team.releases.decide("P1", BO, approve=True)
    team.work()
    assert published(team)["private"] is True


def test_versions_of_a_repo_are_taken_one_by_one_also_by_those_that_wait_for_their_tag(team: Team) -> None:
    team.asked()
    team.asked()
    for release in ("P1", "P2"):
        team.releases.decide(release, BO, approve=True)
    first, second = (team.releases.get(release) for release in ("P1", "P2"))
    team.use_hub(CrashingHub(team.hub, 3, SLOW, done=False))  # the first has its version, but is not merged
    advance(team.bench, first)
    team.use_hub(team.hub)
    advance(team.bench, second)
    assert (team.releases.get("P1").version, team.releases.get("P2").version) == ("v1", "v2")
    assert list(team.hub.tags(REPO)) == ["v2"]


def test_a_hub_that_refuses_is_told_once_and_tried_again(team: Team) -> None:
    team.asked()
    team.releases.decide("P1", BO, approve=True)
    team.use_hub(CrashingHub(team.hub, 3, HubError("The Hub refused this."), done=False))
    team.work()
    team.use_hub(team.hub)
    team.drain()
    assert team.slack.about("P1", thread=True)[-1][2] == (
        f"<@{ANA}> P1: The Hub refused this. I go on trying by myself."
    )
    team.work()
    assert published(team) == ONCE


def test_a_release_that_stumbles_holds_up_no_other(team: Team) -> None:
    first, second = team.asked(), team.asked("acme/other")
    for release in (first, second):
        team.releases.decide(release.id, BO, approve=True)
    team.hub.repos.pop(("model", REPO))
    publisher = Publisher(team.bench)
    assert publisher.round() == pytest.approx(5.0)
    assert [team.releases.get(each).state for each in ("P1", "P2")] == ["approved", "published"]


def test_the_publisher_hears_of_every_request_and_decision(team: Team) -> None:
    heard: list[str] = []
    team.releases.changed.connect(lambda: heard.append(team.releases.newest()[0].state))
    team.asked()
    team.releases.decide("P1", BO, approve=True)
    team.asked("acme/other")
    team.releases.withdraw("P2", ANA)
    assert heard == ["checking", "approved", "checking", "withdrawn"]


@pytest.mark.parametrize("wrong", ["P9", "P", "R1", "P²"])
def test_an_id_that_names_no_release_is_a_mistake(team: Team, wrong: str) -> None:
    team.asked()
    with pytest.raises(Mistake, match="There is no release"):
        team.releases.get(wrong)
