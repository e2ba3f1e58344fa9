"""The log of Web API calls, for tests and for the curious."""

from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

KEPT = 20_000


@dataclass
class Call:
    """One call: when (Unix time), which method, whose token, what was asked, what was answered."""

    time: float
    method: str
    caller: str
    args: dict[str, Any]
    status: int = 0
    answer: dict[str, Any] = field(default_factory=dict)
    ms: float = 0.0


class CallLog:
    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=KEPT)

    def add(self, call: Call) -> None:
        self._calls.append(call)

    def of(self, method: str | None) -> list[dict[str, Any]]:
        """The calls of that method (of all methods when None), oldest first."""
        return [asdict(call) for call in self._calls if method in (None, call.method)]
