"""Events: what a worker writes is read as what it is, and one bad line never blocks a run, a slot or a cancel."""

import json
from pathlib import Path
from typing import IO, Any, TypedDict

import pytest

from core.events import (
    ArtifactWritten,
    Cancelled,
    CheckpointWritten,
    DataRead,
    Evaluated,
    Event,
    Failed,
    Finished,
    Progressed,
    Started,
    Unknown,
    Warned,
    read_event,
)
from core.figures import Figure
from core.store.runs import Run
from jobs import supervisor
from jobs.executors.run_folder import READ_BYTES
from world.core import ANA, Team, write


class Header(TypedDict):
    """What all events have."""

    seq: int
    at: str
    attempt: int


HEADER = Header(seq=2, at="2026-09-21T14:13:20.000Z", attempt=1)
F1 = Figure("f1", "F1", 0.5, 0.1, is_main=True)
F1_AS_JSON = {"name": "f1", "words": "F1", "value": 0.5, "margin": 0.1, "is_main": True}
LONG = 10 * 2**20


def line(event_type: str, /, **fields: Any) -> bytes:
    return json.dumps({**HEADER, "type": event_type, **fields}).encode()


def read(event_type: str, /, **fields: Any) -> Event | None:
    return read_event(line(event_type, **fields))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"type": "started", "resumed_from_step": 4}, Started(**HEADER, type="started", resumed_from_step=4)),
        ({"type": "data", "splits": {"train": 8}}, DataRead(**HEADER, type="data")),
        (
            {"type": "progress", "step": 1, "steps": 2, "loss": None},
            Progressed(**HEADER, type="progress", step=1, steps=2),
        ),
        (
            {"type": "evaluated", "split": "test", "metrics": {"f1": 0.5}, "figures": [F1_AS_JSON], "best": False},
            Evaluated(**HEADER, type="evaluated", split="test", metrics={"f1": 0.5}, figures=(F1,), best=False),
        ),
        ({"type": "checkpoint", "step": 3}, CheckpointWritten(**HEADER, type="checkpoint", step=3)),
        ({"type": "warning", "text": "x", "kind": "data"}, Warned(**HEADER, type="warning", text="x", kind="data")),
        ({"type": "artifact", "path": "model"}, ArtifactWritten(**HEADER, type="artifact", path="model")),
        ({"type": "finished", "metrics": {"rows": 9}}, Finished(**HEADER, type="finished", metrics={"rows": 9})),
        ({"type": "failed", "reason": "x"}, Failed(**HEADER, type="failed", reason="x", kind="internal")),
        ({"type": "cancelled"}, Cancelled(**HEADER, type="cancelled")),
        ({"type": "teleported", "to": "mars"}, Unknown(**HEADER, type="teleported")),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else "",
)
def test_each_type_is_read_as_its_class_and_keeps_all_that_was_written(fields: dict[str, Any], expected: Event) -> None:
    found = read_event(json.dumps({**HEADER, **fields}).encode())
    assert found is not None
    assert (type(found), {**vars(found), "body": {}}) == (type(expected), vars(expected))
    assert found.body == {**HEADER, **fields}


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"type": "evaluated", "metrics": {"accuracy": "high"}}, "metrics.accuracy"),
        ({"type": "evaluated", "metrics": {}, "figures": [{"name": "f1"}]}, "figures.0.words"),
        ({"type": "finished", "metrics": {}, "figures": "good"}, "figures"),
        ({"type": "progress", "step": 1}, "steps"),
        ({"type": "progress", "step": -1, "steps": 2}, "step"),
        ({"type": "progress", "step": 10**30, "steps": 2}, "step"),
        ({"type": "progress", "step": True, "steps": 2}, "step"),
        ({"type": "started", "resumed_from_step": "4"}, "resumed_from_step"),
        ({"type": "failed", "reason": ["x"]}, "reason"),
    ],
)
def test_an_event_that_is_not_what_its_type_says_is_unknown(fields: dict[str, Any], problem: str) -> None:
    found = read_event(json.dumps({**HEADER, **fields}).encode())
    assert isinstance(found, Unknown)
    assert (found.problem.partition(":")[0].startswith(problem), found.body) == (True, {**HEADER, **fields})


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_what_is_no_finite_number_is_none_as_a_worker_writes_it(number: str) -> None:
    found = read_event(line("finished", metrics={"accuracy": 7}).replace(b"7", number.encode()))
    assert isinstance(found, Finished)
    assert (found.metrics, found.body["metrics"]) == ({"accuracy": None}, {"accuracy": None})


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"not json",
        b"\x00\xff\xfe binary",
        b"[" * 100_000,
        b"1" * 5000,
        b"[]",
        b'{"seq": 1}',
        line("a", seq="x"),
        line("a", seq=True),
        line("a", seq=0),
        line("a", seq=10**30),
        line("a", attempt=None),
        line("a", at=5),
    ],
    ids=range(13),
)
def test_a_line_that_has_no_place_in_the_run_is_no_event(garbage: bytes) -> None:
    assert read_event(garbage) is None


def test_half_a_character_is_replaced_since_no_database_takes_it() -> None:
    found = read("warning", text="\ud800!")
    assert isinstance(found, Warned)
    assert (found.text, found.body["text"]) == ("?!", "?!")


# One slot, two runs, and something bad in the first one's events.


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return Team(tmp_path)


def two_runs(team: Team) -> Run:
    """The first is running and has the one slot; the second waits."""
    first, _second = team.start(), team.start()
    team.supervisor.look()
    write(team.folder(first), "started")
    team.supervisor.look()
    assert states(team) == ["running", "queued"]
    return team.runs.get(first.id)


def states(team: Team) -> list[str]:
    return [team.runs.get(run).state for run in ("R1", "R2")]


def append(team: Team, run: Run, text: bytes) -> None:
    with (team.folder(run) / "events.jsonl").open("ab") as file:
        file.write(text)


BAD = {
    "wrong type": line("evaluated", metrics={"accuracy": "high"}),
    "missing key": line("progress", step=1),
    "NaN": line("progress", step=1, steps=2, loss=float("nan")),
    "too large for a card": line("progress", step=1, steps=2, eta_seconds=1e300),
    "long": b'{"seq": 2, "type": "' + b"x" * LONG,
    "binary": b"\x00\xff\xfe\r\x1c",
    "unknown type": line("teleported", to="mars"),
    "another attempt": line("failed", attempt=7, reason="late"),
    "again": line("started", seq=1),
    "outside of the folder": line("artifact", path="../../../etc/passwd", kind="chart", name="curve"),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_one_bad_event_blocks_neither_its_run_nor_the_slot(team: Team, bad: bytes) -> None:
    run = two_runs(team)
    append(team, run, bad + b"\n")
    append(team, run, line("progress", seq=3, step=1, steps=2) + b"\n")
    team.supervisor.look()
    assert (team.runs.get(run.id).progress["seq"], states(team)) == (3, ["running", "queued"])
    append(team, run, line("finished", seq=4, metrics={"accuracy": 0.9}) + b"\n")
    team.workers.alive.clear()
    team.supervisor.look()
    assert states(team) == ["succeeded", "starting"]
    assert team.runs.get(run.id).metrics == {"accuracy": 0.9}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
@pytest.mark.parametrize("end", [b"\n", b""], ids=["whole", "torn"])
def test_a_cancel_reaches_the_worker_and_a_vanished_one_is_noticed_all_the_same(
    team: Team, bad: bytes, end: bytes
) -> None:
    run = two_runs(team)
    append(team, run, bad + end)
    team.runs.cancel(run.id, ANA)
    team.supervisor.look()
    assert team.workers.cancelled == ["R1"]
    team.workers.alive.clear()
    team.supervisor.look()
    assert states(team) == ["cancelled", "starting"]
    team.workers.alive.clear()
    append(team, team.runs.get("R2"), bad + b"\n" + line("started", seq=3) + b"\n")
    team.supervisor.look()
    team.supervisor.look()
    assert states(team) == ["cancelled", "lost"]


def test_a_bad_event_is_kept_with_what_was_written(team: Team) -> None:
    run = two_runs(team)
    append(team, run, BAD["wrong type"] + b"\n" + line("progress", seq=3, step=1, steps=2, eta_seconds=1e300) + b"\n")
    team.supervisor.look()
    assert [each["seq"] for each in team.runs.events(run)] == [1, 2, 3]
    assert team.runs.events(run)[1]["metrics"] == {"accuracy": "high"}
    assert team.runs.get(run.id).progress == {}


def test_a_long_line_is_looked_through_once_however_late_its_end_comes(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = two_runs(team)
    before = team.runs.get(run.id).read_to
    append(team, run, b"x" * LONG)
    read_bytes: list[bytes] = []
    open_path = Path.open

    def counting(path: Path, mode: str = "r", **more: Any) -> Any:
        file = open_path(path, mode, **more)
        if mode == "rb":
            return _Counting(file, read_bytes)
        return file

    monkeypatch.setattr(Path, "open", counting)
    for _ in range(3):
        team.supervisor.look()
    assert (sum(map(len, read_bytes)), max(map(len, read_bytes))) == (LONG, READ_BYTES)
    assert team.runs.get(run.id).read_to == before
    append(team, run, b"\n" + line("finished", metrics={}) + b"\n")
    team.supervisor.look()
    assert team.runs.get(run.id).state == "succeeded"


class _Counting:
    def __init__(self, file: IO[bytes], read_bytes: list[bytes]) -> None:
        self._file, self._read_bytes = file, read_bytes

    def read(self, size: int = -1) -> bytes:
        self._read_bytes.append(self._file.read(size))
        return self._read_bytes[-1]

    def __enter__(self) -> "_Counting":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def seek(self, place: int) -> None:
        self._file.seek(place)


def test_events_out_of_order_all_count_and_progress_never_goes_back(team: Team) -> None:
    run = two_runs(team)
    for seq, step in ((5, 4), (3, 2)):
        append(team, run, line("progress", seq=seq, step=step, steps=9) + b"\n")
    append(team, run, line("evaluated", seq=4, metrics={"accuracy": 0.5}, step=2) + b"\n")
    team.supervisor.look()
    after = team.runs.get(run.id)
    assert (after.progress["step"], after.best["step"], after.last_seq) == (4, 2, 5)
    append(team, run, line("finished", seq=2, metrics={}) + b"\n")
    team.supervisor.look()
    assert states(team) == ["succeeded", "starting"]


def test_a_run_whose_events_cannot_be_read_for_a_moment_is_not_lost(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = two_runs(team)
    write(team.folder(run), "finished", metrics={})
    team.workers.alive.clear()
    with monkeypatch.context() as broken:
        broken.setattr(team.workers, "events", _fail)
        team.supervisor.look()
        assert states(team) == ["running", "queued"]
    team.supervisor.look()
    assert states(team) == ["succeeded", "starting"]


def test_a_run_whose_events_cannot_be_read_any_more_is_lost_after_a_while(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_runs(team)
    team.workers.alive.clear()
    monkeypatch.setattr(team.workers, "events", _fail)
    monkeypatch.setattr(supervisor, "GRACE_SECONDS", -1.0)
    team.supervisor.look()
    assert states(team) == ["lost", "starting"]


def _fail(*_: object) -> None:
    raise OSError("stale file handle")


def test_the_worker_decides_what_is_best_and_the_main_figure_where_it_does_not(team: Team) -> None:
    run = two_runs(team)
    loss = {"name": "loss", "words": "loss", "is_main": True, "higher_is_better": False}
    for seq, (value, best) in enumerate([(0.5, None), (0.7, None), (0.4, None), (0.3, False), (0.9, True)], start=2):
        word = {} if best is None else {"best": best}
        figures = [{**loss, "value": value}]
        append(
            team, run, line("evaluated", seq=seq, metrics={"loss": value}, figures=figures, step=seq, **word) + b"\n"
        )
        team.supervisor.look()
        assert team.runs.get(run.id).best["step"] == (2, 2, 4, 4, 6)[seq - 2]
    assert team.runs.get(run.id).best == {
        "figures": [{**loss, "value": 0.9, "margin": None}],
        "metrics": {"loss": 0.9},
        "step": 6,
        "split": None,
    }


def test_a_run_keeps_its_figures_among_its_metrics_and_the_best_of_version_0_1_gets_them(team: Team) -> None:
    run = two_runs(team)
    append(team, run, line("finished", metrics={"f1": 0.5}, figures=[F1_AS_JSON]) + b"\n")
    team.supervisor.look()
    figures = [{**F1_AS_JSON, "higher_is_better": True}]
    assert team.runs.get(run.id).metrics == {"f1": 0.5, "figures": figures}
    with team.database.transaction() as connection:
        old = '{"metrics":{"accuracy":0.9,"loss":1.0},"step":10,"split":"validation"}'
        connection.execute("UPDATE runs SET best = ?", (old,))
    assert [figure["value"] for figure in team.runs.get(run.id).best["figures"]] == [0.9]


def test_who_listens_hears_once_that_a_run_has_ended_and_after_it_is_written(team: Team) -> None:
    ended: list[tuple[str, str]] = []

    def stumble(_run: Run) -> None:
        raise KeyError("whatever")

    team.runs.ended.connect(stumble)
    team.runs.ended.connect(lambda run: ended.append((run.id, team.restart().runs.get(run.id).state)))
    run = two_runs(team)
    team.runs.cancel("R2", ANA)
    write(team.folder(run), "finished", metrics={})
    write(team.folder(run), "progress", step=1, steps=2)
    team.supervisor.look()
    assert ended == [("R2", "cancelled"), ("R1", "succeeded")]
