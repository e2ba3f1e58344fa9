"""Answers while somebody types: from memory at once, and never later than Slack waits, however slow the Hub is."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock

from core.errors import HugopsError

log = logging.getLogger(__name__)
WAIT_SECONDS = 2.0  # Slack gives up after three, the way there and back included
FRESH_SECONDS = 60.0
KEPT = 500
ASKED_AT_ONCE = 20

Names = tuple[str, ...]


@dataclass(frozen=True)
class _Known:
    names: Names
    at: float


class TypeAhead:
    """Remembers what `ask` answered to what was typed; what is no longer fresh is shown while it is asked anew."""

    def __init__(
        self, ask: Callable[[str], Names], wait: float = WAIT_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._ask = ask
        self._wait = wait
        self._clock = clock
        self._lock = Lock()
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._asked: dict[str, Future[Names]] = {}
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="typeahead")

    def find(self, typed: str) -> Names:
        """The names for what was typed; those of what was typed before it where nothing better comes in time."""
        key = typed.strip().lower()
        with self._lock:
            known = self._known.get(key)
            if known:
                self._known.move_to_end(key)
                if self._clock() - known.at < FRESH_SECONDS:
                    return known.names
            asked = self._begin(key)
        if known:
            return known.names
        try:
            return asked.result(self._wait) if asked else self._nearest(key)
        except (TimeoutError, HugopsError):
            return self._nearest(key)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _begin(self, key: str) -> Future[Names] | None:
        """The question that is under way for this key, or a new one; None where too many are."""
        if key not in self._asked and len(self._asked) < ASKED_AT_ONCE:
            self._asked[key] = self._pool.submit(self._learn, key)
        return self._asked.get(key)

    def _learn(self, key: str) -> Names:
        try:
            names = self._ask(key)
            with self._lock:
                self._known[key] = _Known(names, self._clock())
                self._known.move_to_end(key)
                if len(self._known) > KEPT:
                    self._known.popitem(last=False)
            return names
        except HugopsError as error:
            log.info("no names for what is typed: %s", error.sentence)
            raise
        finally:
            with self._lock:
                self._asked.pop(key, None)

    def _nearest(self, key: str) -> Names:
        with self._lock:
            for end in range(len(key), 0, -1):
                if known := self._known.get(key[:end]):
                    return tuple(name for name in known.names if key in name.lower())
        return ()
