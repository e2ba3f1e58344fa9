"""A message of the bot that grows: by Slack's streaming methods, or by edits where they are refused."""

import logging
import threading
from http import HTTPStatus
from typing import Any

from slack_sdk.errors import SlackApiError, SlackClientError

from core.answers import Caller
from core.blocks.parts import Blocks, section
from core.blocks.tries import build_growing, headline, stop_button
from core.pace import EDIT_EVERY
from core.slack_sender import is_final
from core.store.tries import Try
from jobs.inference.asking.workbench import Workbench

log = logging.getLogger(__name__)
# Slack takes about 100 appends a minute, all conversations together.
APPEND_EVERY = 1.0
# What Slack and the line do now and then; what is shown meanwhile is worth no second try.
PASSING = (SlackClientError, OSError)
# Slack takes 12,000 characters at once.
MOST_AT_ONCE = 11_000
# Between `<` and what follows it: no mention and no link, and nothing to be seen.
BREAK = "\u2060"
# A piece of a streaming message, as Slack takes it.
Chunk = dict[str, Any]


class Halted(Exception):
    """Somebody pressed Slack's own stop button."""


class Edited:
    """A message that is edited; `ts` is empty before it is posted and when it is gone."""

    def __init__(self, bench: Workbench, caller: Caller, entry: Try, ts: str = "") -> None:
        self._client, self._caller, self._entry = bench.client, caller, entry
        self._edits = bench.edits
        self.ts = ts

    @property
    def pause(self) -> float:
        """Seconds until it may grow again."""
        return max(EDIT_EVERY, self._edits.wait())

    def open(self, text: str, busy: str) -> bool:
        """Posts it; False when Slack refuses."""
        shown, blocks = self._built(text, busy)
        try:
            answer = self._client.chat_postMessage(
                channel=self._caller.channel,
                thread_ts=self._caller.thread,
                text=shown,
                blocks=blocks,
                unfurl_links=False,
                unfurl_media=False,
            )
        except PASSING as error:
            log.warning("%s cannot be shown while it is made (%s)", self._entry.id, reason(error))
            return False
        self.ts = str(answer["ts"])
        return True

    def show(self, text: str, busy: str) -> "Edited":
        """Edits it, unless Slack wants to be left alone for a while."""
        if self._edits.take():
            return self
        shown, blocks = self._built(text, busy)
        try:
            self._client.chat_update(channel=self._caller.channel, ts=self.ts, text=shown, blocks=blocks)
        except SlackApiError as error:
            self._edits.rest(asked_to_wait(error))
        except PASSING as error:
            log.warning("an edit of %s failed (%s)", self._entry.id, reason(error))
        return self

    def close(self, _text: str) -> bool:
        """Whether the answer can take its place."""
        return True

    def _built(self, text: str, busy: str) -> tuple[str, Blocks]:
        return build_growing(self._entry.model, self._entry.task, self._entry.id, busy, text)


class Stream:
    """A streaming message; what is written stands in one fence of code, as in the answer, so that it is only text."""

    def __init__(self, bench: Workbench, caller: Caller, entry: Try) -> None:
        self._bench, self._client, self._caller, self._entry = bench, bench.client, caller, entry
        self._sent = 0
        self._busy = ""
        self.ts = ""
        self.pause = APPEND_EVERY

    def open(self, text: str, busy: str) -> bool:
        """Begins it; False when Slack does not stream here: outside of threads, and where it refused once."""
        thread, unstreamed = self._caller.thread, self._bench.unstreamed
        if thread is None or self._caller.channel in unstreamed:
            return False
        top = [section(headline(self._entry.model, self._entry.task)), stop_button(self._entry.id)]
        chunks: list[Chunk] = [{"type": "blocks", "blocks": top}, *self._news(text, busy)]
        try:
            answer = self._client.chat_startStream(
                channel=self._caller.channel,
                thread_ts=thread,
                recipient_user_id=self._caller.user,
                recipient_team_id=self._bench.workspace.team(),
                chunks=chunks,
            )
        except PASSING as error:
            log.info("no stream for %s (%s); it is edited instead", self._entry.id, reason(error))
            if isinstance(error, SlackApiError) and is_final(error):
                unstreamed.add(self._caller.channel)
            return False
        self.ts = str(answer["ts"])
        self._keep(text, busy)
        return True

    def show(self, text: str, busy: str) -> "Stream | Edited":
        """Appends what is new; Halted when a person stopped it; a stream that Slack ended goes on by edits."""
        chunks = self._news(text, busy)
        self.pause = APPEND_EVERY
        if not chunks:
            return self
        try:
            self._client.chat_appendStream(channel=self._caller.channel, ts=self.ts, chunks=chunks)
        except SlackApiError as error:
            if reason(error) == "stopped_by_user":
                raise Halted from error
            if reason(error) == "message_not_in_streaming_state":
                return Edited(self._bench, self._caller, self._entry, self.ts)
            self.pause = asked_to_wait(error) or APPEND_EVERY
            return self
        except PASSING:
            log.warning("words of %s could not be appended", self._entry.id, exc_info=True)
            return self
        self._keep(text, busy)
        return self

    def close(self, text: str) -> bool:
        """Ends the stream; whether the answer can take its place."""
        left = protect(text)[self._sent :][:MOST_AT_ONCE]
        fence = [{"type": "markdown_text", "text": f"{left}\n```"}] if self._sent else []
        for chunks in (fence, []):
            try:
                self._client.chat_stopStream(channel=self._caller.channel, ts=self.ts, chunks=chunks)
            except SlackApiError as error:
                if reason(error) in ("stopped_by_user", "message_not_in_streaming_state"):
                    return True
                log.warning("the stream of %s could not be ended (%s)", self._entry.id, reason(error))
                threading.Event().wait(min(asked_to_wait(error), 10.0))
            except PASSING:
                log.warning("the stream of %s could not be ended", self._entry.id, exc_info=True)
            else:
                return True
        return False

    def _news(self, text: str, busy: str) -> list[Chunk]:
        """The chunks that are not on screen yet."""
        chunks: list[Chunk] = []
        has_words = bool(text.strip())
        if (busy and busy != self._busy and not has_words) or (has_words and self._busy and not self._sent):
            state = "complete" if has_words else "in_progress"
            chunks.append({"type": "task_update", "id": "busy", "title": (busy or self._busy)[:250], "status": state})
        if has_words and (new := self._unsent(text)):
            chunks.append({"type": "markdown_text", "text": new if self._sent else f"```\n{new}"})
        return chunks

    def _unsent(self, text: str) -> str:
        return settled(protect(text))[self._sent :][:MOST_AT_ONCE]

    def _keep(self, text: str, busy: str) -> None:
        self._busy = busy or self._busy
        if text.strip():
            self._sent += len(self._unsent(text))


def protect(text: str) -> str:
    """Text inside a fence of markdown: it can neither end the fence nor ping, whatever Slack reads in it."""
    return text.replace("```", "'''").replace("<", f"<{BREAK}")


def settled(text: str) -> str:
    """Protected text without an end that the next words may turn into something else."""
    return text.rstrip("`")


def reason(error: BaseException) -> str:
    """Slack's word for what was wrong."""
    return str(error.response.get("error")) if isinstance(error, SlackApiError) else type(error).__name__


def asked_to_wait(error: SlackApiError) -> float:
    """The seconds that Slack wants to be left alone; 0 when it is something else."""
    if error.response.status_code != HTTPStatus.TOO_MANY_REQUESTS:
        return 0.0
    return float(error.response.headers.get("Retry-After", 1))
