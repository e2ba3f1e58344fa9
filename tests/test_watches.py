"""Watches: what was there is not news, what comes is told once in each channel, and nothing holds up the rest."""

from pathlib import Path

import pytest

from core.errors import Conflict, HubError, Mistake, NotOnHub, Refused
from core.hub import Head, Kind
from jobs.watching.watcher import Watcher
from world.core import ANA, BO, CY, Team, sentence_of

WEIGHTS, CARD = {"model.safetensors": b"1"}, {"README.md": b"# Foo"}
FOO = "acme/foo"


@pytest.fixture
def team(tmp_path: Path) -> Team:
    team = Team(tmp_path)
    team.hub.push(FOO, {**WEIGHTS, **CARD})
    team.hub.push("acme/bar", WEIGHTS)
    return team


def look(team: Team) -> None:
    """One round of the watcher, a minute later."""
    team.clock.now += 60
    Watcher(team.watches, 60).round()
    team.drain()


def heard(team: Team, about: str = FOO) -> list[tuple[str, str]]:
    """Channel and text of the announcements."""
    return [(channel, text) for channel, state, text in team.slack.about(about) if state == "pushed"]


NEWS = "mia pushed new weights to acme/foo (main, 1 commit)"


@pytest.mark.parametrize("target", [FOO, "acme"])
def test_what_is_there_when_a_watch_begins_is_never_announced(team: Team, target: str) -> None:
    team.watches.add(target, "C1", ANA)
    look(team)
    assert (heard(team), heard(team, "acme/bar")) == ([], [])


@pytest.mark.parametrize("target", [FOO, "acme"])
def test_a_push_is_announced_once(team: Team, target: str) -> None:
    team.watches.add(target, "C1", ANA)
    team.hub.push(FOO, {"model.safetensors": b"2"})
    look(team)
    look(team)
    assert heard(team) == [("C1", NEWS)]


def test_a_push_is_one_event_however_many_targets_lead_to_it(team: Team) -> None:
    for target in ("acme", FOO):
        team.watches.add(target, "C1", ANA)
    team.watches.add(FOO, "C2", BO)
    team.hub.push(FOO, {"model.safetensors": b"2"})
    look(team)
    assert sorted(heard(team)) == [("C1", NEWS), ("C2", NEWS)]
    assert len(team.database.all("SELECT * FROM pushes")) == 1


def test_commits_that_were_told_through_one_target_are_not_told_again_through_another(team: Team) -> None:
    team.watches.add("acme", "C1", ANA)
    team.watches.add(FOO, "C1", ANA)
    team.hub.push(FOO, {"model.safetensors": b"2"})
    team.watches.look_at("acme", "author")
    team.clock.now += 1
    team.hub.push(FOO, {"README.md": b"# Foo 2"})
    team.watches.look_at(FOO, "model")
    team.drain()
    assert heard(team) == [("C1", NEWS), ("C1", "mia pushed a card edit to acme/foo (main, 1 commit)")]


def test_a_push_is_not_told_again_after_a_restart(team: Team) -> None:
    team.watches.add("acme", "C1", ANA)
    team.hub.push(FOO, {"model.safetensors": b"2"})
    look(team)
    again = team.restart()
    look(again)
    assert heard(again) == [("C1", NEWS)]


def test_a_push_while_the_bot_was_away_is_told_when_it_returns(team: Team) -> None:
    team.watches.add("acme", "C1", ANA)
    team.clock.now += 86_400
    team.hub.push(FOO, {"model.safetensors": b"2"})
    team.clock.now += 86_400
    again = team.restart()
    look(again)
    assert heard(again) == [("C1", NEWS)]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"README.md": b"# New"}, "a card edit"),
        ({"model.safetensors": b"2", "README.md": b"# New"}, "new weights"),
        ({"tokenizer.json": b"{}"}, "other files"),
    ],
)
def test_an_edit_of_the_card_is_told_apart_from_new_weights(team: Team, files: dict[str, bytes], said: str) -> None:
    team.watches.add(FOO, "C1", ANA)
    team.hub.push(FOO, files)
    look(team)
    assert heard(team) == [("C1", f"mia pushed {said} to acme/foo (main, 1 commit)")]


def test_a_new_repo_of_an_author_is_news_and_the_empty_commit_that_makes_it_is_not(team: Team) -> None:
    team.watches.add("acme", "C1", ANA)
    team.hub.push("acme/new", {".gitattributes": b""})
    look(team)
    assert heard(team, "acme/new") == []
    team.hub.push("acme/new", WEIGHTS)
    look(team)
    assert heard(team, "acme/new") == [("C1", "mia pushed new weights to acme/new (main, 1 commit)")]


def test_private_repos_of_an_author_stay_private(team: Team) -> None:
    team.watches.add("acme", "C1", ANA)
    team.hub.push("acme/secret", WEIGHTS, private=True)
    look(team)
    assert heard(team, "acme/secret") == []


def test_a_dataset_and_a_model_of_one_name_are_two_things(team: Team) -> None:
    team.hub.push(FOO, {"train.csv": b"a"}, kind="dataset")
    team.watches.add(FOO, "C1", ANA)  # the model
    team.watches.add("acme", "C2", ANA)
    team.hub.push(FOO, {"train.csv": b"b"}, kind="dataset")
    look(team)
    assert heard(team) == [("C2", "mia pushed new data to acme/foo (main, 1 commit)")]


def test_a_name_in_other_letters_is_the_same_repo(team: Team) -> None:
    assert team.watches.add("ACME/Foo", "C1", ANA).target == FOO
    with pytest.raises(Conflict, match="acme/foo is watched in this channel already, as W1"):
        team.watches.add(FOO, "C1", BO)
    team.hub.push(FOO, {"model.safetensors": b"2"})
    look(team)
    assert heard(team) == [("C1", NEWS)]


def test_a_watch_that_ended_says_no_more_and_a_new_one_begins_from_then(team: Team) -> None:
    team.watches.add(FOO, "C1", ANA)
    team.watches.remove(FOO, "C1", ANA)
    team.hub.push(FOO, {"model.safetensors": b"2"})
    look(team)
    assert (heard(team), team.watches.targets(), team.watches.in_channel("C1")) == ([], [], [])
    team.watches.add(FOO, "C1", ANA)
    look(team)
    assert heard(team) == []
    assert [state for _, state, _ in team.slack.about("W1")] == ["ended"]


def test_only_who_asked_or_an_admin_ends_a_watch(team: Team) -> None:
    team.watches.add(FOO, "C1", ANA)
    with pytest.raises(Refused, match=f"W1 belongs to <@{ANA}>"):
        team.watches.remove("W1", "C1", BO)
    assert team.watches.remove("w1", "C2", CY).id == "W1"
    with pytest.raises(Conflict, match=r"^W1 has ended already\.$"):
        team.watches.remove("W1", "C1", ANA)
    with pytest.raises(Mistake, match="There is no watch W2"):
        team.watches.remove("W2", "C1", ANA)


def test_what_is_not_watched_here_cannot_be_ended_here(team: Team) -> None:
    team.watches.add(FOO, "C1", ANA)
    with pytest.raises(Mistake) as mistake:
        team.watches.remove(FOO, "C2", ANA)
    assert sentence_of(mistake.value) == "acme/foo is not watched in this channel. `/hf watching` lists what is."


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("nobody", "Nobody on the Hub is called nobody. Try `/hf watch org` or `/hf watch org/model`."),
        ("acme/none", "acme/none is not on the Hub, or I may not see it."),
    ],
)
def test_what_is_not_on_the_hub_cannot_be_watched(team: Team, target: str, said: str) -> None:
    with pytest.raises(NotOnHub) as error:
        team.watches.add(target, "C1", ANA)
    assert (sentence_of(error.value), team.watches.targets()) == (said, [])


@pytest.mark.parametrize("error", [HubError("busy", status=503), KeyError("sha")], ids=["refused", "unforeseen"])
def test_a_target_that_cannot_be_looked_at_holds_up_no_other(team: Team, error: HubError) -> None:
    for target in ("acme/bar", FOO):
        team.watches.add(target, "C1", ANA)
    team.hub.push(FOO, {"model.safetensors": b"2"})
    team.hub.broken["acme/bar"] = error
    look(team)
    assert heard(team) == [("C1", NEWS)]


def test_a_repo_that_vanished_holds_up_no_other_of_its_author(team: Team) -> None:
    team.watches.add("acme", "C1", ANA)
    team.clock.now += 1
    team.hub.push("acme/bar", {"model.safetensors": b"2"})
    team.clock.now += 1
    team.hub.push(FOO, {"model.safetensors": b"2"})
    team.hub.broken["acme/bar"] = NotOnHub("gone")
    look(team)
    assert heard(team) == [("C1", NEWS)]


def test_a_push_that_could_not_be_read_is_told_when_the_hub_is_back(team: Team) -> None:
    team.watches.add(FOO, "C1", ANA)
    team.hub.push(FOO, {"model.safetensors": b"2"})
    team.hub.broken[FOO] = HubError("busy", status=503)
    look(team)
    assert heard(team) == []
    team.hub.broken.clear()
    look(team)
    assert heard(team) == [("C1", NEWS)]


def test_one_look_serves_all_channels_that_watch_a_target(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    for channel in ("C1", "C2", "C3"):
        team.watches.add(FOO, channel, ANA)
    asked: list[str] = []
    head = team.hub.head

    def count(kind: Kind, repo: str) -> Head:
        asked.append(repo)
        return head(kind, repo)

    monkeypatch.setattr(team.hub, "head", count)
    team.hub.push(FOO, {"model.safetensors": b"2"})
    look(team)
    assert (asked, sorted(channel for channel, _ in heard(team))) == ([FOO], ["C1", "C2", "C3"])


def test_a_push_that_is_heard_of_without_a_look_is_told_once_and_the_next_look_finds_nothing_new(team: Team) -> None:
    for target in ("acme", FOO):
        team.watches.add(target, "C1", ANA)
    team.watches.add("acme/bar", "C2", ANA)
    team.hub.push(FOO, {"model.safetensors": b"2"})
    head = team.hub.head("model", FOO)
    for _ in range(2):
        team.watches.heard(head)
    look(team)
    assert (heard(team), heard(team, "acme/bar")) == ([("C1", NEWS)], [])


def test_a_push_that_was_heard_of_hides_no_earlier_one_of_the_same_author(team: Team) -> None:
    team.watches.add("acme", "C1", ANA)
    team.clock.now += 600
    team.hub.push("acme/bar", {"model.safetensors": b"2"})
    team.clock.now += 600
    team.hub.push(FOO, {"model.safetensors": b"2"})
    team.watches.heard(team.hub.head("model", FOO))
    look(team)
    assert (heard(team), len(heard(team, "acme/bar"))) == ([("C1", NEWS)], 1)


@pytest.mark.parametrize("target", ["acme/router", "acme"])
def test_a_release_of_our_own_is_told_as_a_release_and_neither_as_a_push_nor_as_a_tag(
    tmp_path: Path, target: str
) -> None:
    team = Team(tmp_path, HUGOPS_APPROVERS="@ml-leads")
    team.hub.push("acme/router", WEIGHTS)
    team.watches.add(target, "C1", ANA)
    team.asked("acme/router")
    team.releases.decide("P1", BO, approve=True)
    team.hub.broken["acme/router"] = HubError("busy", status=503)  # the release takes a while
    look(team)
    team.hub.broken.clear()
    team.work()
    look(team)
    assert [(channel, state) for channel, state, _ in team.slack.about("acme/router")] == [("C-RELEASES", "published")]
    team.hub.push("acme/router", CARD)
    look(team)
    assert heard(team, "acme/router") == [("C1", "mia pushed a card edit to acme/router (main, 1 commit)")]


@pytest.mark.parametrize("target", ["acme/router", "acme"])
def test_a_release_that_is_on_its_way_is_not_told_as_a_push(tmp_path: Path, target: str) -> None:
    team = Team(tmp_path, HUGOPS_APPROVERS="@ml-leads")
    team.hub.push("acme/router", WEIGHTS)
    team.watches.add(target, "C1", ANA)
    team.asked("acme/router")
    team.releases.decide("P1", BO, approve=True)
    team.hub.merge("acme/router", 1)  # and the process ends here
    look(team)
    assert heard(team, "acme/router") == []


@pytest.mark.parametrize("pushed", [False, True], ids=["as it was", "with a push"])
@pytest.mark.parametrize("targets", [[FOO], ["acme"], [FOO, "acme"]], ids=" and ".join)
def test_a_repo_with_another_name_is_told_once_as_that(team: Team, targets: list[str], *, pushed: bool) -> None:
    for target in targets:
        team.watches.add(target, "C1", ANA)
    team.hub.rename(FOO, "acme/foo-2")
    if pushed:
        team.clock.now += 60
        team.hub.push("acme/foo-2", {"model.safetensors": b"2"})
    look(team)
    look(team)
    told = [(state, text) for _, state, text in team.slack.about("acme/foo-2")]
    renamed = ("renamed", "acme/foo is called acme/foo-2 now")
    push = ("pushed", "mia pushed new weights to acme/foo-2 (main, 1 commit)")
    assert (told, heard(team)) == ([renamed, push] if pushed else [renamed], [])
    team.clock.now += 60
    team.hub.push("acme/foo-2", CARD | {"README.md": b"# Foo 2"})
    look(team)
    assert heard(team, "acme/foo-2")[-1] == ("C1", "mia pushed a card edit to acme/foo-2 (main, 1 commit)")


def test_a_copy_of_a_repo_is_no_other_name_of_it(team: Team) -> None:
    team.watches.add("acme", "C1", ANA)
    team.clock.now += 60
    team.hub.push("acme/copy", WEIGHTS)
    team.hub.repos["model", "acme/copy"].commits = list(team.hub.repo(FOO).commits)
    team.hub.repos["model", "acme/copy"].trees = dict(team.hub.repo(FOO).trees)
    look(team)
    assert heard(team, "acme/copy") == [("C1", "mia pushed new weights to acme/copy (main, 1 commit)")]
