"""Models in memory: each with a thread of its own, so that one that loads never holds up one that is ready."""

import logging
import queue
import threading
import time
from importlib import import_module
from typing import Any

from jobs.inference.asked import Asked
from jobs.inference.batching import answer, refusal_of
from jobs.inference.errors import CannotAnswer
from jobs.inference.protocol import TOKENIZE
from jobs.inference.registry import TASKS

log = logging.getLogger(__name__)
Key = tuple[str, str, str]
# While several ask the same model, requests that arrive within this time are run as one batch; who is alone is not
# kept waiting for others.
GATHER_SECONDS = 0.003
LARGEST_BATCH = 64
LONGEST_QUEUE = 256


class Library:
    """All models, within a budget in bytes; the least recently used go first, and none that is at work."""

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self._changed = threading.Condition()
        self._holders: dict[Key, Holder] = {}
        # Those that have been told to go hold their memory until they have gone.
        self._leaving: list[Holder] = []

    @property
    def is_busy(self) -> bool:
        with self._changed:
            return any(holder.is_busy for holder in (*self._holders.values(), *self._leaving))

    def held(self) -> list[dict[str, Any]]:
        """What is in memory or on the way there: `model`, `revision`, `task`, `bytes`, `state`."""
        with self._changed:
            return [
                {"model": key[0], "revision": key[1], "task": key[2], "bytes": holder.size, "state": holder.state}
                for key, holder in self._holders.items()
            ]

    def submit(self, asked: Asked) -> None:
        """Queues the request with its model, which is loaded first if need be. CannotAnswer when too many wait."""
        request = asked.request
        if request.task not in TASKS and request.task != TOKENIZE:
            raise CannotAnswer("input", f"I cannot run {request.task} yet. `/hf help run` lists the tasks.")
        key = (request.model, request.revision, request.task)
        with self._changed:
            holder = self._holders.get(key)
            if holder is None:
                holder = self._holders[key] = Holder(key, self)
                holder.start()
            if holder.asked.qsize() >= LONGEST_QUEUE:
                raise CannotAnswer("busy", f"{request.model} is busy with {LONGEST_QUEUE} requests. Try in a minute.")
            holder.used = time.monotonic()
            holder.asked.put(asked)

    def make_room(self, wanted: "Holder", size: int, deadline: float) -> None:
        """Unloads others until `size` bytes fit and are set aside. CannotAnswer when others are at work until then."""
        with self._changed:
            while size + sum(each.size for each in (*self._holders.values(), *self._leaving)) > self.budget:
                idle = [each for each in self._holders.values() if each.size and not each.is_busy]
                if idle and size + sum(each.size for each in self._holders.values()) > self.budget:
                    oldest = min(idle, key=lambda each: each.used)
                    del self._holders[oldest.key]
                    self._leaving.append(oldest)
                    oldest.asked.put(None)
                    log.info("unloading %s to make room", oldest.key[0])
                if not self._changed.wait(deadline - time.monotonic()):
                    raise CannotAnswer(
                        "busy", "Other models are at work and take all memory set aside for models. Try in a minute."
                    )
            wanted.size = size

    def has_worked(self) -> None:
        """Tells those who wait for room that a model is at rest."""
        with self._changed:
            self._changed.notify_all()

    def let_go(self, holder: "Holder") -> list[Asked]:
        """Forgets a model that is out of memory; the requests that still waited for it."""
        with self._changed:
            if self._holders.get(holder.key) is holder:
                del self._holders[holder.key]
            if holder in self._leaving:
                self._leaving.remove(holder)
            holder.size = 0
            self._changed.notify_all()
            waiting = []
            while not holder.asked.empty():
                asked = holder.asked.get_nowait()
                if asked is not None:
                    waiting.append(asked)
            return waiting


class Holder:
    """One model at one commit for one task, and the requests that wait for it."""

    def __init__(self, key: Key, library: Library) -> None:
        self.key = key
        self.size = 0
        self.used = time.monotonic()
        self.state = "loading"
        self.asked: queue.Queue[Asked | None] = queue.Queue()
        self._is_working = True
        self._was_in_company = False
        self._library = library
        self._thread = threading.Thread(target=self._run, name=f"model-{key[0]}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def is_busy(self) -> bool:
        return self._is_working or not self.asked.empty()

    def _run(self) -> None:
        first = self.asked.get()
        if first is None:
            return
        refusal = None
        try:
            self._serve(first)
        except Exception as error:  # noqa: BLE001  # the edge of this thread; the trace is logged
            refusal = refusal_of(error, self.key[0])
        waiting = self._library.let_go(self)
        if refusal is not None:
            for asked in (first, *waiting):
                asked.refuse(refusal)

    def _serve(self, first: Asked) -> None:
        # Only here, so that a worker is up at once and the first answer pays for the imports.
        from jobs.inference import loading

        try:
            self._work(first)
        finally:
            loading.free()

    def _work(self, first: Asked) -> None:
        """Loads the model and answers until it is told to go."""
        from jobs.inference import files, loading

        began = time.perf_counter()
        task = import_module(f"jobs.inference.tasks.{self.key[2].replace('-', '_')}")
        folder = files.find(first.request, self._library.budget, files.needs_of(task))
        size = int(loading.needed_bytes(first.request, folder) * files.OVERHEAD)
        files.ensure_fits(self.key[0], size, self._library.budget)
        self._library.make_room(self, size, first.deadline)
        loaded = loading.load(first.request, folder, task)
        load_seconds, self.state = time.perf_counter() - began, "ready"
        log.info("loaded %s in %.1f s", self.key[0], load_seconds)
        batch: list[Asked] | None = [first]
        while batch is not None:
            answer(task, loaded, batch, load_seconds)
            load_seconds, self._is_working = 0.0, False
            self._library.has_worked()
            batch = self._gather()

    def _gather(self) -> list[Asked] | None:
        """The next requests, those that come close together at once; None when the model is to go."""
        first = self.asked.get()
        if first is None:
            return None
        self._is_working = True
        in_company = self._was_in_company or not self.asked.empty()
        batch, deadline = [first], time.monotonic() + (GATHER_SECONDS if in_company else 0.0)
        while len(batch) < LARGEST_BATCH:
            try:
                following = self.asked.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                break
            if following is None:
                self.asked.put(None)
                break
            batch.append(following)
        self._was_in_company = len(batch) > 1
        return batch
