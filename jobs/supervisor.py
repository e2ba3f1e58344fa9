"""Follows every open run: submits the queued, reads what workers write, and notices those that are gone."""

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from core.events import ArtifactWritten, Event, Unknown, read_event
from core.recipe import Recipe
from core.runs import Runs
from core.store.runs import Run
from jobs.executors import Executor
from jobs.loop import Loop

T = TypeVar("T")
log = logging.getLogger(__name__)
BUSY_SECONDS = 0.5
IDLE_SECONDS = 5.0
# A worker that was just started needs a moment before it can be found by its note.
GRACE_SECONDS = 20.0


class Supervisor:
    """One thread; everything it must remember stands in the database and in the runs' folders."""

    def __init__(self, runs: Runs, executor: Executor, folder: Path, slots: int) -> None:
        self._runs = runs
        self._executor = executor
        self._folder = folder
        self._slots = slots
        self._submitted: dict[tuple[str, int], float] = {}
        self._unread_since: dict[str, float] = {}
        self._loop = Loop("supervisor", self._round, pause=IDLE_SECONDS)
        self.start, self.wake = self._loop.start, self._loop.wake

    def stop(self) -> None:
        """Ends the thread; workers go on."""
        self._loop.stop()

    def folder(self, run: Run) -> Path:
        return self._folder / run.id

    def log_tail(self, run: Run, lines: int) -> list[str]:
        return self._executor.log_tail(self.folder(run), lines)

    def _round(self) -> float:
        return BUSY_SECONDS if self.look() else IDLE_SECONDS

    def look(self) -> bool:
        """One round over all open runs; whether any is open."""
        runs = self._runs.open()
        for run in runs:
            if run.state in ("starting", "running"):
                self._carefully(self._follow, run)
        at_work = sum(1 for run in self._runs.open() if run.state != "queued")
        for run in self._runs.open():
            if run.state == "queued" and at_work < self._slots and self._carefully(self._take, run):
                at_work += 1
                self._carefully(self._submit, run)
        return bool(runs)

    def _take(self, run: Run) -> bool:
        # The worker of the attempt before may still be on its way out; a second one would leave at once.
        return not self._executor.is_alive(self.folder(run)) and self._runs.starting(run)

    def _carefully(self, act: Callable[[Run], T], run: Run) -> T | None:
        try:
            return act(run)
        except Exception:  # the edge of one run: whatever is wrong with it, the others go on
            log.exception("%s could not be followed in this round", run.id)
            return None

    def _submit(self, run: Run) -> None:
        self._submitted[run.id, run.attempt] = time.monotonic()
        folder = self.folder(run)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        Recipe.model_validate({**run.recipe, "run": run.id, "attempt": run.attempt}).write(folder)
        self._executor.submit(folder)

    def _follow(self, run: Run) -> None:
        # Whether it lives is asked before its events are: a worker that ends in between has written its last word.
        alive = self._executor.is_alive(self.folder(run))
        self._carefully(self._read, run)
        run = self._runs.get(run.id)
        if not run.is_open:
            return
        if alive:
            if run.cancel_by:
                self._executor.cancel(self.folder(run))
            return
        if self._may_have_words(run):
            return
        submitted = self._submitted.get((run.id, run.attempt))
        if run.state == "starting" and submitted is None and not run.cancel_by:
            # The bot went down between noting the run and starting its worker, or right after.
            self._submit(run)
        elif submitted is None or run.state == "running" or time.monotonic() - submitted > GRACE_SECONDS:
            self._runs.lost(run, self._executor.ending(self.folder(run)))

    def _read(self, run: Run) -> None:
        folder = self.folder(run)
        self._unread_since.setdefault(run.id, time.monotonic())
        while (reading := self._executor.events(folder, run.read_to)).offset != run.read_to:
            run = self._runs.apply(
                run, [event for line in reading.lines for event in self._event(run, line)], reading.offset
            )
        del self._unread_since[run.id]

    def _may_have_words(self, run: Run) -> bool:
        """Whether the last words of a worker that is gone could not be read, and that may pass."""
        since = self._unread_since.get(run.id)
        return since is not None and time.monotonic() - since <= GRACE_SECONDS

    def _event(self, run: Run, line: bytes) -> list[Event]:
        """The event in the line, its artefact fetched; none where the line is no event."""
        event = read_event(line)
        if event is None:
            log.warning("%s: a line that is no event is passed over", run.id)
            return []
        if isinstance(event, ArtifactWritten):
            return [self._fetch(run, event)]
        return [event]

    def _fetch(self, run: Run, event: ArtifactWritten) -> Event:
        try:
            return replace(event, path=str(self._executor.fetch(self.folder(run), event.path)))
        except ValueError as error:
            return Unknown(
                seq=event.seq, at=event.at, attempt=event.attempt, type=event.type, body=event.body, problem=str(error)
            )
