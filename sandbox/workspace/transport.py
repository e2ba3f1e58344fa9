"""How something reaches the app: one contract for Socket Mode and HTTP mode."""

from dataclasses import dataclass
from typing import Literal, Protocol

from sandbox.documents import Document

ACK_SECONDS = 3.0
Kind = Literal["events_api", "interactive", "slash_commands"]


@dataclass(frozen=True)
class AppDelivery:
    """One payload on its way; `retry` counts from 1 for what is sent again, and then has a reason."""

    kind: Kind
    payload: Document
    accepts_response: bool = False
    retry: int = 0
    retry_reason: str = ""


@dataclass(frozen=True)
class AppAck:
    """The app's acknowledgement: how long it took, and the response that came with it (None when empty)."""

    ms: float
    response: Document | None


class UndeliveredError(Exception):
    """The app did not acknowledge. `retry` is False where it asked not to be told again."""

    def __init__(self, reason: str, retry: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry = retry


class Transport(Protocol):
    async def send(self, delivery: AppDelivery) -> AppAck:
        """Delivers and waits for the acknowledgement; raises UndeliveredError without one in 3 s."""


def read_response(body: object) -> Document | None:
    """A response as an object: plain text is a message with that text, nothing is None."""
    if isinstance(body, str):
        return {"text": body} if body else None
    return body if isinstance(body, dict) and body else None
