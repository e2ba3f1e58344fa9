"""What watches tell beside pushes: tags, new repos, what the Hub says of a repo; and how they are kept quiet."""

from types import SimpleNamespace
from typing import cast

import pytest
from test_watches import CARD, FOO, WEIGHTS, heard, look, team

from core.answers import Caller
from core.errors import Conflict, Refused
from core.hub import Kind, Portrait
from handlers import watches
from handlers.parts import Parts
from world.core import ANA, BO, Team

__all__ = ["team"]  # a fixture


@pytest.mark.parametrize("kind", ["model", "dataset"])
def test_a_tag_is_told_once_and_those_that_were_there_are_not(team: Team, kind: Kind) -> None:
    name = FOO if kind == "model" else "acme/rows"
    team.hub.push(name, {"train.csv": b"a"}, kind=kind)
    repo = team.hub.repo(name, kind)
    repo.tags["v1"] = repo.sha
    team.watches.add(name, "C1", ANA)
    look(team)
    repo.tags["v2"] = repo.sha
    look(team)
    look(team)
    assert [(state, text) for _, state, text in team.slack.about(name)] == [
        ("tagged", f"{name} is tagged v2 ({repo.sha[:7]})")
    ]


def test_tags_of_a_repo_that_an_earlier_version_watched_are_not_all_told_at_once(team: Team) -> None:
    team.watches.add(FOO, "C1", ANA)
    with team.database.transaction() as connection:
        connection.execute("DELETE FROM tags")
    repo = team.hub.repo(FOO)
    repo.tags |= {"v1": repo.sha, "v2": repo.sha}
    look(team)
    assert team.slack.about(FOO) == []


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (CARD, "mia made acme/new, with a card alone (main, 1 commit)"),
        ({"config.json": b"{}"}, "mia made acme/new, with no weights yet (main, 1 commit)"),
        ({**WEIGHTS, **CARD}, "mia pushed new weights to acme/new (main, 1 commit)"),
    ],
)
def test_a_repo_that_was_made_is_told_as_one(team: Team, files: dict[str, bytes], said: str) -> None:
    team.watches.add("acme", "C1", ANA)
    team.hub.push("acme/new", files)
    look(team)
    assert heard(team, "acme/new") == [("C1", said)]


def test_a_push_says_what_the_hub_tells_of_the_repo(team: Team) -> None:
    config = (("max_position_embeddings", "32,768", "131,072"), ("id2label", "", ""), ("rope", "", "yarn"))
    team.hub.portraits[FOO] = Portrait("apache-2.0", 7_200_000_000, config)
    team.watches.add(FOO, "C1", ANA)
    team.hub.push(FOO, {"model.safetensors": b"2"})
    look(team)
    [message] = [one for one in team.slack.messages.values() if "pushed" in one["text"]]
    assert message["blocks"][1]["text"]["text"].splitlines()[0] == (
        "config: max_position_embeddings 32,768 → 131,072, id2label changed, rope … → yarn"
    )
    assert message["blocks"][2]["elements"][0]["text"] == "apache-2.0 · 7.2B parameters"


@pytest.mark.parametrize("target", [FOO, "acme"])
def test_a_muted_watch_tells_nothing_and_then_what_comes_from_then_on(team: Team, target: str) -> None:
    team.watches.add(target, "C1", ANA)
    with pytest.raises(Refused):
        team.watches.mute("W1", BO, muted=True)
    team.watches.mute("W1", ANA, muted=True)
    with pytest.raises(Conflict, match="W1 is muted already"):
        team.watches.mute("W1", ANA, muted=True)
    with pytest.raises(Conflict, match="already, as W1, and muted: `/hf unmute W1` lets it speak"):
        team.watches.add(target, "C1", BO)
    team.hub.push(FOO, {"model.safetensors": b"2"})
    look(team)
    team.watches.mute("W1", ANA, muted=False)
    with pytest.raises(Conflict, match="W1 is not muted"):
        team.watches.mute("W1", ANA, muted=False)
    look(team)
    assert heard(team) == []
    team.hub.push(FOO, {"README.md": b"# Foo 2"})
    look(team)
    assert heard(team) == [("C1", "mia pushed a card edit to acme/foo (main, 1 commit)")]


@pytest.mark.parametrize(("muted", "told"), [("W1", ["acme/foo"]), ("W2", ["acme/bar"])], ids=["author", "repo"])
def test_where_a_channel_watches_both_the_watch_of_the_repo_decides(team: Team, muted: str, told: list[str]) -> None:
    team.watches.add("acme", "C1", ANA)
    team.watches.add(FOO, "C1", ANA)
    team.watches.mute(muted, ANA, muted=True)
    for repo in (FOO, "acme/bar"):
        team.hub.push(repo, {"model.safetensors": b"2"})
    look(team)
    assert [repo for repo in (FOO, "acme/bar") if heard(team, repo)] == told


@pytest.mark.parametrize(("target", "label"), [(FOO, "Mute"), ("acme", "Mute acme")])
def test_an_announcement_has_the_button_that_mutes_what_brought_it(team: Team, target: str, label: str) -> None:
    team.watches.add(target, "C1", ANA)
    team.hub.push(FOO, {"model.safetensors": b"2"})
    look(team)
    [message] = [one for one in team.slack.messages.values() if "pushed" in one["text"]]
    button = message["blocks"][-1]["elements"][-1]
    assert (button["action_id"], button["value"], button["text"]["text"]) == ("watch.mute", "W1", label)


def test_the_card_of_a_watch_changes_as_the_watch_does(team: Team) -> None:
    def card() -> tuple[str, list[str]]:
        team.drain()
        [message] = [one for one in team.slack.messages.values() if one["text"].startswith("W1 ")]
        rows = [block["elements"] for block in message["blocks"] if block["type"] == "actions"]
        return message["text"], [button["text"]["text"] for row in rows for button in row]

    team.watches.add(FOO, "C1", ANA)
    assert card() == ("W1 · pushes to acme/foo are announced here from now on", ["Undo"])
    team.watches.mute("W1", ANA, muted=True)
    assert card() == ("W1 · pushes to acme/foo are not announced here: muted", ["Unmute", "End"])
    team.watches.remove("W1", "C1", ANA)
    assert card() == ("W1 · acme/foo is no longer watched here", [])


@pytest.mark.parametrize("kind", ["model", "dataset"])
def test_a_tag_on_a_repo_of_a_watched_author_is_told_once(team: Team, kind: Kind) -> None:
    name = FOO if kind == "model" else "acme/rows"
    team.hub.push(name, {"train.csv": b"a"}, kind=kind)
    repo = team.hub.repo(name, kind)
    repo.tags["v1"] = repo.sha
    team.watches.add("acme", "C1", ANA)
    repo.tags["v2"] = repo.sha
    look(team)
    look(team)
    assert [(state, text) for _, state, text in team.slack.about(name)] == [
        ("tagged", f"{name} is tagged v2 ({repo.sha[:7]})")
    ]
    repo.private = True
    repo.tags["v3"] = repo.sha
    look(team)
    assert len(team.slack.about(name)) == 1


def test_the_tags_of_an_author_with_many_repos_are_looked_at_in_turn(team: Team) -> None:
    for at in range(25):
        team.hub.push(f"acme/r{at}", WEIGHTS)
    team.watches.add("acme", "C1", ANA)
    for _ in range(3):
        look(team)
    for at in range(25):
        repo = team.hub.repo(f"acme/r{at}")
        repo.tags["v1"] = repo.sha
    for _ in range(3):
        look(team)
    told = [team.slack.about(f"acme/r{at}") for at in range(25)]
    assert [[state for _, state, _ in each] for each in told] == [["tagged"]] * 25


def test_a_repo_whose_first_commit_is_empty_is_no_card_edit(team: Team) -> None:
    team.watches.add("acme", "C1", ANA)
    team.hub.push("acme/new", {".gitattributes": b""})
    look(team)
    team.hub.push("acme/new", CARD)
    look(team)
    assert heard(team, "acme/new") == [("C1", "mia made acme/new, with a card alone (main, 1 commit)")]


def test_what_a_press_changed_is_told_once_where_it_was_pressed(team: Team) -> None:
    parts = cast("Parts", SimpleNamespace(watches=team.watches, outbox=team.outbox))
    for target in (FOO, "acme/bar"):
        team.watches.add(target, "C1", ANA)
    team.drain()
    place = team.outbox.location("W1")
    assert place is not None
    # On its own card, and in Home, what is seen changes.
    assert watches.press_mute(parts, Caller(ANA, "C1", "url", message=place[1], on_card=True), "W1") is None
    assert watches.press_unmute(parts, Caller(ANA, ANA), "W1") is None
    # Under an announcement, with the way back.
    muted = watches.press_mute(parts, Caller(ANA, "C1", "url", message="9.9", on_card=True), "W1")
    assert muted is not None
    assert (muted.text, muted.replace) == ("W1 is muted: it announces nothing until `/hf unmute W1`.", False)
    assert muted.blocks[-1]["elements"][0]["action_id"] == "watch.unmute"
    # In a list, above what is left of it.
    ended = watches.press_end(parts, Caller(ANA, "C1", "url", message="9.9"), "W1")
    assert ended is not None
    assert (ended.text, ended.replace) == ("W1 has ended.", True)
    rows = [block["elements"] for block in ended.blocks if block["type"] == "actions"]
    assert [[(each["action_id"], each["value"]) for each in row] for row in rows] == [
        [("watch.remove", "W2"), ("watch.mute", "W2")]
    ]
