"""Looks at everything that is watched, once a round."""

import logging

from core.errors import HubError
from core.watches import Watches
from jobs.loop import Loop

log = logging.getLogger(__name__)


class Watcher:
    """One thread; a target that the Hub refuses waits for the next round and holds up no other."""

    def __init__(self, watches: Watches, every_seconds: float) -> None:
        self._watches = watches
        self._every = every_seconds
        self._loop = Loop("watcher", self.round, pause=every_seconds, first=every_seconds)
        self.start, self.stop = self._loop.start, self._loop.stop

    def round(self) -> float:
        """Looks at each target once; returns the seconds until the next round."""
        for target, kind in self._watches.targets():
            if self._loop.is_stopping:
                break
            try:
                self._watches.look_at(target, kind)
            except HubError as error:
                log.warning("%s could not be looked at: %s", target, error.sentence)
            except Exception:  # the edge of one target: the others must not starve behind it
                log.exception("%s could not be looked at", target)
        return self._every
