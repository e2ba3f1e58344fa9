"""A list of runs shows those that all its readers may see."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from core.answers import Caller
from core.workspace import Workspace
from handlers.listeners import Parts
from handlers.runs import runs
from world.core import ANA, BO, CY, EVE, Team

PUBLIC, SECRET, DIRECT = "C-ML", "C-SECRET", "D-ANA"


class Channels:
    """Who reads what: everybody the public channel, Bo the private one, Ana her conversation with the bot."""

    def is_open(self, channel: str) -> bool:
        return channel == PUBLIC

    def may_read(self, user: str, channel: str) -> bool:
        return self.is_open(channel) or (user, channel) in {(BO, SECRET), (ANA, DIRECT)}


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    """Ana's runs R1 in public, R2 in private, R3 in her conversation."""
    team = Team(tmp_path, HUGOPS_ADMINS=CY)
    for channel in (PUBLIC, SECRET, DIRECT):
        team.start(channel=channel)
    workspace = cast("Workspace", Channels())
    team.access._workspace = workspace  # the one stand-in that knows of conversations
    return cast("Parts", SimpleNamespace(runs=team.runs, access=team.access, workspace=workspace))


def listed(parts: Parts, caller: Caller) -> list[str]:
    text = runs(parts, caller).blocks[-1]["text"]["text"]
    return [run for run in ("R1", "R2", "R3") if f"*{run}*" in text]


@pytest.mark.parametrize(
    ("caller", "seen"),
    [
        (Caller(ANA, PUBLIC), ["R1", "R2", "R3"]),
        (Caller(BO, PUBLIC), ["R1", "R2"]),
        (Caller(CY, PUBLIC), ["R1", "R2", "R3"]),
        (Caller(EVE, PUBLIC), ["R1"]),
        (Caller(EVE, "D-EVE", message="1.0"), ["R1"]),
        (Caller(ANA, DIRECT, message="1.0"), ["R1", "R2", "R3"]),
        # After a mention, or posted to the channel, all who are there read it.
        (Caller(ANA, PUBLIC, message="1.0"), ["R1"]),
        (Caller(CY, PUBLIC, message="1.0"), ["R1"]),
        (Caller(ANA, SECRET, message="1.0"), ["R1", "R2"]),
        (Caller(BO, SECRET, message="1.0", response_url="https://slack.test"), ["R1", "R2"]),
    ],
)
def test_a_list_shows_what_all_its_readers_may_see(parts: Parts, caller: Caller, seen: list[str]) -> None:
    assert listed(parts, caller) == seen


def test_runs_that_nobody_sees_leave_an_empty_list_that_teaches(tmp_path: Path, parts: Parts) -> None:
    hidden = cast("Parts", SimpleNamespace(**{**vars(parts), "runs": Team(tmp_path / "empty").runs}))
    assert runs(hidden, Caller(EVE, PUBLIC)).text == "No runs yet."
