"""What is looked at before approvers are asked: every check to its end, and what it says kept and shown."""

import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.errors import HubError
from core.store.releases import Finding
from jobs.publishing import checks
from jobs.publishing.checks import Subject, Target, files, name, safe, table, visibility
from world.core import ANA, BO, Team

REPO = "acme/router"
PASSED = (
    Finding("files", "passed", "The model of R1 is here."),
    Finding("safe", "passed", "All files are safetensors or text."),
    Finding("visibility", "passed", "acme/router will be public."),
    Finding("name", "passed", "acme/router is free."),
    Finding("contents", "passed", "Nothing of another model stays in acme/router."),
    Finding("card", "passed", "The card is the run's own."),
)
GONE = Finding("files", "blocking", "The model of R1 is not on this machine any more.", "Train it again, then publish.")
UNSAFE = Finding("safe", "blocking", "state.pkl is not a safe file to publish.", "Only safetensors and text files are.")
PUBLIC = Finding(
    "visibility",
    "blocking",
    "acme/router is public, so nothing in it stays private.",
    "Ask again with `public`, or with another name.",
)
REFUSED = HubError("The token I use may not do this on `acme/router`.", status=403)


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return Team(tmp_path, HUGOPS_APPROVERS="@ml-leads")


def subject(team: Team, *, public: bool = True, target: Target | None = None, names: Sequence[str] = ()) -> Subject:
    run = team.finished_run()
    release = team.releases.request(run.id, REPO, ANA, "C-ML", public=public)
    names = tuple(names) or ("README.md", "config.json", "model.safetensors")
    return Subject(release, run, team.folder(run) / "model", names, target or Target())


def card(team: Team) -> list[dict[str, Any]]:
    team.drain()
    [message] = [one for one in team.slack.messages.values() if one["channel"] == "C-APPROVALS"]
    return list(message["blocks"])


def facts(team: Team) -> list[str]:
    return str(card(team)[1]["text"]["text"]).splitlines()


def news(team: Team) -> str:
    team.drain()
    return team.slack.about("P1", thread=True)[-1][2]


def look(called: str, finding: Finding) -> SimpleNamespace:
    """A check that says this."""
    return SimpleNamespace(NAME=called, check=lambda _subject: finding)


def test_every_check_of_the_folder_stands_in_the_table() -> None:
    folder = Path(checks.__file__).parent
    there = {path.stem for path in folder.glob("*.py")} - {"__init__", "table"}
    assert sorted(there) == sorted(check.NAME for check in table.CHECKS)


@pytest.mark.parametrize("at", range(len(PASSED)))
def test_a_sound_release_passes_each_check(team: Team, at: int) -> None:
    check = table.CHECKS[at]
    assert (check.NAME, check.check(subject(team))) == (PASSED[at].name, PASSED[at])


def test_a_model_that_is_gone_blocks(team: Team) -> None:
    assert files.check(subject(team, names=["config.json"])) == GONE


@pytest.mark.parametrize("there", [["1", "2"], ["1"]])
def test_a_model_in_shards_is_here_with_all_of_them(team: Team, there: list[str]) -> None:
    index = "model.safetensors.index.json"
    sharded = subject(team, names=[index, *(f"model-{shard}.safetensors" for shard in there)])
    weight_map = {"a": "model-1.safetensors", "b": "model-2.safetensors"}
    (sharded.folder / index).write_text(json.dumps({"weight_map": weight_map}))
    missing = "model-2.safetensors of the model of R1 is not on this machine any more."
    assert files.check(sharded) == (
        PASSED[0] if there == ["1", "2"] else Finding("files", "blocking", missing, "Train it again, then publish.")
    )


@pytest.mark.parametrize("called", ["pytorch_model.bin", "modeling_evil.py", "sub/state.pkl"])
def test_a_file_that_could_run_code_blocks(team: Team, called: str) -> None:
    assert safe.check(subject(team, names=["model.safetensors", called])) == replace(
        UNSAFE, words=f"{called} is not a safe file to publish."
    )


@pytest.mark.parametrize(
    ("public", "private", "finding"),
    [
        (False, False, PUBLIC),
        (False, True, Finding("visibility", "passed", "acme/router will be private.")),
        (True, False, PASSED[2]),
        (True, True, PASSED[2]),
    ],
)
def test_a_private_release_to_a_public_repo_blocks(
    team: Team, *, public: bool, private: bool, finding: Finding
) -> None:
    assert visibility.check(subject(team, public=public, target=Target(True, private))) == finding


def test_a_name_is_free_or_seen_or_refused_by_the_hub(team: Team) -> None:
    one = subject(team)
    targets = (Target(), Target(exists=True), Target(refusal=REFUSED.sentence))
    assert [name.check(replace(one, target=target)) for target in targets] == [
        PASSED[3],
        Finding("name", "passed", "acme/router is there."),
        Finding("name", "blocking", REFUSED.sentence),
    ]


def test_every_check_is_made_and_all_that_blocks_is_told_at_once(team: Team) -> None:
    team.hub.push(REPO, {"README.md": b"# Router"}, private=False)
    model = team.folder(team.finished_run()) / "model"
    team.releases.request("R1", REPO, ANA, "C-ML", public=False)
    (model / "model.safetensors").unlink()
    (model / "state.pkl").write_text("x")
    team.work()
    release = team.releases.get("P1")
    there = Finding("name", "passed", "acme/router is there.")
    kept = Finding("card", "passed", "What people wrote in the card is kept.")
    assert (release.state, release.findings) == ("blocked", (GONE, UNSAFE, PUBLIC, there, PASSED[4], kept))
    assert news(team) == "\n• ".join(
        [
            f"<@{ANA}> P1: 3 things stand in the way:",
            "The model of R1 is not on this machine any more. Train it again, then publish.",
            "state.pkl is not a safe file to publish. Only safetensors and text files are.",
            "acme/router is public, so nothing in it stays private. Ask again with `public`, or with another name.",
        ]
    )


def test_a_check_that_stumbles_blocks_with_a_sentence_and_holds_up_no_other(
    team: Team, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(table, "CHECKS", (SimpleNamespace(NAME="odd", check=lambda _subject: 1 / 0), files))
    assert team.asked().findings == (
        Finding(
            "odd",
            "blocking",
            "The check of odd stumbled, so nobody knows whether all is well.",
            "Ask again; if it stays, whoever runs me finds the reason in my log.",
        ),
        PASSED[0],
    )
    [logged] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert (logged.getMessage(), logged.exc_info and logged.exc_info[0]) == (
        "the check odd of P1 stumbled",
        ZeroDivisionError,
    )


def test_a_hub_that_cannot_be_asked_puts_the_checks_off(team: Team) -> None:
    team.hub.broken[REPO] = HubError("The Hub did not answer in time. Try again in a minute.", reason="timeout")
    waiting = team.asked()
    assert (waiting.state, waiting.findings) == ("checking", ())
    assert news(team) == (
        f"<@{ANA}> P1: The Hub did not answer in time. Try again in a minute. I go on trying by myself."
    )
    team.hub.broken.clear()
    team.work()
    assert (team.releases.get("P1").state, team.releases.get("P1").findings) == ("waiting", PASSED)


def test_a_hub_that_shows_nothing_of_the_name_blocks_before_anything_is_made(team: Team) -> None:
    team.hub.broken[REPO] = REFUSED
    blocked = team.asked()
    assert (blocked.state, blocked.problem, team.hub.repos) == ("blocked", REFUSED.sentence, {})
    assert blocked.findings == (*PASSED[:3], Finding("name", "blocking", REFUSED.sentence), *PASSED[4:])


def test_a_refusal_of_the_pull_request_stands_beside_what_passed(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_repo: str) -> None:
        raise REFUSED

    monkeypatch.setattr(team.hub, "ensure_private_repo", refuse)
    blocked = team.asked()
    assert (blocked.state, blocked.findings) == (
        "blocked",
        (*PASSED, Finding("pull request", "blocking", REFUSED.sentence)),
    )
    assert news(team) == f"<@{ANA}> P1: {REFUSED.sentence}"


def test_the_card_shows_what_passed_in_a_line_and_warnings_with_how_to_mend_them(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    warning = Finding("licence", "warning", "The base names <no> licence.", "Name one in the card.")
    monkeypatch.setattr(table, "CHECKS", (files, look("licence", warning), safe))
    assert team.asked().state == "waiting"
    assert facts(team)[2:4] == ["✔ files ✔ safe", "⚠ The base names &lt;no&gt; licence. Name one in the card."]


def test_findings_survive_a_restart(team: Team) -> None:
    team.asked()
    again = team.restart()
    assert again.releases.get("P1").findings == PASSED
    again.releases.decide("P1", BO, approve=True)
    assert facts(again)[2] == "✔ files ✔ safe ✔ visibility ✔ name ✔ contents ✔ card"


def test_a_release_of_the_version_before_is_shown_and_approved(team: Team) -> None:
    team.asked()
    with team.database.transaction() as connection:
        connection.execute("ALTER TABLE releases DROP COLUMN findings")
        connection.execute("DELETE FROM _sqlite_migrations WHERE name = '0005_findings'")
    again = team.restart()
    assert (again.releases.get("P1").state, again.releases.get("P1").findings) == ("waiting", ())
    again.releases.decide("P1", BO, approve=True)
    again.work()
    assert again.releases.get("P1").state == "published"
    assert [line.split()[0] for line in facts(again)] == [
        "accuracy",
        "from",
        "new",
        "4",
        "<https://hub.test/acme/router/discussions/1|pull",
    ]
