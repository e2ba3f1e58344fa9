"""The log of Web API calls, for tests and for the curious."""

from collections import deque
from dataclasses import asdict, dataclass, field

from sandbox.documents import Document

KEPT = 20_000


@dataclass
class ApiCall:
    """One call: when (Unix time), which method, whose token, what was asked, what was answered."""

    time: float
    method: str
    caller: str
    args: Document
    status: int = 0
    answer: Document = field(default_factory=dict)
    ms: float = 0.0


class CallLog:
    def __init__(self) -> None:
        self._calls: deque[ApiCall] = deque(maxlen=KEPT)

    def add(self, call: ApiCall) -> None:
        self._calls.append(call)

    def of(self, method: str | None) -> list[Document]:
        """The calls of that method (of all methods when None), oldest first."""
        return [asdict(call) for call in self._calls if method in (None, call.method)]
