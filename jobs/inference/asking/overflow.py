"""Answers that a message does not hold: all of them in a file, where the answer is read."""

import logging
import threading
import time
import uuid
from collections.abc import Mapping, Sequence

from core.answer_table import build_table
from core.answers import Caller
from core.blocks.parts import section
from core.outbox import Message
from core.results import Result
from core.words import quote
from jobs.inference.asking.growing import PASSING, reason
from jobs.inference.asking.workbench import Workbench

log = logging.getLogger(__name__)
FILE = "answers.csv"
# So long the direct message is waited for that the file belongs to.
MESSAGE_SECONDS = 20.0


def share_all(bench: Workbench, caller: Caller, texts: Sequence[str], sides: Mapping[str, Sequence[Result]]) -> str:
    """Uploads every answer of these models; returns where they are, in words, empty where Slack does not take it.

    In a thread or a direct conversation they are there, after a slash command in a direct message.
    """
    is_for_all = bool(caller.message) and not caller.response_url and not caller.is_at_home
    names = " and ".join(quote(model) for model in sides)
    place = (caller.channel, caller.thread) if is_for_all else _open_direct(bench, caller.user, names)
    if place is None:
        return ""
    try:
        bench.client.files_upload_v2(
            channel=place[0],
            thread_ts=place[1],
            content=build_table(texts, sides),
            filename=FILE,
            title=FILE,
            initial_comment=f"All {len(texts)} answers of {names}.",
        )
    except PASSING as error:
        log.warning("a file with all answers could not be uploaded (%s)", reason(error))
        return ""
    return f"all of them are in `{FILE}` {'here' if is_for_all else 'in our direct messages'}"


def _open_direct(bench: Workbench, user: str, names: str) -> tuple[str, str | None] | None:
    """The channel of the direct messages with this person, which a message opens."""
    key = f"answer/{uuid.uuid4().hex}"
    sentence = f"There are more answers of {names} than a message holds; all of them are in the file that follows."
    bench.outbox.put(Message(key, user, sentence, "answer", "answered", [section(sentence)]))
    until = time.monotonic() + MESSAGE_SECONDS
    while (place := bench.outbox.location(key)) is None and time.monotonic() < until:
        threading.Event().wait(0.1)
    return (place[0], None) if place else None
