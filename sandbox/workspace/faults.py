"""Faults on demand: the next calls fail the way Slack's fail on a bad day.

Each is `{kind, method?, count?, seconds?}` and hits the next `count` (1) calls of the method, of any when left out:

- `rate_limit`: HTTP 429 with a `Retry-After` of `seconds` (1); the call is not carried out.
- `server_error`: HTTP 500; the call is not carried out.
- `hang`: the call is carried out at once and answered `seconds` (30) later: what a client sees that gives up waiting.
"""

import time
from dataclasses import dataclass

API_FAULTS = ("rate_limit", "server_error", "hang")


@dataclass
class ApiFault:
    """The next `count` calls of the method (of any when None) fail; `kind` is one of API_FAULTS, None its own time."""

    kind: str
    method: str | None
    count: int
    seconds: float | None


class Faults:
    def __init__(self) -> None:
        self._waiting: list[ApiFault] = []
        self._refused_until = 0.0
        self._refused_times = 0

    def add(self, fault: ApiFault) -> None:
        self._waiting.append(fault)

    def take(self, method: str) -> ApiFault | None:
        """The fault that this call meets, used up by one."""
        for fault in self._waiting:
            if fault.method in (None, method):
                fault.count -= 1
                if fault.count <= 0:
                    self._waiting.remove(fault)
                return fault
        return None

    def refuse_connections(self, count: int, seconds: float | None) -> None:
        """Refuses new sockets for so long; without `seconds`, the next `count` of them."""
        if seconds is None:
            self._refused_times = count
        else:
            self._refused_until = time.monotonic() + seconds

    def refuses_connection(self) -> bool:
        if self._refused_times > 0:
            self._refused_times -= 1
            return True
        return time.monotonic() < self._refused_until
