"""One model in memory: a thread that loads it, answers those who wait for it, and gives it to the faster engine."""

import gc
import logging
import queue
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import psutil

from jobs.inference.protocol import Held, Request
from jobs.inference.worker import exported
from jobs.inference.worker.batching import answer, refusal_of
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.errors import CannotAnswer
from jobs.inference.worker.limits import WorkerLimits
from jobs.inference.worker.loading import Loaded
from jobs.inference.worker.rows import Row
from jobs.inference.worker.tasks import TaskModule, has_graph, load_task

log = logging.getLogger(__name__)
# While several ask the same model, requests that arrive within this time are run as one batch; who is alone is not
# kept waiting for others.
GATHER_SECONDS = 0.003
LARGEST_BATCH = 64
# An export is checked on this many of the rows that were answered last.
KEPT_ROWS = 8
# How much the last batch counts in the time that a request is said to take.
WEIGHT = 0.2
# One export at a time: each takes a core and several times its model's memory.
EXPORTING = threading.Lock()
# One at a time: a library that two threads import for the first time at once may be seen half made by one of them.
IMPORTING = threading.Lock()


class ModelKey(NamedTuple):
    """What makes two requests go to the same model in memory."""

    model: str
    revision: str
    task: str
    dtype: str


class Keeper(Protocol):
    """What a model in memory needs of whoever keeps all of them."""

    @property
    def limits(self) -> WorkerLimits: ...

    def clock(self) -> float: ...

    def make_room(self, wanted: "Holder", size: int, deadline: float) -> None:
        """Sets `size` bytes aside. CannotAnswer when there is no room for them until `deadline`."""

    def has_worked(self) -> None:
        """Hears that a model is at rest."""

    def let_go(self, holder: "Holder") -> list[Entry]:
        """Forgets a model that is out of memory; the requests that still waited for it."""


class Holder:
    """One model at one commit for one task in one type, and the requests that wait for it."""

    def __init__(self, key: ModelKey, keeper: Keeper) -> None:
        self.key = key
        self.size = 0
        self.used = keeper.clock()
        self.state = "loading"
        self.engine = ""
        self.queue: queue.Queue[Entry | None] = queue.Queue()
        self._first: Entry | None = None
        self._is_working = True
        self._was_in_company = False
        self._pace = 0.0
        self._answered = 0
        self._rows: deque[Row] = deque(maxlen=KEPT_ROWS)
        self._exporting: threading.Thread | None = None
        self._keeper = keeper
        self._thread = threading.Thread(target=self._run, name=f"model-{key.model}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def is_busy(self) -> bool:
        return self._is_working or not self.queue.empty()

    def about(self) -> Held:
        return Held(
            **self.key._asdict(), bytes=self.size, state=self.state, engine=self.engine, waiting=self.queue.qsize()
        )

    def seconds_until_free(self) -> float:
        """How long those who wait now will take, as far as the last requests tell; 0 before the first."""
        return self._pace * (self.queue.qsize() + self._is_working)

    def _run(self) -> None:
        first = self.queue.get()
        if first is None:
            return
        self._first, refusal = first, None
        try:
            self._work(first)
        except Exception as error:  # noqa: BLE001  # the edge of this thread; the trace is logged
            refusal = refusal_of(error, self.key.model)
        finally:
            _free()
        waiting = self._keeper.let_go(self)
        if refusal is not None:
            for entry in (first, *waiting):
                entry.refuse(refusal)

    def _work(self, first: Entry) -> None:
        """Loads the model and answers until it is told to go."""
        began = time.perf_counter()
        with IMPORTING:
            task = load_task(self.key.task)
        place = exported.Place.of(self._keeper.limits.home, first.request)
        loaded, snapshot = self._load(first, task, place)
        load_seconds, self.state, self.engine = time.perf_counter() - began, "ready", loaded.engine_name
        log.info("loaded %s in %.1f s by %s", self.key.model, load_seconds, self.engine)
        batch: list[Entry] | None = [first]
        while batch is not None:
            self._answer(task, loaded, batch, load_seconds)
            load_seconds = 0.0
            if snapshot is not None and self._exporting is None:
                self._export(first.request, snapshot, place)
            self._is_working = False
            self._keeper.has_worked()
            batch = self._gather()
            if snapshot is not None and self._exporting is not None and place.is_ready:
                loaded, snapshot = self._exported(place) or loaded, None
                _free()

    def _load(self, first: Entry, task: TaskModule, place: exported.Place) -> tuple[Loaded, Path | None]:
        """The model by the engine that is there for it; with torch also the folder that it may be exported from."""
        limits = self._keeper.limits
        if place.is_ready:
            self._keeper.make_room(self, place.size(), first.deadline)
            if (exported_model := self._exported(place)) is not None:
                return exported_model, None
        # Only here, so that a worker is up at once and the first answer by torch pays for the import.
        with IMPORTING:
            from jobs.inference.worker import files

        folder = files.find(first.request, limits.budget, task.NEEDS, self._tell_of_download)
        self._tell("loading")
        with IMPORTING:
            from jobs.inference.worker.engines import torch

        size = int(torch.needed_bytes(first.request, folder) * files.OVERHEAD)
        files.ensure_fits(self.key.model, size, limits.budget)
        self._keeper.make_room(self, size, first.deadline)
        loaded = torch.load(first.request, folder, task)
        return loaded, folder if has_graph(task) and loaded.device == "cpu" else None

    def _exported(self, place: exported.Place) -> Loaded | None:
        """The export that lies there; None where it cannot be loaded, which is remembered."""
        with IMPORTING:
            from jobs.inference.worker.engines import onnx

        try:
            loaded = onnx.load(place.folder)
        except Exception as error:  # noqa: BLE001  # the runtime's errors have no class in common; torch goes on
            log.warning("the export of %s could not be loaded: %s", self.key.model, type(error).__name__)
            place.refuse(f"could not be loaded: {type(error).__name__}")
            return None
        self.size, self.engine = place.size(), loaded.engine_name
        log.info("%s is answered by %s", self.key.model, self.engine)
        return loaded

    def _answer(self, task: TaskModule, loaded: Loaded, batch: Sequence[Entry], load_seconds: float) -> None:
        began = time.perf_counter()
        rows = answer(task, loaded, batch, load_seconds)
        took = (time.perf_counter() - began) / len(batch)
        self._pace = took if not self._pace else (1 - WEIGHT) * self._pace + WEIGHT * took
        self._answered += len(batch)
        if has_graph(task):
            self._rows.extend(rows[-KEPT_ROWS:])

    def _export(self, request: Request, snapshot: Path, place: exported.Place) -> None:
        """Begins an export of what is asked often, unless that failed before."""
        after = self._keeper.limits.export_after
        is_wanted = after and self._answered >= after and self._rows and not place.has_failed
        # Where it would not fit now, it may later.
        if is_wanted and exported.MEMORY * self.size < psutil.virtual_memory().available:
            what = (request, snapshot, place, list(self._rows))
            self._exporting = threading.Thread(target=_export, args=what, name=f"export-{self.key.model}", daemon=True)
            self._exporting.start()

    def _tell(self, stage: str, done: int = 0, total: int = 0) -> None:
        for entry in self._waiting():
            entry.tell(stage, done=done, total=total)

    def _tell_of_download(self, done: int, total: int) -> None:
        if all(entry.cancelled.is_set() for entry in self._waiting()):
            raise CannotAnswer("cancelled", "Stopped.")
        self._tell("downloading", done, total)

    def _waiting(self) -> list[Entry]:
        with self.queue.mutex:
            queued = list(self.queue.queue)
        return [entry for entry in (self._first, *queued) if entry is not None]

    def _gather(self) -> list[Entry] | None:
        """The next requests, those that come close together at once; None when the model is to go."""
        first = self.queue.get()
        if first is None:
            return None
        self._is_working = True
        in_company = self._was_in_company or not self.queue.empty()
        batch, deadline = [first], time.monotonic() + (GATHER_SECONDS if in_company else 0.0)
        while len(batch) < LARGEST_BATCH:
            try:
                following = self.queue.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                break
            if following is None:
                self.queue.put(None)
                break
            batch.append(following)
        self._was_in_company = len(batch) > 1
        return batch


def _export(request: Request, snapshot: Path, place: exported.Place, rows: Sequence[Row]) -> None:
    with EXPORTING:
        exported.export(request, snapshot, place, rows)


def _free() -> None:
    """Gives memory back, by torch only where it is there anyway."""
    gc.collect()
    if "jobs.inference.worker.engines.torch" in sys.modules:
        from jobs.inference.worker.engines import torch

        torch.free()
