"""Takes releases through their steps on the Hub, one after the other, and again after a failure or a restart."""

import time

from jobs.loop import Loop
from jobs.publishing.steps import Publishing, advance

FIRST_PAUSE = 5.0
LONGEST_PAUSE = 600.0


class Publisher:
    """One thread, so that two releases of one repo never race for a version."""

    def __init__(self, publishing: Publishing) -> None:
        self._publishing = publishing
        self._again: dict[int, tuple[float, float]] = {}
        self._loop = Loop("publisher", self.round, pause=FIRST_PAUSE)
        self.start, self.wake = self._loop.start, self._loop.wake

    def stop(self) -> None:
        """Ends the thread after the step it is in; what is left is done at the next start."""
        self._loop.stop()

    def round(self) -> float:
        """Works on everything that is due; returns the seconds until something is due again."""
        wait = LONGEST_PAUSE
        for release in self._publishing.releases.pending():
            if self._loop.is_stopping:
                return 0.0
            due, pause = self._again.get(release.number, (0.0, FIRST_PAUSE))
            if due > time.monotonic():
                wait = min(wait, due - time.monotonic())
                continue
            # Whatever happens in there, the next try comes later than this one.
            self._again[release.number] = (time.monotonic() + pause, min(LONGEST_PAUSE, pause * 2))
            advance(self._publishing, release)
            if self._publishing.releases.get(release.id).state != release.state:
                self._again.pop(release.number, None)
            wait = min(wait, pause)
        return wait
