"""Executors: one suite over all of them, those that the tests stand in with too."""

import json
import os
import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import psutil
import pytest

from core.errors import SettingsError
from jobs.executors import EXECUTORS, Executor, constructor_of
from jobs.executors.local import LocalExecutor, worker_environment
from jobs.executors.run_folder import READ_BYTES, LinesRead
from world.core import Workers, build_plan, sentence_of, write
from world.driver import wait_for


class Place(Protocol):
    """An executor with one run, whose worker does what the tests want."""

    run_dir: Path

    @property
    def executor(self) -> Executor:
        """The one of this life of the bot."""

    def start(self) -> None:
        """Submits the run; its worker has said that it started, and works until it is stopped."""

    def submit_again(self) -> None:
        """Submits it a second time; that worker has left."""

    def kill(self) -> None:
        """The worker is gone without a word."""

    def later_life(self) -> Executor:
        """The executor of a bot that was started meanwhile."""


class Here:
    """Real workers, which wait for a Hub that never answers."""

    def __init__(self, run_dir: Path, hub: str) -> None:
        self.run_dir = run_dir
        self._environment = worker_environment(os.environ, "hf_made_up", hub)
        self.executor = LocalExecutor(self._environment)

    def start(self) -> None:
        self.executor.submit(self.run_dir)
        wait_for(lambda: self.executor.events(self.run_dir, 0).lines, what=lambda: str(self.words()))

    def submit_again(self) -> None:
        self.executor.submit(self.run_dir)
        later = self.later_life()
        later.submit(self.run_dir)
        wait_for(lambda: any("Another worker is at work" in line for line in self.words()))
        wait_for(lambda: later.ending(self.run_dir).startswith("exit code 3"))

    def kill(self) -> None:
        os.kill(json.loads((self.run_dir / "worker.json").read_text())["pid"], signal.SIGKILL)
        wait_for(lambda: not self.executor.is_alive(self.run_dir))

    def later_life(self) -> Executor:
        return LocalExecutor(self._environment)

    def words(self) -> list[str]:
        return self.executor.log_tail(self.run_dir, 20)


class StandIn:
    """The workers of the other tests."""

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = run_dir
        self.executor = Workers()

    def start(self) -> None:
        self.executor.submit(self.run_dir)
        write(self.run_dir, "started")

    def submit_again(self) -> None:
        self.executor.submit(self.run_dir)

    def kill(self) -> None:
        self.executor.alive.clear()

    def later_life(self) -> Executor:
        return self.executor  # as the real ones, its workers outlive the bot


@pytest.fixture
def silent_hub() -> Iterator[str]:
    """Takes every connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture(params=["local", "stand-in"])
def place(request: pytest.FixtureRequest, tmp_path: Path, silent_hub: str) -> Iterator[Place]:
    run_dir = tmp_path / "R1"
    run_dir.mkdir()
    build_plan().recipe().model_copy(update={"run": "R1", "attempt": 1}).write(run_dir)
    there: Place = Here(run_dir, silent_hub) if request.param == "local" else StandIn(run_dir)
    yield there
    if there.executor.is_alive(run_dir):
        there.kill()


def types(place: Place) -> list[str]:
    return [json.loads(line)["type"] for line in place.executor.events(place.run_dir, 0).lines]


def test_a_run_has_one_worker_however_often_it_is_submitted(place: Place) -> None:
    place.start()
    place.submit_again()
    assert (types(place), place.executor.is_alive(place.run_dir)) == (["started"], True)


def test_a_worker_is_alive_from_its_submission_on_also_for_a_later_life_of_the_bot(place: Place) -> None:
    assert place.executor.is_alive(place.run_dir) is False
    place.executor.submit(place.run_dir)
    assert place.executor.is_alive(place.run_dir) is True
    place.start()  # it is there already
    assert place.later_life().is_alive(place.run_dir) is True


def test_a_worker_that_is_asked_to_stop_says_so_and_is_gone(place: Place) -> None:
    place.start()
    place.later_life().cancel(place.run_dir)
    wait_for(lambda: not place.executor.is_alive(place.run_dir))
    assert types(place) == ["started", "cancelled"]


def test_nothing_happens_to_a_run_without_a_worker_that_is_cancelled(place: Place) -> None:
    place.executor.cancel(place.run_dir)
    assert (place.executor.is_alive(place.run_dir), types(place)) == (False, [])


def test_a_worker_that_vanished_left_an_ending_and_no_last_word(place: Place) -> None:
    place.start()
    place.kill()
    code, *words = place.executor.ending(place.run_dir).splitlines()
    assert (place.executor.is_alive(place.run_dir), types(place)) == (False, ["started"])
    assert re.fullmatch(r"exit code (-?\d+|unknown)", code)
    later_code = place.later_life().ending(place.run_dir).splitlines()[0]
    assert re.fullmatch(r"exit code (-?\d+|unknown)", later_code)
    assert words in (place.executor.log_tail(place.run_dir, 5), ["Killed"])


def test_the_last_lines_of_the_log_are_there_oldest_first(place: Place) -> None:
    assert place.executor.log_tail(place.run_dir, 3) == []
    (place.run_dir / "worker.log").write_bytes(b"".join(b"line %d\n" % at for at in range(50_000)) + b"\xff torn")
    assert place.executor.log_tail(place.run_dir, 3) == ["line 49998", "line 49999", "\ufffd torn"]
    assert place.executor.ending(place.run_dir).splitlines()[1:] == place.executor.log_tail(place.run_dir, 5)


def put(place: Place, text: bytes) -> None:
    with (place.run_dir / "events.jsonl").open("ab") as file:
        file.write(text)


def test_events_are_read_from_an_offset_and_a_torn_one_waits_for_its_end(place: Place) -> None:
    assert place.executor.events(place.run_dir, 0) == LinesRead((), 0)
    put(place, b'{"a": 1}\n{"b"')
    first = place.executor.events(place.run_dir, 0)
    assert (first, place.executor.events(place.run_dir, first.offset)) == (
        LinesRead((b'{"a": 1}',), 9),
        LinesRead((), 9),
    )
    put(place, b": 2}\r\n\n")
    assert place.later_life().events(place.run_dir, 9) == LinesRead((b'{"b": 2}\r', b""), 20)


def test_a_torn_event_that_the_next_worker_cut_is_forgotten(place: Place) -> None:
    put(place, b"1\n" + b"x" * READ_BYTES * 2)
    assert place.executor.events(place.run_dir, 2) == LinesRead((), 2)
    (place.run_dir / "events.jsonl").write_bytes(b"1\n2\n")
    assert place.executor.events(place.run_dir, 2) == LinesRead((b"2",), 4)


@pytest.mark.parametrize("size", [READ_BYTES - 1, READ_BYTES, READ_BYTES * 3 + 1])
def test_a_line_too_long_for_an_event_is_passed_over_when_its_end_has_come(place: Place, size: int) -> None:
    put(place, b"x" * size)
    assert place.executor.events(place.run_dir, 0) == LinesRead((), 0)
    put(place, b"\n2\n")
    lines: list[bytes] = []
    offset = -1
    while offset != (reading := place.executor.events(place.run_dir, max(offset, 0))).offset:
        lines += reading.lines
        offset = reading.offset
    assert (lines, offset) == ([b"x" * size, b"2"] if size < READ_BYTES else [b"2"], size + 3)


def test_artefacts_are_fetched_from_the_folder_and_from_nowhere_else(place: Place) -> None:
    chart = place.run_dir / "charts" / "curve.png"
    chart.parent.mkdir()
    chart.write_bytes(b"png")
    assert place.executor.fetch(place.run_dir, "charts/curve.png").read_bytes() == b"png"
    for outside in ("../R2/model", "/etc/passwd"):
        with pytest.raises(ValueError, match="outside of R1"):
            place.executor.fetch(place.run_dir, outside)


# The local one alone.


def test_a_process_that_leaves_at_once_leaves_its_exit_code_and_last_words(tmp_path: Path, silent_hub: str) -> None:
    here = Here(tmp_path, silent_hub)
    here.executor.submit(tmp_path)  # there is no recipe in it
    wait_for(lambda: not here.executor.is_alive(tmp_path))
    code, *words = here.executor.ending(tmp_path).splitlines()
    assert (code, "there is no recipe.json" in words[-1]) == ("exit code 2", True)


def test_a_recipe_that_cannot_be_read_is_an_event_with_its_reason(tmp_path: Path, silent_hub: str) -> None:
    (tmp_path / "recipe.json").write_text('{"run": "R1"}')
    here = Here(tmp_path, silent_hub)
    here.start()
    wait_for(lambda: not here.executor.is_alive(tmp_path))
    assert (types(here), here.executor.ending(tmp_path).splitlines()[0]) == (["failed"], "exit code 1")


def test_a_worker_of_an_earlier_bot_is_known_by_pid_and_start_time(tmp_path: Path, silent_hub: str) -> None:
    local = Here(tmp_path, silent_hub).executor
    me = {"pid": os.getpid(), "started": psutil.Process().create_time()}
    alive = []
    for note in (me, {**me, "started": 1000.0}, {"pid": 2**22 + 1, "started": 1000.0}, {"pid": "x"}):
        (tmp_path / "worker.json").write_text(json.dumps(note))
        alive.append(local.is_alive(tmp_path))
    assert alive == [True, False, False, False]


def test_a_worker_sees_the_hub_and_none_of_slacks_secrets() -> None:
    given = {"SLACK_BOT_TOKEN": "xoxb-1", "HUGOPS_HOME": "/x", "HF_TOKEN": "old", "LANG": "C"}
    seen = worker_environment(given, "hf_new", "http://hub.test")
    del seen["PYTHONPATH"]
    assert seen == {
        "LANG": "C",
        "HF_TOKEN": "hf_new",
        "HF_ENDPOINT": "http://hub.test",
        "DISABLE_SAFETENSORS_CONVERSION": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_UPDATE_DOWNLOAD_COUNTS": "0",
        "TOKENIZERS_PARALLELISM": "false",
        "PYTHONUNBUFFERED": "1",
    }


def test_one_that_is_not_there_is_refused_with_those_that_are(monkeypatch: pytest.MonkeyPatch) -> None:
    assert constructor_of("local") is LocalExecutor
    monkeypatch.setitem(EXECUTORS, "hub-jobs", LocalExecutor)
    monkeypatch.setitem(EXECUTORS, "ray", LocalExecutor)
    with pytest.raises(SettingsError) as error:
        constructor_of("moon")
    assert sentence_of(error.value) == (
        "HUGOPS_EXECUTOR can only be `hub-jobs`, `local` or `ray` in this version. Remove it or set it to local."
    )
