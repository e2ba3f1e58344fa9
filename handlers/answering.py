"""From a press or a word to an answer: acknowledge at once, do slow work in the pool, turn errors into sentences."""

import json
import logging
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from slack_sdk.errors import SlackApiError

from core.answers import Answer, Caller, say
from core.attachments import MOST_FILES
from core.blocks.suggestions import build_suggestions, build_way_back
from core.errors import Conflict, Gated, HugopsError, Mistake, NotOnHub, Refused, sentence_for
from core.slack_sender import is_final
from core.workspace import slack_sentence
from handlers.parts import Parts

log = logging.getLogger(__name__)

Work = Callable[[], Answer | None]


def attempt(work: Work) -> Answer | None:
    """The answer of `work`, or the sentence of what went wrong; the log has the rest."""
    try:
        return work()
    except HugopsError as error:
        expected = isinstance(error, (Mistake, Refused, Conflict, NotOnHub, Gated))
        log.info("answered (%s): %s", error.code, error.sentence, exc_info=not expected and error.__cause__ is not None)
        return _tell(error)
    except SlackApiError as error:
        log.warning("Slack refused a call (%s)", error.response.get("error"), exc_info=is_final(error))
        return say(slack_sentence(error).sentence)
    except Exception as error:  # the edge of a request: no traceback may reach a person
        incident = uuid.uuid4().hex[:8]
        log.exception("incident %s", incident)
        return say(sentence_for(error, incident))


def _tell(error: HugopsError) -> Answer:
    """The sentence, with what was probably meant, and the form with all that was filled in, to be pressed."""
    shown = say(error.sentence)
    suggested = build_suggestions(error.suggestions) if isinstance(error, Mistake) else []
    back = build_way_back(error.form) if error.form else []
    return replace(shown, blocks=[*shown.blocks, *suggested, *back])


def reply(parts: Parts, caller: Caller, answer: Answer | None) -> None:
    """Sends an answer after the acknowledgement, where there is one."""
    if answer is not None:
        parts.replies.send(caller, answer)


def later(parts: Parts, caller: Caller, work: Work, *, lead: float = 0.0) -> None:
    """Does slow work in the pool and sends its answer, `lead` seconds from now at the earliest."""
    due = time.monotonic() + lead

    def run() -> None:
        answer = attempt(work)
        threading.Event().wait(max(0.0, due - time.monotonic()))
        attempt(lambda: reply(parts, caller, answer))

    parts.pool.submit(run)


def under_message(body: dict[str, Any]) -> Caller:
    """Who chose a shortcut under a message, with that message's files."""
    return Caller(
        user=body["user"]["id"],
        channel=body["channel"]["id"],
        response_url=body.get("response_url", ""),
        trigger_id=body["trigger_id"],
        files=tuple(file for file in body["message"].get("files") or () if file.get("id"))[:MOST_FILES],
    )


def remember(caller: Caller, repo: str) -> str:
    """Where the answer to a form belongs, and the files that it is about, kept in the form."""
    # From a card of a channel it is asked for oneself; in a thread and a direct message everybody reads on.
    is_private = caller.on_card and caller.thread is None and not caller.channel.startswith("D")
    url = "" if caller.on_card and not is_private else caller.response_url
    metadata: dict[str, Any] = {"repo": repo, "channel": caller.channel, "url": url, "thread": caller.thread}
    if is_private:
        metadata["on_card"] = True
    return json.dumps(metadata | ({"files": [file["id"] for file in caller.files]} if caller.files else {}))


def recall(body: dict[str, Any]) -> tuple[Caller, str]:
    """The same, from a submitted form."""
    metadata = json.loads(body["view"]["private_metadata"])
    files = tuple({"id": name} for name in metadata.get("files", ()))
    # Where there is no response URL, each form that is sent gets a message of its own.
    caller = Caller(
        body["user"]["id"],
        metadata["channel"],
        response_url=metadata["url"],
        thread=metadata["thread"],
        message=body["view"]["id"],
        on_card=bool(metadata.get("on_card")),
        files=files,
    )
    return caller, metadata["repo"]
