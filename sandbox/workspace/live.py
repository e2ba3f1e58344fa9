"""What the page of the workspace is told, as it happens.

The page's contract, complete:

``GET /sandbox/bootstrap?user=ana`` answers::

    {"ok": true,
     "me": USER, "users": [USER…], "team": {id, name, domain, url},
     "bot": {user_id, bot_id, app_id, name, stoppable},      stoppable: its streaming messages have a stop button
     "channels": [CHANNEL…],      public ones, and private ones that the user is in
     "dms": [CHANNEL…],           the user's direct messages; each also has "user": the other side's id
     "commands": [{command, description, usage_hint}],       from the manifest, and the built-in /invite
     "shortcuts": [{name, type: "global"|"message", callback_id, description}],
     "usergroups": [{id, handle, name, users}],
     "story": [{title, user, channel, type, text}]}          steps for a newcomer, from page/story.json

``USER`` and ``CHANNEL`` are Slack's objects (``id``, ``name``, ``profile``, ``is_bot``, ``tz`` …; ``id``,
``name``, ``is_private``, ``is_im``, ``topic``, ``num_members`` …). For this user, a channel also has
``is_member`` (the user is in it), ``bot_is_member``, ``members`` (user ids), ``unread`` (messages since the
user's last ``POST /sandbox/read {user, channel}``), and ``latest`` (ts of its newest message, or null).

``GET /sandbox/messages?channel=&user=[&thread_ts=]`` answers ``{"ok": true, "channel": id, "messages":
[MESSAGE…]}``, oldest first. Without ``thread_ts``: the channel's own messages (and replies that were also
sent to the channel); with it: the parent, then its replies. Ephemeral messages of this user stand among them
with ``is_ephemeral: true``. A parent has ``reply_count``, ``reply_users``, ``latest_reply``; any message may
have ``reactions`` ``[{name, users, count}]``, ``files`` (file objects: fetch the bytes from
``/sandbox/files/ID``), ``edited``, ``metadata``. Bot messages have ``bot_id`` and ``bot_profile.name``, and while
they stream ``streaming_state: "in_progress"``, ``completed`` afterwards: each piece comes as ``changed``.
``GET /sandbox/views?user=`` answers ``{"ok": true, "views": [VIEW…], "home": VIEW|null}``; the last of
``views`` is the one on top.

WebSocket ``/sandbox/live?user=ana`` sends that user's events, one JSON object a frame (what the page sends is
ignored)::

    {"type": "message",      "channel": id, "message": MESSAGE}     posted (thread_ts set: a reply)
    {"type": "changed",      "channel": id, "message": MESSAGE}     edited, or a parent whose replies changed
    {"type": "deleted",      "channel": id, "ts": ts, "thread_ts": ts|null}
    {"type": "ephemeral",    "channel": id, "message": MESSAGE}     for this user alone; known ts: replaced
    {"type": "reaction",     "channel": id, "message": MESSAGE}     its reactions changed
    {"type": "view_opened" | "view_updated" | "view_closed", "view": VIEW}
    {"type": "home",         "view": VIEW}
    {"type": "channel",      "channel": CHANNEL}                    new, or its members changed

A deleted ephemeral message is told as ``deleted``. Events sent while the socket was down are not repeated:
ask for bootstrap and messages again after a reconnect. ``VIEW`` is Slack's view object; ``view.state.values``
holds what the user has entered so far.

What the page's buttons send is the user's side: ``POST /sandbox/{message, command, click, submit, close,
shortcut, suggest, home, react, read, stop}``, see ``user_side.py``; scripts have ``{archive, rename, remove, guest,
deactivate}`` besides.
"""

import asyncio
import copy
from collections import defaultdict
from collections.abc import Iterable

from sandbox.documents import Document

MAX_WAITING = 1000


class LivePages:
    """Sends each user's events to that user's open pages."""

    def __init__(self) -> None:
        self._pages: dict[str, set[asyncio.Queue[Document | None]]] = defaultdict(set)

    def open(self, user: str) -> asyncio.Queue[Document | None]:
        """A queue of this user's events from now on; None says that the page fell too far behind."""
        queue: asyncio.Queue[Document | None] = asyncio.Queue()
        self._pages[user].add(queue)
        return queue

    def close(self, user: str, queue: asyncio.Queue[Document | None]) -> None:
        self._pages[user].discard(queue)

    def close_all(self) -> None:
        """Ends every page's stream, so that the server can stop."""
        for queues in self._pages.values():
            for queue in queues:
                queue.put_nowait(None)

    def tell(self, users: Iterable[str], event: Document) -> None:
        """Pushes one event to these users' pages."""
        pages = [(user, queue) for user in users for queue in self._pages.get(user, ())]
        if not pages:
            return
        # The documents live on, and may change before a slow page has read this event.
        event = copy.deepcopy(event)
        for user, queue in pages:
            if queue.qsize() >= MAX_WAITING:
                self.close(user, queue)
                queue.put_nowait(None)
            else:
                queue.put_nowait(event)
