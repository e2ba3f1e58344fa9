"""What an interaction leaves in the app's hands for a while: a trigger id, a response_url."""

import secrets
import time
from dataclasses import dataclass

from sandbox.documents import Document
from sandbox.workspace.errors import ApiError
from sandbox.workspace.rules.messages import refuse

TRIGGER_SECONDS = 3.0
# digits.digits.hex
TRIGGER_DOTS = 2
RESPONSE_SECONDS = 30 * 60
RESPONSE_USES = 5
TEAM_NUMBER = "7312904411"


@dataclass
class Trigger:
    """Permission to open a view for that user; `view_id` is the view it came from, if it came from one."""

    user: str
    view_id: str | None
    good_until: float
    used: bool = False


class Triggers:
    def __init__(self) -> None:
        self._triggers: dict[str, Trigger] = {}
        self._count = time.time_ns() // 1_000_000

    def new(self, user: str, view_id: str | None = None) -> str:
        self._count += 1
        trigger_id = f"{self._count}.{TEAM_NUMBER}.{secrets.token_hex(16)}"
        self._triggers[trigger_id] = Trigger(user, view_id, time.monotonic() + TRIGGER_SECONDS)
        return trigger_id

    def look(self, trigger_id: str) -> Trigger:
        """Raises `invalid_arguments`, or `invalid_`, `exchanged_` or `expired_trigger_id`."""
        if trigger_id.count(".") != TRIGGER_DOTS:
            raise refuse("invalid_arguments", ["invalid `trigger_id`"])
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise ApiError("invalid_trigger_id")
        if trigger.used:
            raise ApiError("exchanged_trigger_id")
        if time.monotonic() > trigger.good_until:
            raise ApiError("expired_trigger_id")
        return trigger


@dataclass
class ResponseUrl:
    """Permission to answer where a user did something: five times within half an hour.

    `original` is the message that was pressed: replacing and deleting mean that one. A command has none.
    """

    channel: str
    user: str
    original: Document | None
    thread_ts: str | None
    good_until: float
    uses: int = 0


class ResponseUrls:
    def __init__(self, base_url: str) -> None:
        self._base = base_url
        self._urls: dict[str, ResponseUrl] = {}

    def new(self, kind: str, channel: str, user: str, original: Document | None = None) -> str:
        """An address; `kind` is `commands` or `actions`."""
        token = secrets.token_urlsafe(24)
        thread_ts = original.get("thread_ts") if original else None
        good_until = time.monotonic() + RESPONSE_SECONDS
        self._urls[token] = ResponseUrl(channel, user, original, thread_ts, good_until)
        return f"{self._base}response/{kind}/{token}"

    def use(self, token: str) -> ResponseUrl:
        """Raises ApiError `used_url` or `expired_url`."""
        url = self._urls.get(token)
        if url is None or time.monotonic() > url.good_until:
            raise ApiError("expired_url")
        if url.uses >= RESPONSE_USES:
            raise ApiError("used_url")
        return url
