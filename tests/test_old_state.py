"""A state folder that version 0.1 itself wrote: everything in it goes on, as if nothing had happened.

In `data/state_0_1`, R1 is finished and published as P1; P2 asks for it too and has one vote of two. R2 was cancelled.
R3 was at work when the bot ended, and wrote on until its worker went too, in the middle of a line. R4 waits.
"""

import json
import shutil
from pathlib import Path

import pytest

from core.archive import Archive
from core.blocks.run import build_card
from core.errors import Conflict
from core.plans import Plan
from core.recipe import Recipe
from core.store.migrations import MIGRATIONS
from core.store.plans import find_plan
from core.store.tries import Tally
from core.tries import Tries
from world.core import ANA, BO, DEE, Team, write

STATE = Path(__file__).parent / "data" / "state_0_1"
VERSION_0_1 = ("0001_first", "0002_remembered", "0003_answers", "0004_tries")
LAST_MOMENT = 1_790_004_300.0
DAYS = 30


@pytest.fixture
def team(tmp_path: Path) -> Team:
    """The first life of this version's bot on a copy; Slack and the Hub have what they had."""
    shutil.copytree(STATE, tmp_path / "home")
    team = Team(tmp_path / "home", HUGOPS_QUORUM="2", HUGOPS_APPROVERS=f"{BO},{DEE}")
    team.clock.now = LAST_MOMENT
    for row in team.database.all("SELECT * FROM messages JOIN deliveries USING (message) ORDER BY number"):
        metadata = {"event_payload": {"delivery": row["id"], "about": row["about"], "state": row["state"]}}
        body = json.loads(row["body"])
        team.slack.messages[row["ts"]] = {
            **body,
            "channel": row["channel"],
            "thread": row["thread"],
            "metadata": metadata,
        }
    team.hub.push("acme/foo", {"model.safetensors": b"1"})
    return team


def keep(plan: Plan) -> Plan:
    return plan


def test_the_schema_is_the_newest_and_a_copy_is_kept_where_it_changed(team: Team) -> None:
    applied = [row["name"] for row in team.database.all("SELECT name FROM _sqlite_migrations ORDER BY name")]
    copies = list(team.home.glob("hugops.db.before-migration-*"))
    assert (applied, len(copies)) == (sorted(MIGRATIONS), int(len(MIGRATIONS) > len(VERSION_0_1)))


def test_every_run_is_shown_as_it_was(team: Team) -> None:
    assert [build_card(run, ahead=0, now=LAST_MOMENT)[0] for run in team.runs.newest()] == [
        "R4 · minilm on reviews · waiting",
        "R3 · minilm on reviews · step 20 of 75 · accuracy 0.700 · 70 s left",
        "R2 · minilm on reviews · cancelled",
        "R1 · minilm on reviews · accuracy 0.812 ± 0.086 (test, 80 rows)",
    ]
    _text, blocks, pictures = build_card(team.runs.get("R1"), ahead=0, now=LAST_MOMENT)
    assert "F1 0.810 · majority class 0.500" in str(blocks)
    assert [(name, Path(path).name, alt) for name, (path, alt) in pictures.items()] == [
        ("curve", "curve.png", "Loss over the steps"),
        ("confusion", "confusion.png", "What was taken for what"),
    ]
    assert team.runs.measured_rate("acme/minilm") == 46.21


def test_releases_schedules_and_watches_are_there(team: Team) -> None:
    assert [(each.id, each.state, each.repo, each.version, each.votes) for each in team.releases.newest()] == [
        ("P2", "waiting", "acme/second", None, {BO: "approve"}),
        ("P1", "published", "acme/router", "v1", {BO: "approve", DEE: "approve"}),
    ]
    assert [(each.id, each.state, each.words, each.zone) for each in team.schedules.current()] == [
        ("S1", "active", "day 8:00", "Europe/Berlin")
    ]
    assert [(each.id, each.target, each.requested_by) for each in team.watches.in_channel("C-ML")] == [
        ("W1", "acme", BO)
    ]


def test_what_waited_to_be_told_is_told_and_nothing_is_told_twice(team: Team) -> None:
    before = len(team.slack.messages)
    team.drain()
    assert [one["text"] for one in list(team.slack.messages.values())[before:]] == ["R4 · minilm on reviews · waiting"]


def test_what_the_worker_wrote_on_counts_and_that_it_is_gone_is_noticed(team: Team) -> None:
    team.supervisor.look()
    lost = team.runs.get("R3")
    assert (lost.state, lost.progress["step"], lost.best["step"], lost.best["metrics"]["accuracy"]) == (
        "lost",
        45,
        50,
        0.78,
    )
    assert [each["type"] for each in team.runs.events(lost)][-3:] == ["progress", "evaluated", "checkpoint"]
    assert (team.workers.submitted, team.runs.get("R4").state) == ([("R4", 1)], "starting")
    team.drain()
    assert team.slack.about("R3") == [("C-ML", "lost", "R3 · minilm on reviews · lost")]
    assert team.slack.about("R3", thread=True)[-1][2] == f"<@{ANA}> R3 lost: The worker process vanished."


def test_a_lost_run_is_resumed_and_goes_on_to_its_end(tmp_path: Path, team: Team) -> None:
    team.supervisor.look()
    run = team.runs.resume("R3", ANA)
    for event_type in ("started", "finished"):
        write(team.folder(team.runs.get("R4")), event_type, metrics={"accuracy": 0.7})
    team.supervisor.look()
    assert team.workers.submitted == [("R4", 1), ("R3", 2)]
    events = team.folder(run) / "events.jsonl"
    events.write_bytes(events.read_bytes().rpartition(b"\n")[0] + b"\n")  # what the next worker does first
    write(team.folder(run), "started", resumed_from_step=50)
    write(team.folder(run), "finished", metrics={"accuracy": 0.9})
    team.supervisor.look()
    again = team.runs.get("R3")
    assert (again.state, again.attempt, again.metrics) == ("succeeded", 2, {"accuracy": 0.9})


def test_a_waiting_release_takes_the_missing_vote_and_is_published(team: Team) -> None:
    release = team.releases.get("P2")
    team.hub.ensure_private_repo(release.repo)
    marker = f"hugops release P2 of R1, asked at {release.created:.3f}"
    team.hub.open_release_pull_request(release.repo, team.folder(team.runs.get("R1")) / "model", "", "", marker)
    with pytest.raises(Conflict, match="Your vote on P2 counts already"):
        team.releases.decide("P2", BO, approve=True)
    assert team.releases.decide("P2", DEE, approve=True).state == "approved"
    team.work()
    team.drain()
    assert (team.releases.get("P2").state, list(team.hub.tags("acme/second"))) == ("published", ["v1"])
    assert [state for _, state, _ in team.slack.about("P2")] == ["published"]


def test_a_schedule_fires_and_a_plan_is_started_as_they_were_made(team: Team) -> None:
    [schedule] = team.schedules.current()
    slot = team.clock.now = schedule.next_slot or 0.0
    team.schedules.fire(schedule, slot, keep)
    run, first = team.runs.get("R5"), team.runs.get("R1")
    assert (run.schedule, Recipe.model_validate(run.recipe)) == (1, Recipe.model_validate(first.recipe))
    assert team.runs.start("plan01", ANA).title == "a plan not pressed yet"
    assert find_plan(team.database, "plan01").became == "R6"


def test_a_push_since_then_is_announced_and_what_was_known_is_not(team: Team) -> None:
    team.watches.look_at("acme", "author")
    team.hub.push("acme/foo", {"model.safetensors": b"2"})
    team.watches.look_at("acme", "author")
    team.drain()
    assert [text for _, _, text in team.slack.about("acme/foo")] == [
        "mia pushed new weights to acme/foo (main, 1 commit)"
    ]


def test_what_was_tried_is_counted_and_can_be_asked_again(team: Team) -> None:
    archive = Archive(team.database, team.home / "archive")
    tries = Tries(team.database, team.access, archive, DAYS, team.clock)
    assert tries.tally("acme/foo") == Tally(tried=1, up=1, down=0)
    assert tries.repeatable("T1").inputs == ["the film is [MASK]"]
    assert [each.id for each in tries.interrupted()] == ["T2"]
