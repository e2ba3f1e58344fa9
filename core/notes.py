"""Notes that one person sees in a channel, and what becomes of those that Slack does not take there, or not yet."""

import logging
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from core.blocks.parts import Blocks
from core.outbox import Message, Outbox

log = logging.getLogger(__name__)
# A note that would have to wait longer becomes a direct message, which waits without end and across a restart.
LONGEST_WAIT = 120.0
# After an error of Slack's own making, which names no time.
ERROR_PAUSE = 1.0


@dataclass(frozen=True)
class Note:
    """A note for one person; `thread` is a thread that has a reply, since Slack shows no note in another."""

    channel: str
    user: str
    text: str
    blocks: Blocks
    thread: str | None = None


@dataclass(frozen=True)
class _Waiting:
    note: Note
    until: float


class Notes:
    """Sends notes as ephemeral messages, in order; of those that wait for one person the newest goes first.

    Nobody waits for Slack's rate here: a thread of its own sends what waits, and ends when nothing does.
    """

    def __init__(self, client: WebClient, outbox: Outbox, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._outbox = outbox
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: list[_Waiting] = []

    def send(self, note: Note) -> None:
        """Sends it, or puts it behind those that wait."""
        entry = _Waiting(note, self._clock() + LONGEST_WAIT)
        with self._lock:
            if self._waiting:
                self._waiting.append(entry)
                return
        pause = self._send(entry)
        if pause:
            with self._lock:
                self._waiting.append(entry)
                is_first = len(self._waiting) == 1
            if is_first:
                threading.Thread(target=self._send_waiting, args=(pause,), name="notes", daemon=True).start()

    def _send_waiting(self, pause: float) -> None:
        try:
            while pause >= 0:
                threading.Event().wait(pause)
                pause = self._send_next()
        finally:
            self._outbox.close()

    def _send_next(self) -> float:
        """Sends the newest note of the person who waits longest; the seconds until the next, -1 when none is left."""
        with self._lock:
            entry = next(one for one in reversed(self._waiting) if one.note.user == self._waiting[0].note.user)
        try:
            pause = self._send(entry)
        except Exception:  # the edge of one note: the others go out
            log.exception("a note for %s is lost", entry.note.user)
            pause = 0.0
        if pause:
            return pause
        with self._lock:
            self._waiting.remove(entry)
            return 0.0 if self._waiting else -1.0

    def _send(self, entry: _Waiting) -> float:
        """Sends it now, as a direct message where Slack does not take it; else the seconds that it has to wait."""
        note = entry.note
        try:
            self._client.chat_postEphemeral(
                channel=note.channel,
                user=note.user,
                thread_ts=note.thread,
                text=note.text,
                blocks=note.blocks or None,
            )
        except SlackApiError as error:
            pause = _pause_after(error)
            if pause and self._clock() + pause <= entry.until:
                log.warning("Slack asks to wait %.0f s before the next note", pause)
                return pause
            log.warning("a note for %s is a direct message instead (%s)", note.user, error.response.get("error"))
            self._write(note)
        return 0.0

    def _write(self, note: Note) -> None:
        key = f"answer/{uuid.uuid4().hex}"
        self._outbox.put(Message(key, note.user, note.text, "answer", "answered", note.blocks))


def _pause_after(error: SlackApiError) -> float:
    """The seconds after which Slack may take the same; 0 when it never will."""
    if error.response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        return float(error.response.headers.get("Retry-After", 1))
    return ERROR_PAUSE if error.response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR else 0.0
