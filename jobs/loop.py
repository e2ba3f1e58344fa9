"""The one loop of a background thread: a round, a wait, and again, until it is stopped."""

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)


class Loop:
    """Calls `act` for each round, in a thread of its own; it returns the seconds until the next, if nothing wakes it.

    Whatever a round raises is logged, and the next one comes after `pause` seconds.
    """

    def __init__(self, name: str, act: Callable[[], float], *, pause: float, first: float = 0.0) -> None:
        self._act = act
        self._pause = pause
        self._first = first
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def is_stopping(self) -> bool:
        """Whether a round that takes long should come to its end."""
        return self._stop.is_set()

    def start(self) -> None:
        """The first round comes `first` seconds from now."""
        self._thread.start()

    def wake(self) -> None:
        """The next round comes now; during a round, right after it."""
        self._wake.set()

    def stop(self, timeout: float = 5.0) -> None:
        """Ends the thread after the round it is in; waits for that at most `timeout` seconds."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        wait = self._first
        while not self._stop.is_set():
            self._wake.wait(wait)
            if self._stop.is_set():
                return
            self._wake.clear()
            try:
                wait = self._act()
            except Exception:  # the edge of this thread: whatever it was, the next round must come
                log.exception("the %s stumbled; it goes on", self._thread.name)
                wait = self._pause
