"""The downloads counter: a caller's visits to one repo within five minutes are one download."""

import threading
import time

from sandbox.hub.records import StoredRepo
from sandbox.hub.store import HubStore

WINDOW_SECONDS = 300


class Downloads:
    def __init__(self, store: HubStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._seen: dict[tuple[int, str], float] = {}

    def note(self, repo: StoredRepo, caller: str) -> None:
        """Counts a download, unless it belongs to one that was counted already."""
        moment = time.monotonic()
        with self._lock:
            last = self._seen.get((repo.number, caller))
            self._seen[repo.number, caller] = moment
        if last is None or moment - last > WINDOW_SECONDS:
            self._store.add_download(repo)
