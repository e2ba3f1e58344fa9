"""Follows every open run: submits the queued, reads what workers write, and notices those that are gone."""

import json
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.recipe import Recipe
from core.runs import Runs
from core.store.runs import Run
from jobs.executors.local import LocalExecutor

log = logging.getLogger(__name__)
EVERY_SECONDS = 0.5
# A worker that was just started needs a moment before it can be found by its note.
GRACE_SECONDS = 20.0
MAX_READ = 1 << 20
EVENT = {"seq": int, "at": str, "attempt": int, "type": str}


class Supervisor:
    """One thread; everything it must remember stands in the database and in the runs' folders."""

    def __init__(self, runs: Runs, executor: LocalExecutor, folder: Path, slots: int) -> None:
        self._runs = runs
        self._executor = executor
        self._folder = folder
        self._slots = slots
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._submitted: dict[tuple[str, int], float] = {}
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)
        runs.on_change = self._wake.set

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread; workers go on."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def folder(self, run: Run) -> Path:
        return self._folder / run.id

    def log_tail(self, run: Run, lines: int) -> list[str]:
        return self._executor.log_tail(self.folder(run), lines)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            busy = False
            try:
                busy = self.look()
            except Exception:  # the edge of this thread: runs must be followed as long as the bot lives
                log.exception("the supervisor stumbled; it goes on")
            self._wake.wait(EVERY_SECONDS if busy else 10 * EVERY_SECONDS)

    def look(self) -> bool:
        """One round over all open runs; whether any is open."""
        runs = self._runs.open()
        for run in runs:
            if run.state in ("starting", "running"):
                self._carefully(self._follow, run)
        at_work = sum(1 for run in self._runs.open() if run.state != "queued")
        for run in self._runs.open():
            if run.state == "queued" and at_work < self._slots and self._take(run):
                at_work += 1
                self._carefully(self._submit, run)
        return bool(runs)

    def _take(self, run: Run) -> bool:
        # The worker of the attempt before may still be on its way out; a second one would leave at once.
        return not self._executor.is_alive(self.folder(run)) and self._runs.starting(run)

    def _carefully(self, act: Callable[[Run], None], run: Run) -> None:
        try:
            act(run)
        except Exception:  # the edge of one run: whatever is wrong with it, the others go on
            log.exception("%s could not be followed in this round", run.id)

    def _submit(self, run: Run) -> None:
        self._submitted[run.id, run.attempt] = time.monotonic()
        folder = self.folder(run)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        Recipe.model_validate({**run.recipe, "run": run.id, "attempt": run.attempt}).write(folder)
        self._executor.submit(folder)

    def _follow(self, run: Run) -> None:
        # Whether it lives is asked before its file is read: a worker that ends in between has written its last word.
        alive = self._executor.is_alive(self.folder(run))
        run = self._read(run)
        if not run.is_open:
            return
        if alive:
            if run.cancel_by:
                self._executor.cancel(self.folder(run))
            return
        submitted = self._submitted.get((run.id, run.attempt))
        if run.state == "starting" and submitted is None and not run.cancel_by:
            # The bot went down between noting the run and starting its worker, or right after.
            self._submit(run)
        elif submitted is None or run.state == "running" or time.monotonic() - submitted > GRACE_SECONDS:
            self._runs.lost(run, self._executor.ending(self.folder(run)))

    def _read(self, run: Run) -> Run:
        path = self.folder(run) / "events.jsonl"
        while path.is_file() and path.stat().st_size > run.read_to:
            with path.open("rb") as file:
                file.seek(run.read_to)
                chunk = file.read(MAX_READ)
            whole = chunk[: chunk.rfind(b"\n") + 1]
            if not whole:
                break  # the worker is in the middle of its line
            events = [event for line in whole.splitlines() if (event := _parse(run, line))]
            for event in events:
                if event["type"] == "artifact":
                    event["path"] = str(self.folder(run) / Path(str(event.get("path", ""))))
            run = self._runs.apply(run, events, run.read_to + len(whole))
        return run


def _parse(run: Run, line: bytes) -> dict[str, Any] | None:
    try:
        event = json.loads(line)
        if isinstance(event, dict) and all(isinstance(event.get(key), kind) for key, kind in EVENT.items()):
            return event
    except ValueError:
        pass
    log.warning("%s: a line that is no event is skipped", run.id)
    return None
