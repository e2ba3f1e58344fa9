"""All models in memory, within a budget; each has a thread of its own, in holder.py."""

import logging
import threading
import time
from collections.abc import Callable

from core.tasks import TASKS
from jobs.inference.protocol import TOKENIZE, Held
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.errors import CannotAnswer
from jobs.inference.worker.holder import Holder, ModelKey
from jobs.inference.worker.limits import WorkerLimits

log = logging.getLogger(__name__)
LONGEST_QUEUE = 256
# A model that nobody asked for this long leaves memory.
IDLE_SECONDS = 600.0
DTYPES = ("", "int8")


class Library:
    """The least recently used models go first when another needs their place, and none that is at work."""

    def __init__(self, limits: WorkerLimits, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self._clock = clock
        self._changed = threading.Condition()
        self._holders: dict[ModelKey, Holder] = {}
        # Those that have been told to go hold their memory until they have gone.
        self._leaving: list[Holder] = []

    def clock(self) -> float:
        return self._clock()

    @property
    def is_busy(self) -> bool:
        with self._changed:
            return any(holder.is_busy for holder in (*self._holders.values(), *self._leaving))

    def held(self) -> list[Held]:
        """What is in memory or on the way there."""
        with self._changed:
            return [holder.about() for holder in self._holders.values()]

    def submit(self, entry: Entry) -> None:
        """Queues the request with its model, which is loaded first if need be. CannotAnswer when too many wait."""
        request = entry.request
        if request.task not in TASKS and request.task != TOKENIZE:
            raise CannotAnswer("input", f"I cannot run {request.task} yet. `/hf help run` lists the tasks.")
        if request.dtype not in DTYPES:
            raise CannotAnswer("input", "`dtype` can only be int8. Leave it out for the usual type.")
        key = ModelKey(request.model, request.revision, request.task, request.dtype)
        with self._changed:
            holder = self._holders.get(key)
            if holder is None:
                holder = self._holders[key] = Holder(key, self)
                holder.start()
            waiting, seconds = holder.queue.qsize(), holder.seconds_until_free()
            if waiting >= LONGEST_QUEUE or (waiting and seconds > request.seconds):
                raise CannotAnswer("busy", f"{request.model} is busy, about {seconds:.0f} s. Try again then.")
            holder.used = self._clock()
            holder.queue.put(entry)

    def refuse_late(self, entry: Entry) -> None:
        """Answers a request whose time is up before its model came to it."""
        request = entry.request
        with self._changed:
            holder = self._holders.get(ModelKey(request.model, request.revision, request.task, request.dtype))
        if holder is not None and holder.state != "ready":
            sentence = f"{request.model} is still being fetched and loaded. Ask again in a minute."
        else:
            seconds = holder.seconds_until_free() if holder is not None else 0.0
            sentence = f"{request.model} was too busy to answer in time, for about {seconds:.0f} s more. Try again."
        entry.refuse(CannotAnswer("timeout", sentence))

    def make_room(self, wanted: Holder, size: int, deadline: float) -> None:
        """Unloads others until `size` bytes fit and are set aside. CannotAnswer when others are at work until then."""
        budget = self.limits.budget
        with self._changed:
            while size + sum(each.size for each in (*self._holders.values(), *self._leaving)) > budget:
                idle = [each for each in self._holders.values() if each.size and not each.is_busy]
                if idle and size + sum(each.size for each in self._holders.values()) > budget:
                    self._send_away(min(idle, key=lambda each: each.used), "to make room")
                if not self._changed.wait(deadline - time.monotonic()):
                    raise CannotAnswer(
                        "busy", "Other models are at work and take all memory set aside for models. Try in a minute."
                    )
            wanted.size = size

    def drop_idle(self) -> None:
        """Unloads what nobody asked for long."""
        with self._changed:
            for holder in list(self._holders.values()):
                if not holder.is_busy and self._clock() - holder.used > IDLE_SECONDS:
                    self._send_away(holder, "since nobody asks for it")

    def has_worked(self) -> None:
        """Tells those who wait for room that a model is at rest."""
        with self._changed:
            self._changed.notify_all()

    def let_go(self, holder: Holder) -> list[Entry]:
        """Forgets a model that is out of memory; the requests that still waited for it."""
        with self._changed:
            if self._holders.get(holder.key) is holder:
                del self._holders[holder.key]
            if holder in self._leaving:
                self._leaving.remove(holder)
            holder.size = 0
            self._changed.notify_all()
            waiting = []
            while not holder.queue.empty():
                entry = holder.queue.get_nowait()
                if entry is not None:
                    waiting.append(entry)
            return waiting

    def _send_away(self, holder: Holder, why: str) -> None:
        del self._holders[holder.key]
        self._leaving.append(holder)
        holder.queue.put(None)
        log.info("unloading %s %s", holder.key.model, why)
