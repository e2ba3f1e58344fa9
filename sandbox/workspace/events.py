"""The Events API: who is told what, and told again when nobody acknowledged."""

import asyncio
import copy
import logging
import time
from collections import deque
from collections.abc import Coroutine

from sandbox.documents import Document
from sandbox.workspace.people import APP_ID, BOT_USER, TEAM_ID
from sandbox.workspace.state import WorkspaceState, channel_kind, new_id
from sandbox.workspace.transport import AppDelivery, Transport, UndeliveredError

RETRY_DELAYS = (0.0, 60.0, 300.0)
REMEMBERED = 1000
log = logging.getLogger(__name__)
ANY_CHANNEL_READ = ("channels:read", "groups:read", "im:read", "mpim:read")
SCOPES: dict[str, tuple[str, ...]] = {
    "app_mention": ("app_mentions:read",),
    "app_home_opened": (),
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "message.im": ("im:history",),
    "message.mpim": ("mpim:history",),
    "link_shared": ("links:read",),
    "reaction_added": ("reactions:read",),
    "reaction_removed": ("reactions:read",),
    "member_joined_channel": ANY_CHANNEL_READ,
    "member_left_channel": ANY_CHANNEL_READ,
    "channel_left": ("channels:read", "groups:read"),
    "channel_archive": ("channels:read",),
    "channel_unarchive": ("channels:read",),
    "channel_rename": ("channels:read",),
    "team_join": ("users:read",),
    "user_change": ("users:read",),
    "file_shared": ("files:read",),
    "agent_session_stopped": ("assistant:write",),
}
MESSAGE_EVENTS = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}


class EventsApi:
    """Sends the app the events that its manifest subscribes to and its scopes allow."""

    def __init__(self, workspace: WorkspaceState, transport: Transport, verification_token: str) -> None:
        self._workspace = workspace
        self._transport = transport
        self._token = verification_token
        self._sent: deque[Document] = deque(maxlen=REMEMBERED)
        self._repeat_next = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def hears(self, name: str) -> bool:
        """Whether the app is subscribed to this event and has a scope for it."""
        manifest, scopes = self._workspace.manifest, SCOPES[name]
        return name in manifest.events and (not scopes or bool(set(scopes) & set(manifest.scopes)))

    def emit(self, name: str, event: Document, channel: Document | None = None) -> bool:
        """Delivers in the background, if the app may hear of it: subscribed, in scope, in the channel."""
        if not self.hears(name):
            return False
        if channel is not None and BOT_USER not in channel["members"]:
            return False
        body = self._wrap(event)
        self._sent.append(body)
        self._start(self._deliver(body))
        if self._repeat_next > 0:
            self._repeat_next -= 1
            self._repeat(body)
        return True

    def emit_message(self, event: Document, channel: Document) -> None:
        """A message event of whatever subtype."""
        kind = channel_kind(channel)
        self.emit(MESSAGE_EVENTS[kind], {**event, "channel_type": kind}, channel)

    def _wrap(self, event: Document) -> Document:
        return {
            "token": self._token,
            "team_id": TEAM_ID,
            "context_team_id": TEAM_ID,
            "context_enterprise_id": None,
            "api_app_id": APP_ID,
            "event": copy.deepcopy(event),
            "type": "event_callback",
            "event_id": new_id("Ev"),
            "event_time": int(time.time()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": TEAM_ID,
                    "user_id": BOT_USER,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
            "event_context": f"4-{new_id('')}",
        }

    async def _deliver(self, body: Document, retry: int = 0, reason: str = "") -> None:
        while True:
            try:
                await self._transport.send(AppDelivery("events_api", body, retry=retry, retry_reason=reason))
            except UndeliveredError as failure:
                if retry >= len(RETRY_DELAYS) or not failure.retry:
                    log.warning("event %s was given up: %s", body["event_id"], failure.reason)
                    return
                await asyncio.sleep(RETRY_DELAYS[retry])
                retry, reason = retry + 1, failure.reason
            else:
                return

    def _repeat(self, body: Document) -> None:
        self._start(self._deliver(body, retry=1, reason="timeout"))
        self._start(self._deliver({**body, "event_id": new_id("Ev")}))

    def redeliver(self, count: int) -> int:
        """Sends the last `count` events again, each under its old id and under a new one.

        Where there were fewer, the next ones are sent again as they come. Answers how many were sent now.
        """
        last = list(self._sent)[-count:]
        for body in last:
            self._repeat(body)
        self._repeat_next += count - len(last)
        return len(last)
