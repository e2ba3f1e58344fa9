"""From a press or a word to an answer: acknowledge at once, do slow work in the pool, turn errors into sentences."""

import json
import logging
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as dataclass_replace
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from core.blocks.parts import section, without_pictures
from core.errors import Conflict, Gated, HugopsError, Mistake, NotOnHub, Refused, sentence_for
from core.outbox import Message
from core.words import escape
from core.workspace import slack_sentence
from handlers.parts import Parts

log = logging.getLogger(__name__)
# So long a sound waits for the answer that it belongs under.
ANSWER_FIRST_SECONDS = 20.0


@dataclass(frozen=True)
class Answer:
    """What the person reads. `only_for_them` keeps it ephemeral even after a mention; `replace` takes the
    place of the message that the press came from. `sounds` are paths with what is to be heard."""

    text: str
    blocks: list[dict[str, Any]] = field(default_factory=list)
    only_for_them: bool = False
    replace: bool = False
    sounds: tuple[tuple[str, str], ...] = ()

    def payload(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"text": self.text, "response_type": "ephemeral"}
        return shown | ({"blocks": self.blocks} if self.blocks else {})


@dataclass(frozen=True)
class Caller:
    """Who asks, from where; `thread` is set where the answer belongs into a thread (after a mention).

    `on_card` marks a press under a message for everybody, whose response URL answers into that message's thread.
    `files` are those that came along, as Slack tells of them.
    """

    user: str
    channel: str
    response_url: str = ""
    trigger_id: str = ""
    thread: str | None = None
    message: str | None = None
    on_card: bool = False
    files: tuple[dict[str, Any], ...] = ()

    @property
    def is_at_home(self) -> bool:
        """Whether the press came from App Home, which is no channel: the person stands in for it."""
        return self.channel == self.user


Work = Callable[[], Answer | None]


def attempt(work: Work) -> Answer | None:
    """The answer of `work`, or the sentence of what went wrong; the log has the rest."""
    try:
        return work()
    except HugopsError as error:
        expected = isinstance(error, (Mistake, Refused, Conflict, NotOnHub, Gated))
        log.info("answered: %s", error.sentence, exc_info=not expected and error.__cause__ is not None)
        return say(error.sentence)
    except SlackApiError as error:
        log.warning("Slack refused a call", exc_info=True)
        return say(slack_sentence(error).sentence)
    except Exception as error:  # the edge of a request: no traceback may reach a person
        incident = uuid.uuid4().hex[:8]
        log.exception("incident %s", incident)
        return say(sentence_for(error, incident))


def say(sentence: str) -> Answer:
    """A sentence for the person alone. Sentences quote what was typed in backticks and are escaped already."""
    return Answer(sentence, [section(sentence)], only_for_them=True)


def reply(parts: Parts, caller: Caller, answer: Answer | None) -> None:
    """Sends an answer after the acknowledgement: to the response URL, or into the thread after a mention."""
    if answer is None:
        return
    if caller.response_url and (answer.replace or not caller.on_card):
        # Slack now and then refuses a picture that has just gone up; the words are worth more than nothing.
        for blocks in (answer.blocks, without_pictures(answer.blocks)):
            payload = dataclass_replace(answer, blocks=blocks).payload() | {"replace_original": answer.replace}
            done = WebhookClient(caller.response_url).send_dict(payload)
            if done.status_code == 200:
                return
            log.warning("the response URL answered %s %s", done.status_code, done.body)
            if "invalid_blocks" not in done.body or blocks == without_pictures(blocks):
                break
    if caller.is_at_home:
        key = f"answer/{uuid.uuid4().hex}"
        parts.outbox.put(Message(key, caller.user, answer.text, "answer", "answered", answer.blocks))
        return
    key = answer_key(caller)
    # What was shown of an answer while it was made becomes the answer, or the reason why there is none.
    is_begun = not caller.response_url and parts.outbox.location(key) is not None
    if (answer.only_for_them or caller.response_url) and not is_begun:
        parts.client.chat_postEphemeral(
            channel=caller.channel,
            user=caller.user,
            thread_ts=caller.thread,
            text=answer.text,
            blocks=without_pictures(answer.blocks) or None,
        )
        return
    message = Message(key, caller.channel, answer.text, "answer", "answered", answer.blocks, thread=caller.thread)
    parts.outbox.put(message)
    share_sounds(parts, message, answer.sounds)


def share_sounds(parts: Parts, message: Message, sounds: Sequence[tuple[str, str]]) -> None:
    """Sounds are no part of a message's blocks: each is posted as a file below it, and told in words."""
    until = time.monotonic() + ANSWER_FIRST_SECONDS
    while sounds and parts.outbox.location(message.key) is None and time.monotonic() < until:
        threading.Event().wait(0.1)
    for path, alt in sounds:
        parts.client.files_upload_v2(
            channel=message.channel,
            thread_ts=message.thread,
            file=path,
            title="sound",
            alt_txt=alt[:1000],
            initial_comment=escape(alt),
        )


def answer_key(caller: Caller) -> str:
    """The name of the message that answers this question."""
    return f"answer/{caller.channel}/{caller.message}"


def later(parts: Parts, caller: Caller, work: Work, *, lead: float = 0.0) -> None:
    """Does slow work in the pool and sends its answer, `lead` seconds from now at the earliest."""
    due = time.monotonic() + lead

    def run() -> None:
        answer = attempt(work)
        threading.Event().wait(max(0.0, due - time.monotonic()))
        attempt(lambda: reply(parts, caller, answer))

    parts.pool.submit(run)


def remember(caller: Caller, repo: str) -> str:
    """Where the answer to a form belongs, and the files that it is about, kept in the form."""
    url = "" if caller.on_card else caller.response_url
    kept = {"repo": repo, "channel": caller.channel, "url": url, "thread": caller.thread}
    return json.dumps(kept | ({"files": [file["id"] for file in caller.files]} if caller.files else {}))


def recall(body: dict[str, Any]) -> tuple[Caller, str]:
    """The same, from a submitted form."""
    kept = json.loads(body["view"]["private_metadata"])
    files = tuple({"id": name} for name in kept.get("files", ()))
    # Where there is no response URL, each form that is sent gets a message of its own.
    caller = Caller(
        body["user"]["id"],
        kept["channel"],
        response_url=kept["url"],
        thread=kept["thread"],
        message=body["view"]["id"],
        files=files,
    )
    return caller, kept["repo"]


def quoted(text: str) -> str:
    """Text of a person, safe inside a sentence."""
    return escape(text.replace("`", "'"))
