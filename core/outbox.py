"""Deliveries to Slack: written with the state they tell of, sent in order, within Slack's rate, exactly once."""

import logging
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import URLError

from slack_sdk.errors import SlackApiError, SlackClientError

from core.slack_sender import NotPossible, Sender
from core.store import Database, Row, dump, load

log = logging.getLogger(__name__)

# Slack's own limits: about one post a second in a channel, and 50 chat.update a minute.
POST_EVERY = 1.05
EDIT_EVERY = 1.3
SAME_MESSAGE_EVERY = 2.5
MAX_TRIES = 8
# What the line and Slack do now and then; SlackClientError is also what an upload that broke off raises.
EXPECTED = (SlackClientError, URLError, OSError, HTTPException, NotPossible)


@dataclass(frozen=True)
class Message:
    """One message as it should look now. `key` names it for good: the same key later edits it.

    `pictures` maps a name to (path, alt text); a block `{"type": "image", "slack_file": {"id": "@name"}}`
    shows it. `thread` is the key of the message in whose thread it is posted, or a Slack ts.
    """

    key: str
    channel: str
    text: str
    about: str
    state: str
    blocks: list[dict[str, Any]] = field(default_factory=list)
    thread: str | None = None
    pictures: dict[str, tuple[str, str]] = field(default_factory=dict)


class Outbox:
    """`put` in the transaction that changes the state; a thread of its own sends."""

    def __init__(self, database: Database, sender: Sender, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._sender = sender
        self._clock = clock
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
        self._posted: dict[str, float] = {}
        self._edited: dict[str, float] = {}
        self._last_edit = 0.0
        self._paused: dict[str, float] = {}

    def put(self, message: Message) -> None:
        """Adds a delivery to the running transaction; one of the same message that still waits is rewritten."""
        body = dump({"text": message.text, "blocks": message.blocks, "pictures": message.pictures})
        with self._database.transaction() as connection:
            rewritten = connection.execute(
                "UPDATE deliveries SET body = ?, about = ?, state = ? WHERE message = ? AND status = 'waiting'",
                (body, message.about, message.state, message.key),
            )
            if not rewritten.rowcount:
                connection.execute(
                    "INSERT INTO deliveries(id, message, channel, thread, about, state, body, created)"
                    " VALUES (?,?,?,?,?,?,?,?)",
                    (
                        uuid.uuid4().hex,
                        message.key,
                        message.channel,
                        message.thread,
                        message.about,
                        message.state,
                        body,
                        self._clock(),
                    ),
                )
            # Woken any earlier, the sender would not see the row yet and go back to sleep.
            self._database.on_commit(self._wake.set)

    def location(self, key: str) -> tuple[str, str] | None:
        """Channel and ts of a message that was sent."""
        row = self._database.one("SELECT channel, ts FROM messages WHERE message = ?", (key,))
        return (row["channel"], row["ts"]) if row else None

    def adopt(self, key: str, channel: str, ts: str) -> None:
        """From now on this message, which somebody else posted, is the one of this key: what is put edits it."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO messages(message, channel, ts) VALUES (?,?,?)", (key, channel, ts)
            )

    def let_go(self, key: str) -> None:
        """What is put under this key is posted as a new message."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM messages WHERE message = ?", (key,))

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=12)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            try:
                wait = self.send_due()
            except Exception:  # the edge of this thread: whatever it is, deliveries must go on
                log.exception("the outbox stumbled; it goes on")
                wait = 1.0
            self._wake.wait(wait)
        self._database.close()

    def send_due(self) -> float:
        """Sends what may be sent now; returns the seconds until the next may."""
        wait = 5.0
        rows = self._database.all(
            # Word for word the condition of the index, or SQLite reads all that was ever delivered.
            "SELECT * FROM deliveries WHERE status IN ('waiting', 'sending') ORDER BY number LIMIT 200"
        )
        held: set[str] = set()
        for row in rows:
            if self._stop.is_set():
                return 0.0
            if row["message"] in held or (row["channel"] in held and not self._is_edit(row)):
                continue
            due = self._due(row)
            if due <= 0:
                due = self._send(row["number"])
            if due > 0:
                wait = min(wait, due)
                # What comes after it waits for it: later versions of the same message, later posts in the channel.
                held.add(row["message"] if self._is_edit(row) else row["channel"])
        return wait

    def _is_edit(self, row: Row) -> bool:
        return self.location(row["message"]) is not None

    def _due(self, row: Row) -> float:
        """Seconds until this delivery may be sent: Slack's rate, an earlier 429, or a pause after a failure."""
        now = self._clock()
        if self._is_edit(row):
            ready = max(
                self._edited.get(row["message"], 0) + SAME_MESSAGE_EVERY,
                self._last_edit + EDIT_EVERY,
                self._paused.get("edit", 0),
            )
        else:
            ready = max(self._posted.get(row["channel"], 0) + POST_EVERY, self._paused.get("post", 0))
            if self._head_is_on_its_way(row["thread"]):
                ready = max(ready, now + 0.2)
        return max(ready, float(row["not_before"])) - now

    def _head_is_on_its_way(self, thread: str | None) -> bool:
        if thread is None or _is_ts(thread) or self.location(thread) is not None:
            return False
        return bool(
            self._database.one(
                "SELECT 1 FROM deliveries WHERE message = ? AND status IN ('waiting', 'sending')", (thread,)
            )
        )

    def _send(self, number: int) -> float:
        """Sends one delivery; 0 when it is settled, else the seconds to wait."""
        with self._database.transaction() as connection:
            row = connection.execute("SELECT * FROM deliveries WHERE number = ?", (number,)).fetchone()
            # From here on `put` leaves this row alone, and a restart looks it up in Slack before it posts again.
            connection.execute(
                "UPDATE deliveries SET status = 'sending', tries = tries + 1 WHERE number = ?", (number,)
            )
        location = self.location(row["message"])
        try:
            if location is None:
                ts = self._post(row)
            else:
                ts = location[1]
                self._last_edit = self._edited[row["message"]] = self._clock()
                self._sender.edit(location[0], ts, self._content(row))
        except EXPECTED as error:
            return self._failed(row, error, "post" if location is None else "edit")
        except Exception as error:  # the edge of one delivery: whatever is wrong with it, the others go out
            log.exception("delivery %s about %s stumbled", row["id"], row["about"])
            return self._failed(row, error, "post" if location is None else "edit")
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO messages(message, channel, ts) VALUES (?,?,?) ON CONFLICT(message) DO NOTHING",
                (row["message"], row["channel"], ts),
            )
            connection.execute("UPDATE deliveries SET status = 'sent' WHERE number = ?", (number,))
        return 0.0

    def _post(self, row: Row) -> str:
        thread = row["thread"]
        if thread and not _is_ts(thread):
            head = self.location(thread)
            if head is None:
                raise NotPossible("the thread's first message was never sent")
            thread = head[1]
        if row["status"] == "sending":  # begun earlier, by this process or the one before it
            found = self._sender.find(row["channel"], thread, row["id"], since=row["created"])
            if found:
                log.info("delivery %s had already been sent", row["id"])
                return found
        self._posted[row["channel"]] = self._clock()
        return self._sender.post(row["channel"], thread, self._content(row))

    def _content(self, row: Row) -> dict[str, Any]:
        body: dict[str, Any] = load(row["body"])
        pictures = {name: self._upload(path, alt) for name, (path, alt) in body["pictures"].items()}
        metadata = {
            "event_type": "hugops",
            "event_payload": {"delivery": row["id"], "about": row["about"], "state": row["state"]},
        }
        return {"text": body["text"], "blocks": body["blocks"], "pictures": pictures, "metadata": metadata}

    def _upload(self, path: str, alt: str) -> str | None:
        file = Path(path)
        if not file.is_file():
            return None
        key = f"{path}@{file.stat().st_mtime_ns}"
        kept = self._database.one("SELECT file FROM uploads WHERE path = ?", (key,))
        if kept:
            return str(kept["file"])
        try:
            uploaded = self._sender.upload(file, alt)
        except SlackApiError as error:
            if not _is_final(error):
                raise
            log.error("Slack takes no picture (%s); the message goes out without it", error.response.get("error"))
            return None
        with self._database.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO uploads(path, file) VALUES (?,?)", (key, uploaded))
        return uploaded

    def _failed(self, row: Row, error: Exception, what: str) -> float:
        now = self._clock()
        if isinstance(error, SlackApiError) and error.response.status_code == 429:
            pause: float = float(error.response.headers.get("Retry-After", 1)) + 0.1
            self._paused[what] = now + pause
            with self._database.transaction() as connection:  # being asked to wait is no failure
                connection.execute("UPDATE deliveries SET tries = tries - 1 WHERE number = ?", (row["number"],))
            log.warning("Slack asks to wait %.0f s before the next %s", pause, what)
            return pause
        final = isinstance(error, NotPossible) or (isinstance(error, SlackApiError) and _is_final(error))
        if final or row["tries"] + 1 >= MAX_TRIES:
            log.error("delivery %s about %s failed for good: %s", row["id"], row["about"], error)
            with self._database.transaction() as connection:
                connection.execute(
                    "UPDATE deliveries SET status = 'failed', problem = ? WHERE number = ?",
                    (
                        type(error).__name__ if not isinstance(error, SlackApiError) else error.response.get("error"),
                        row["number"],
                    ),
                )
            return 0.0
        pause = min(60.0, 0.5 * float(2 ** int(row["tries"])))
        log.warning("delivery %s about %s failed (%s); again in %.1f s", row["id"], row["about"], error, pause)
        with self._database.transaction() as connection:
            connection.execute("UPDATE deliveries SET not_before = ? WHERE number = ?", (now + pause, row["number"]))
        return pause


def _is_ts(thread: str) -> bool:
    return thread.replace(".", "", 1).isdigit()


def _is_final(error: SlackApiError) -> bool:
    # Errors of Slack's own making pass; a message that it refuses will be refused again.
    passing = {
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
        "ratelimited",
        "rate_limited",
    }
    return (
        error.response.status_code != 429
        and error.response.status_code < 500
        and error.response.get("error") not in passing
    )
