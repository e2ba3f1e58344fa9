"""Models in memory: each with a thread of its own, so that one that loads never holds up one that is ready."""

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from jobs.inference.errors import CannotAnswer, translate
from jobs.inference.protocol import Answer, Request

log = logging.getLogger(__name__)
Reply = Callable[[Answer], None]
Key = tuple[str, str, str]
# Requests of one model that arrive within this time are run as one batch.
GATHER_SECONDS = 0.003
LARGEST_BATCH = 64
LONGEST_QUEUE = 256
# Weights in memory, with room for buffers and activations.
OVERHEAD = 1.2


@dataclass(frozen=True)
class Asked:
    request: Request
    arrived: float
    reply: Reply

    @property
    def is_late(self) -> bool:
        return time.monotonic() - self.arrived > self.request.seconds


class Library:
    """All loaded models, within a budget in bytes; the least recently used go first."""

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._lock = threading.Lock()
        self._holders: dict[Key, Holder] = {}

    @property
    def is_busy(self) -> bool:
        with self._lock:
            return any(not holder.asked.empty() or holder.is_working for holder in self._holders.values())

    def submit(self, request: Request, arrived: float, reply: Reply) -> None:
        """Queues the request with its model, which is loaded first if need be. CannotAnswer when too many wait."""
        key = (request.model, request.revision, request.task)
        with self._lock:
            holder = self._holders.get(key)
            if holder is None or holder.has_ended:
                holder = self._holders[key] = Holder(key, self._make_room)
                holder.start()
            holder.used = time.monotonic()
            if holder.asked.qsize() >= LONGEST_QUEUE:
                raise CannotAnswer("busy", f"{request.model} is busy with {LONGEST_QUEUE} requests. Try in a minute.")
            holder.asked.put(Asked(request, arrived, reply))

    def _make_room(self, wanted: "Holder", needed: int) -> None:
        """Unloads others until `needed` bytes fit. CannotAnswer when they never can."""
        if needed > self._budget:
            raise CannotAnswer(
                "memory",
                f"{wanted.key[0]} needs about {needed / 1e9:.2g} GB; {self._budget / 1e9:.2g} GB are set aside for "
                "models here (HUGOPS_MODEL_MEMORY). Try a smaller one.",
            )
        with self._lock:
            others = sorted((each for each in self._holders.values() if each is not wanted), key=lambda each: each.used)
            while others and needed + sum(each.size for each in others) > self._budget:
                oldest = others.pop(0)
                del self._holders[oldest.key]
                oldest.end()
                log.info("unloaded %s to make room", oldest.key[0])
            wanted.size = needed


class Holder:
    """One model at one commit for one task, and the requests that wait for it."""

    def __init__(self, key: Key, make_room: Callable[["Holder", int], None]) -> None:
        self.key = key
        self.size = 0
        self.used = time.monotonic()
        self.is_working = False
        self.has_ended = False
        self.asked: queue.Queue[Asked | None] = queue.Queue()
        self._make_room = make_room
        self._thread = threading.Thread(target=self._run, name=f"model-{key[0]}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        """Answers what is queued, then lets go of the model."""
        self.has_ended = True
        self.asked.put(None)

    def _run(self) -> None:
        while True:
            first = self.asked.get()
            if first is None:
                return
            self.is_working = True
            try:
                task, loaded, load_seconds = self._load(first)
                break
            except Exception as error:  # noqa: BLE001  # the edge of this thread; `translate` logs what is unknown
                self.has_ended = True
                refusal = translate(error, self.key[0])
                self._refuse(first, refusal)
                self._refuse_waiting(refusal)
                return
            finally:
                self.is_working = False
        self._answer(task, loaded, [first], load_seconds)
        while (batch := self._gather()) is not None:
            self._answer(task, loaded, batch, 0.0)

    def _load(self, first: Asked) -> tuple[ModuleType, Any, float]:
        from jobs.inference import loading

        began = time.perf_counter()
        folder = loading.fetch(first.request)
        self._make_room(self, int(loading.needed_bytes(first.request, folder) * OVERHEAD))
        task, loaded = loading.load(first.request, folder)
        return task, loaded, time.perf_counter() - began

    def _gather(self) -> list[Asked] | None:
        """The next requests, those that come close together at once; None when the model is to go."""
        first = self.asked.get()
        if first is None:
            return None
        batch, deadline = [first], time.monotonic() + GATHER_SECONDS
        while len(batch) < LARGEST_BATCH:
            try:
                following = self.asked.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                break
            if following is None:
                self.asked.put(None)
                break
            batch.append(following)
        return batch

    def _answer(self, task: ModuleType, loaded: Any, batch: list[Asked], load_seconds: float) -> None:
        self.is_working = True
        try:
            for group in self._groups(batch):
                self._answer_group(task, loaded, group, load_seconds)
        finally:
            self.is_working = False

    def _groups(self, batch: list[Asked]) -> list[list[Asked]]:
        """Requests with the same options share a batch; those that came too late are told so."""
        groups: dict[str, list[Asked]] = {}
        for asked in batch:
            if asked.is_late:
                self._refuse(
                    asked, CannotAnswer("timeout", f"{self.key[0]} was too busy to answer in time. Try again.")
                )
            else:
                groups.setdefault(repr(sorted(asked.request.options.items())), []).append(asked)
        return list(groups.values())

    def _answer_group(self, task: ModuleType, loaded: Any, group: list[Asked], load_seconds: float) -> None:
        began = time.perf_counter()
        try:
            found = task.run(loaded, [asked.request.inputs for asked in group], group[0].request.options)
        except Exception as error:  # noqa: BLE001  # one bad input must not take down its neighbours
            if len(group) > 1:
                for asked in group:
                    self._answer_group(task, loaded, [asked], load_seconds)
                return
            self._refuse(group[0], translate(error, self.key[0]))
            return
        seconds = time.perf_counter() - began
        for asked, results in zip(group, found, strict=True):
            asked.reply(Answer(asked.request.id, results, seconds, load_seconds, loaded.device))

    def _refuse_waiting(self, refusal: CannotAnswer) -> None:
        while True:
            try:
                asked = self.asked.get_nowait()
            except queue.Empty:
                return
            if asked is not None:
                self._refuse(asked, refusal)

    @staticmethod
    def _refuse(asked: Asked, refusal: CannotAnswer) -> None:
        asked.reply(Answer(asked.request.id, error=refusal.kind, message=refusal.message))
