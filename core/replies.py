"""Answers on their way: each place where an answer can go, with the call that brings it there."""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace

from slack_sdk import WebClient
from slack_sdk.webhook import WebhookClient

from core.answers import Answer, Caller, Destination, Sound, answer_key, destination_of
from core.blocks.parts import without_pictures
from core.notes import Note, Notes
from core.outbox import Message, Outbox
from core.words import escape

log = logging.getLogger(__name__)
# So long a sound waits for the answer that it belongs under.
ANSWER_FIRST_SECONDS = 20.0
OK = 200
# Characters of a file's description that Slack takes.
LONGEST_ALT = 1000


class UrlRefused(Exception):
    """The response URL took no form of the answer."""


class Replies:
    """Sends answers after the acknowledgement; sounds go up through `uploads`, a client that may wait for Slack."""

    def __init__(self, notes: Notes, outbox: Outbox, uploads: WebClient) -> None:
        self._notes = notes
        self._outbox = outbox
        self._uploads = uploads

    def send(self, caller: Caller, answer: Answer) -> None:
        """Brings the answer to its place; to the next best one when the response URL refuses it."""
        begun = self._outbox.location(answer_key(caller.channel, caller.message)) is not None
        try:
            SENDERS[destination_of(answer, caller, begun=begun)](self, caller, answer)
        except UrlRefused:
            SENDERS[destination_of(answer, caller, begun=begun, refused=True)](self, caller, answer)

    def share_sounds(self, message: Message, sounds: Sequence[Sound]) -> None:
        """Sounds are no part of a message's blocks: each is posted as a file below it, and told in words."""
        until = time.monotonic() + ANSWER_FIRST_SECONDS
        while sounds and self._outbox.location(message.key) is None and time.monotonic() < until:
            threading.Event().wait(0.1)
        for path, alt in sounds:
            self._uploads.files_upload_v2(
                channel=message.channel,
                thread_ts=message.thread,
                file=path,
                title="sound",
                alt_txt=alt[:LONGEST_ALT],
                initial_comment=escape(alt),
            )

    def _respond(self, caller: Caller, answer: Answer) -> None:
        """A note of its own, or the new face of the card that was pressed."""
        # Slack now and then refuses a picture that has just gone up; the words are worth more than nothing.
        for blocks in (answer.blocks, without_pictures(answer.blocks)):
            payload = replace(answer, blocks=blocks).payload() | {"replace_original": answer.replace}
            try:
                response = WebhookClient(caller.response_url).send_dict(payload)
            except OSError as error:
                log.warning("the response URL does not answer (%s)", error)
                break
            if response.status_code == OK:
                return
            log.warning("the response URL answered %s %s", response.status_code, response.body)
            if "invalid_blocks" not in response.body or blocks == without_pictures(blocks):
                break
        raise UrlRefused

    def _write(self, caller: Caller, answer: Answer) -> None:
        """A direct message, since App Home shows no answers."""
        key = f"answer/{uuid.uuid4().hex}"
        self._outbox.put(Message(key, caller.user, answer.text, "answer", "answered", answer.blocks))

    def _whisper(self, caller: Caller, answer: Answer) -> None:
        blocks = without_pictures(answer.blocks)
        self._notes.send(Note(caller.channel, caller.user, answer.text, blocks, caller.active_thread))

    def _post(self, caller: Caller, answer: Answer) -> None:
        """A message for everybody, or the one that grew while the answer was made; its sounds below it."""
        key = answer_key(caller.channel, caller.message)
        message = Message(key, caller.channel, answer.text, "answer", "answered", answer.blocks, thread=caller.thread)
        self._outbox.put(message)
        self.share_sounds(message, answer.sounds)


SENDERS: dict[Destination, Callable[[Replies, Caller, Answer], None]] = {
    Destination.RESPONSE: Replies._respond,
    Destination.CARD: Replies._respond,
    Destination.HOME: Replies._write,
    Destination.EPHEMERAL: Replies._whisper,
    Destination.THREAD: Replies._post,
}
