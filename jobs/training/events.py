"""The only channel from the training worker to the bot: an append-only file of JSON lines. Torch-free."""

import json
import math
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

EVENTS_FILE = "events.jsonl"
TERMINAL = frozenset({"finished", "failed", "cancelled"})


class EventLog:
    """Appends events; each is on the disk when `emit` returns. Safe to share between threads.

    `seq` goes on where an earlier attempt stopped, and nothing follows an attempt's terminal event.
    """

    def __init__(self, path: Path, attempt: int) -> None:
        self.attempt = attempt
        self._lock = threading.Lock()
        self._ended = False
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self._cut_torn_line()
        last = 0
        for event in read_events(path):
            last = event["seq"]
        self._seq = last

    def emit(self, event_type: str, /, **fields: object) -> bool:
        """Write one event; False when the attempt has ended already."""
        with self._lock:
            if self._ended:
                return False
            self._seq += 1
            at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            event = {
                "seq": self._seq,
                "at": at,
                "attempt": self.attempt,
                "type": event_type,
                **{name: _finite(value) for name, value in fields.items()},
            }
            line = json.dumps(event, ensure_ascii=False, allow_nan=False) + "\n"
            os.write(self._file, line.encode())
            os.fsync(self._file)
            self._ended = event_type in TERMINAL
            return True

    def _cut_torn_line(self) -> None:
        # A kill in the middle of a write leaves a line without its end, which no reader takes for an event.
        content = os.pread(self._file, os.fstat(self._file).st_size, 0)
        os.ftruncate(self._file, content.rfind(b"\n") + 1)


def read_events(path: Path) -> Iterator[dict[str, Any]]:
    """The events that are complete in the file, oldest first."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.endswith("\n"):
                yield json.loads(line)


def _finite(value: object) -> object:
    """JSON has no NaN and no infinity: they become null."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
