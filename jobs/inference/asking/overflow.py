"""Answers that a message does not hold: all of them in a file, where the answer is read."""

import logging
import uuid
from collections.abc import Mapping, Sequence

from core.answer_table import build_table
from core.answers import Caller
from core.blocks.parts import section
from core.results import Result
from core.words import quote
from jobs.inference.asking.growing import PASSING, reason
from jobs.inference.asking.workbench import Workbench

log = logging.getLogger(__name__)
FILE = "answers.csv"


def share_all(bench: Workbench, caller: Caller, texts: Sequence[str], sides: Mapping[str, Sequence[Result]]) -> str:
    """Uploads every answer of these models; returns where they are, in words, empty where Slack does not take it.

    In a thread or a direct conversation they are there, after a slash command in a direct message.
    """
    is_for_all = bool(caller.message) and not caller.response_url and not caller.is_at_home
    names = " and ".join(quote(model) for model in sides)
    try:
        channel, thread = (
            (caller.channel, caller.thread) if is_for_all else (_open_direct(bench, caller.user, names), None)
        )
        bench.client.files_upload_v2(
            channel=channel,
            thread_ts=thread,
            content=build_table(texts, sides),
            filename=FILE,
            title=FILE,
            initial_comment=f"All {len(texts)} answers of {names}.",
        )
    except PASSING as error:
        log.warning("a file with all answers could not be uploaded (%s)", reason(error))
        return ""
    return f"all of them are in `{FILE}` {'here' if is_for_all else 'in our direct messages'}"


def _open_direct(bench: Workbench, user: str, names: str) -> str:
    """The channel of the direct messages with this person, which Slack tells of a message to them.

    The outbox does not: it knows the person alone, and files go to channels.
    """
    sentence = f"There are more answers of {names} than a message holds; all of them are in the file that follows."
    payload = {"delivery": uuid.uuid4().hex, "about": "answer", "state": "answered"}
    posted = bench.client.chat_postMessage(
        channel=user,
        text=sentence,
        blocks=[section(sentence)],
        metadata={"event_type": "hugops", "event_payload": payload},
    )
    return str(posted["channel"])
