"""Sends deliveries to Slack: in order, within Slack's rate, exactly once."""

import logging
import time
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from urllib.error import URLError

from slack_sdk.errors import SlackApiError, SlackClientError

from core.listeners import Listeners
from core.pace import EditPace
from core.slack_sender import Content, NotPossible, Sender, is_final
from core.store import Database, deliveries, load
from core.store.deliveries import Delivery
from jobs.loop import Loop

log = logging.getLogger(__name__)

# Slack's own limit is about one post a second in a channel.
POST_EVERY = 1.05
SAME_MESSAGE_EVERY = 2.5
MAX_TRIES = 8
IDLE_SECONDS = 5.0
HEAD_SECONDS = 0.2  # until a thread's first message, which is on its way, is looked for again
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
STOP_SECONDS = 12.0
TOO_MANY_REQUESTS = 429
# What the line and Slack do now and then; SlackClientError is also what an upload that broke off raises.
EXPECTED = (SlackClientError, URLError, OSError, HTTPException, NotPossible)


class Postman:
    """One thread; what it must remember across a restart stands in the rows of the deliveries.

    `lost` tells of a delivery that will never be sent, and Slack's word for why.
    """

    def __init__(
        self,
        database: Database,
        sender: Sender,
        clock: Callable[[], float] = time.time,
        edits: EditPace | None = None,
    ) -> None:
        self._database = database
        self._sender = sender
        self._clock = clock
        self._posted: dict[str, float] = {}
        self._edited: dict[str, float] = {}
        self._edits = edits or EditPace(clock)
        self._paused = 0.0
        self.lost = Listeners[[Delivery, str]]()
        self._loop = Loop("postman", self.send_due, pause=1.0)
        self.start, self.wake = self._loop.start, self._loop.wake

    def stop(self) -> None:
        """Ends the thread after the delivery that it is at."""
        self._loop.stop(STOP_SECONDS)

    def send_due(self) -> float:
        """Sends what may be sent now; returns the seconds until the next may."""
        wait = IDLE_SECONDS
        held: set[str] = set()
        for delivery in deliveries.open_ones(self._database):
            if self._loop.is_stopping:
                return 0.0
            is_edit = self._is_edit(delivery)
            if delivery.message in held or (delivery.channel in held and not is_edit):
                continue
            due = self._due(delivery)
            if due <= 0:
                due = self._send(delivery.number)
            if due > 0:
                wait = min(wait, due)
                # What comes after it waits for it: later versions of the same message, later posts in the channel.
                held.add(delivery.message if self._is_edit(delivery) else delivery.channel)
        return wait

    def _is_edit(self, delivery: Delivery) -> bool:
        return deliveries.location(self._database, delivery.message) is not None

    def _due(self, delivery: Delivery) -> float:
        """Seconds until this delivery may be sent: Slack's rate, an earlier 429, or a pause after a failure."""
        now = self._clock()
        if self._is_edit(delivery):
            ready = max(self._edited.get(delivery.message, 0) + SAME_MESSAGE_EVERY, delivery.not_before)
            return ready - now if ready > now else self._edits.take()
        ready = max(self._posted.get(delivery.channel, 0) + POST_EVERY, self._paused, delivery.not_before)
        if self._head_is_on_its_way(delivery.thread):
            ready = max(ready, now + HEAD_SECONDS)
        return ready - now

    def _head_is_on_its_way(self, thread: str | None) -> bool:
        if thread is None or _is_ts(thread) or deliveries.location(self._database, thread) is not None:
            return False
        return deliveries.is_open(self._database, thread)

    def _send(self, number: int) -> float:
        """Sends one delivery; 0 when it is settled, else the seconds to wait."""
        with self._database.transaction() as connection:
            delivery = deliveries.begin(connection, number)
        location = deliveries.location(self._database, delivery.message)
        try:
            if location is None:
                place = self._post(delivery)
            else:
                place = self._channel_of(location[0]), location[1]
                self._edited[delivery.message] = self._clock()
                self._sender.edit(*place, self._content(delivery))
        except EXPECTED as error:
            return self._failed(delivery, error, is_edit=location is not None)
        except Exception as error:  # the edge of one delivery: whatever is wrong with it, the others go out
            log.exception("delivery %s about %s stumbled", delivery.id, delivery.about)
            return self._failed(delivery, error, is_edit=location is not None)
        with self._database.transaction() as connection:
            deliveries.settle(connection, delivery, place)
        return 0.0

    def _post(self, delivery: Delivery) -> tuple[str, str]:
        channel = delivery.channel
        thread = delivery.thread
        if thread and not _is_ts(thread):
            head = deliveries.location(self._database, thread)
            if head is None:
                raise NotPossible("the thread's first message was never sent")
            thread = head[1]
        if delivery.status == "sending":  # begun earlier, by this process or the one before it
            place = self._channel_of(channel)
            ts = self._sender.find(place, thread, delivery.id, since=delivery.created)
            if ts:
                log.info("delivery %s had already been sent", delivery.id)
                return place, ts
        self._posted[delivery.channel] = self._clock()
        content = self._content(delivery)
        try:
            return self._sender.post(channel, thread, content)
        except SlackApiError as error:
            # Where it has posted before, people took it out, and it does not come back by itself.
            if error.response.get("error") != "not_in_channel" or deliveries.was_in(self._database, channel):
                raise
        self._sender.join(channel)
        return self._sender.post(channel, thread, content)

    def _channel_of(self, target: str) -> str:
        """Slack finds and edits direct messages by their channel alone, not by the person."""
        return (self._sender.direct(target) if target[:1] in "UW" else None) or target

    def _content(self, delivery: Delivery) -> Content:
        body = load(delivery.body)
        pictures = {name: self._upload(path, alt) for name, (path, alt) in body["pictures"].items()}
        metadata: dict[str, object] = {
            "event_type": "hugops",
            "event_payload": {"delivery": delivery.id, "about": delivery.about, "state": delivery.state},
        }
        return {"text": body["text"], "blocks": body["blocks"], "pictures": pictures, "metadata": metadata}

    def _upload(self, path: str, alt: str) -> str | None:
        file = Path(path)
        if not file.is_file():
            return None
        key = f"{path}@{file.stat().st_mtime_ns}"
        uploaded = deliveries.uploaded(self._database, key)
        if uploaded:
            return uploaded
        try:
            uploaded = self._sender.upload(file, alt)
        except SlackApiError as error:
            if not is_final(error):
                raise
            log.error("Slack takes no picture (%s); the message goes out without it", error.response.get("error"))
            return None
        with self._database.transaction() as connection:
            deliveries.keep_upload(connection, key, uploaded)
        return uploaded

    def _failed(self, delivery: Delivery, error: Exception, *, is_edit: bool) -> float:
        if isinstance(error, SlackApiError) and error.response.status_code == TOO_MANY_REQUESTS:
            return self._wait_as_asked(delivery, error, is_edit=is_edit)
        is_hopeless = isinstance(error, NotPossible) or (isinstance(error, SlackApiError) and is_final(error))
        if is_hopeless or delivery.tries + 1 >= MAX_TRIES:
            log.error("delivery %s about %s failed for good: %s", delivery.id, delivery.about, error)
            reason = str(error.response.get("error") if isinstance(error, SlackApiError) else type(error).__name__)
            self._change(delivery, status="failed", problem=reason)
            if not isinstance(error, NotPossible):  # people took the message away, or its thread's loss was told
                self.lost.tell(delivery, reason)
            return 0.0
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * float(2**delivery.tries))
        log.warning("delivery %s about %s failed (%s); again in %.1f s", delivery.id, delivery.about, error, pause)
        self._change(delivery, not_before=self._clock() + pause)
        return pause

    def _wait_as_asked(self, delivery: Delivery, error: SlackApiError, *, is_edit: bool) -> float:
        pause: float = float(error.response.headers.get("Retry-After", 1)) + 0.1
        if is_edit:
            self._edits.rest(pause)
        else:
            self._paused = self._clock() + pause
        # Being asked to wait is no failure, and what was refused does not stand in Slack.
        self._change(delivery, tries=delivery.tries, status=delivery.status)
        log.warning("Slack asks to wait %.0f s before the next %s", pause, "edit" if is_edit else "post")
        return pause

    def _change(self, delivery: Delivery, **columns: object) -> None:
        with self._database.transaction() as connection:
            deliveries.change(connection, delivery, **columns)


def _is_ts(thread: str) -> bool:
    return thread.replace(".", "", 1).isdigit()
