"""Looks at everything that is watched, once a round."""

import logging
import threading

from core.errors import HubError
from core.watches import Watches

log = logging.getLogger(__name__)


class Watcher:
    """One thread; a target that the Hub refuses waits for the next round and holds up no other."""

    def __init__(self, watches: Watches, every_seconds: float) -> None:
        self._watches = watches
        self._every = every_seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            try:
                self.round()
            except Exception:  # the edge of this thread: the next round must come
                log.exception("the watcher stumbled; it goes on")

    def round(self) -> None:
        """Looks at each target once."""
        for target, kind in self._watches.targets():
            if self._stop.is_set():
                return
            try:
                self._watches.look_at(target, kind)
            except HubError as error:
                log.warning("%s could not be looked at: %s", target, error.sentence)
            except Exception:  # the edge of one target: the others must not starve behind it
                log.exception("%s could not be looked at", target)
