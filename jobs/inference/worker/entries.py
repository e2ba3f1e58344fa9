"""An entry of the queue: a request with how long it has, whether it is still wanted, where its answer goes."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from jobs.inference.protocol import News, Reply, Request
from jobs.inference.worker.errors import CannotAnswer

# The share of a request's time in which the model works; the rest is for the way back.
SHARE = 0.95


@dataclass(frozen=True)
class Entry:
    """A request, when it arrived, and where its answer and the news until then go.

    `begun` is set once its model works on it; until then whoever tends the queue may refuse it.
    """

    request: Request
    arrived: float
    send: Callable[[Reply | News], None]
    cancelled: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    _open: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(1))

    @property
    def deadline(self) -> float:
        return self.arrived + SHARE * self.request.seconds

    def answer(self, answer: Reply) -> None:
        """Sends the answer, unless it has one already."""
        if self._open.acquire(blocking=False):
            self.send(answer)

    def refuse(self, refusal: CannotAnswer) -> None:
        """Answers with the reason why there is no answer."""
        self.answer(Reply(self.request.id, error=refusal.kind, message=refusal.message))

    def tell(self, stage: str, *, text: str = "", done: int = 0, total: int = 0) -> None:
        """Sends news to whoever waits."""
        self.send(News(self.request.id, stage, text, done, total))

    def ensure_wanted(self) -> None:
        """CannotAnswer when nobody waits for the answer any more."""
        if self.cancelled.is_set():
            raise CannotAnswer("cancelled", "Stopped.")
