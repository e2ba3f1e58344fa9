"""How often Slack lets hugops edit."""

import threading
import time
from collections.abc import Callable

# Slack takes 50 chat.update a minute, of all messages together.
EDIT_EVERY = 1.3


class EditPace:
    """The one budget of edits that cards and growing answers share."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._next = 0.0

    def wait(self) -> float:
        """Seconds until somebody may edit."""
        return max(0.0, self._next - self._clock())

    def take(self) -> float:
        """0 for who may edit now, and nobody else for a while; else the seconds until the next may."""
        with self._lock:
            wait = self.wait()
            if not wait:
                self._next = self._clock() + EDIT_EVERY
            return wait

    def rest(self, seconds: float) -> None:
        """Slack asked for it."""
        with self._lock:
            self._next = max(self._next, self._clock() + seconds)
