"""What is seen of a model's answer while it is made: words as they are written, what is fetched and loaded, Stop.

In threads and direct messages it is one message: by Slack's streaming methods in threads, by edits elsewhere and where
those are refused; the answer takes its place in the end. After a slash command, whose answer nobody else sees, it is a
note or two.
"""

import logging
import threading
from collections.abc import Callable
from typing import Self

from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from core.answers import Caller, answer_key
from core.blocks.tries import build_growing, build_interrupted, status
from core.notes import Note
from core.outbox import Message
from core.store.tries import Try
from jobs.inference.asking.growing import PASSING, Edited, Halted, Stream, reason
from jobs.inference.asking.workbench import Workbench
from jobs.inference.protocol import News

log = logging.getLogger(__name__)
# What takes less is shown as a whole, without anything before it.
SILENT_SECONDS, FIRST_WORDS_SECONDS = 2.0, 0.7
# Longer than any call of Slack is waited for, so that the answer never overtakes what is shown before it.
LAST_CALL_SECONDS = 40.0
LONGEST_SECONDS = 3600.0


class Preview:
    """While it is open, `hear` takes the worker's news and a thread of its own shows them. `cancel` stops it."""

    def __init__(self, bench: Workbench, caller: Caller, entry: Try, cancel: Callable[[], None]) -> None:
        self.bench, self.caller, self.entry = bench, caller, entry
        self.text = self.busy = ""
        self._looked = ("", "")
        self._cancel = cancel
        self._changed = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name=f"live-{entry.id}", daemon=True)

    def __enter__(self) -> Self:
        self.running = self.bench.tries.running(self.entry.number, self._cancel)
        self._thread.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._thread.join(LAST_CALL_SECONDS)
        self.bench.tries.ended(self.entry.number)

    def hear(self, news: News) -> None:
        """Takes news, at once."""
        with self._changed:
            if news.stage == "writing":
                self.text += news.text
            else:
                self.busy = status(self.entry.model, news.stage, news.done, news.total)
            self._changed.notify_all()

    def stop(self, user: str) -> None:
        """Ends the writing as if this person had pressed Stop."""
        self.running.stopped_by = self.running.stopped_by or user
        self._cancel()

    def wait(self, look: Callable[[], bool], seconds: float) -> bool:
        """Waits until `look` is true or the answer is there; whether the answer is still being made."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or look(), seconds)
            return not self._ended

    def has_words(self) -> bool:
        return bool(self.text.strip())

    def has_news(self) -> bool:
        return (self.text, self.busy) != self._looked

    def look(self) -> tuple[str, str]:
        """The words so far, and what the model is busy with before the first of them."""
        self._looked = (self.text, self.busy)
        return self.text, self.busy or f"Waiting for {self.entry.model}"

    def _run(self) -> None:
        try:
            if self.caller.response_url:
                _note(self)
            elif not self.caller.is_at_home and self.caller.message:
                _follow(self)
        except Exception:  # the edge of this thread: the answer itself comes in any case
            log.exception("%s could not be shown while it was made", self.entry.id)
        finally:
            self.bench.database.close()


def _note(preview: Preview) -> None:
    """One note about what takes long before the first words, one with the words so far when there is more to come."""
    if not preview.wait(preview.has_words, SILENT_SECONDS):
        return
    if not preview.has_words():
        _whisper(preview)
        preview.wait(preview.has_words, LONGEST_SECONDS)
    if preview.wait(lambda: False, SILENT_SECONDS):
        _whisper(preview)


def _whisper(preview: Preview) -> None:
    entry = preview.entry
    text, busy = preview.look()
    shown, blocks = build_growing(entry.model, entry.task, entry.id, busy, text)
    caller = preview.caller
    try:
        if caller.on_card:  # the response URL of a press there answers for everybody
            preview.bench.client.chat_postEphemeral(
                channel=caller.channel, user=caller.user, thread_ts=caller.active_thread, text=shown, blocks=blocks
            )
            return
        WebhookClient(caller.response_url).send_dict(
            {"text": shown, "blocks": blocks, "response_type": "ephemeral", "replace_original": False}
        )
    except PASSING as error:
        log.warning("a note about %s could not be sent (%s)", entry.id, reason(error))


def _follow(preview: Preview) -> None:
    """One message, begun when there is something to tell, that grows until the answer takes its place."""
    if not preview.wait(preview.has_words, SILENT_SECONDS):
        return
    if preview.has_words() and not preview.wait(lambda: False, FIRST_WORDS_SECONDS):
        return
    growing = _begun(preview)
    if growing is None:
        return
    key = answer_key(preview.caller.channel, preview.caller.message)
    preview.bench.outbox.adopt(key, preview.caller.channel, growing.ts)
    try:
        # First a pause, then whatever came meanwhile.
        while preview.wait(lambda: False, growing.pause) and preview.wait(preview.has_news, LONGEST_SECONDS):
            growing = growing.show(*preview.look())
    except Halted:
        preview.stop(preview.caller.user)
        preview.wait(lambda: False, LONGEST_SECONDS)
        return
    if not growing.close(preview.text):
        preview.bench.outbox.let_go(key)


def _begun(preview: Preview) -> Stream | Edited | None:
    for begin in (Stream, Edited):
        growing: Stream | Edited = begin(preview.bench, preview.caller, preview.entry)
        if growing.open(*preview.look()):
            return growing
    return None


def end_interrupted(bench: Workbench) -> None:
    """Says under every question that a bot which is gone was answering that there will be no answer."""
    for entry in bench.tries.interrupted():
        text, blocks = build_interrupted(entry.model, entry.task, entry.id, again=entry.repeatable)
        key = answer_key(entry.channel, entry.message)
        if place := bench.outbox.location(key):
            try:
                bench.client.chat_stopStream(channel=place[0], ts=place[1])
            except SlackApiError as error:
                log.info("no stream to end for %s (%s)", entry.id, reason(error))
        is_for_all = bool(entry.message) and bool(entry.thread or entry.channel.startswith("D"))
        with bench.database.transaction():
            bench.tries.interrupt(entry.number)
            if is_for_all:
                bench.outbox.put(
                    Message(key, entry.channel, text, "answer", "interrupted", blocks, thread=entry.thread)
                )
        if not is_for_all:
            thread = entry.thread if entry.thread != entry.message else None
            bench.notes.send(Note(entry.channel, entry.who, text, blocks, thread))
