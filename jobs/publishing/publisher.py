"""Takes releases through their steps on the Hub, one after the other, and again after a failure or a restart."""

import logging
import threading
import time

from jobs.publishing.steps import Workbench, advance

log = logging.getLogger(__name__)
FIRST_PAUSE = 5.0
LONGEST_PAUSE = 600.0


class Publisher:
    """One thread, so that two releases of one repo never race for a version."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._again: dict[int, tuple[float, float]] = {}
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """There may be something to do now."""
        self._wake.set()

    def stop(self) -> None:
        """Ends the thread after the step it is in; what is left is done at the next start."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            wait = LONGEST_PAUSE
            try:
                wait = self.round()
            except Exception:  # the edge of this thread: the other releases must go on
                log.exception("the publisher stumbled; it goes on")
                wait = FIRST_PAUSE
            self._wake.wait(wait)

    def round(self) -> float:
        """Works on everything that is due; returns the seconds until something is due again."""
        wait = LONGEST_PAUSE
        for release in self._bench.releases.pending():
            if self._stop.is_set():
                return 0.0
            due, pause = self._again.get(release.number, (0.0, FIRST_PAUSE))
            if due > time.monotonic():
                wait = min(wait, due - time.monotonic())
                continue
            # Whatever happens in there, the next try comes later than this one.
            self._again[release.number] = (time.monotonic() + pause, min(LONGEST_PAUSE, pause * 2))
            advance(self._bench, release)
            if self._bench.releases.get(release.id).state != release.state:
                self._again.pop(release.number, None)
            wait = min(wait, pause)
        return wait
