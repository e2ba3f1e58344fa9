"""The buttons under a model's answer: again, against another model, thumbs, and Stop while it is written."""

import uuid
from dataclasses import replace

from core import commands
from core.blocks.tries import in_words, with_votes
from core.store.tries import Try
from core.words import escape
from handlers.listeners import Answer, Caller, Parts, attempt, reply, say
from handlers.sharing import shareable
from jobs.inference import asking


def rerun(parts: Parts, caller: Caller, value: str) -> Answer | None:
    """Asks the same at the revision that is newest now; answers where the answer before it stands."""
    past = parts.tries.repeatable(value)
    if parts.tries.is_double(past.id, caller.user):
        return None
    if not _is_conversation(caller):
        again = asking.repeat(parts.workbench, caller, past)
        return _shareable(parts, caller, again, past) if caller.response_url and past.follows is None else again
    # Everybody reads the thread, so the new answer is for everybody too, as a message of its own.
    here = replace(caller, response_url="", on_card=False, message=f"{caller.message}-{uuid.uuid4().hex[:8]}")
    reply(parts, here, attempt(lambda: asking.repeat(parts.workbench, here, past)))
    return None


def up(parts: Parts, caller: Caller, value: str) -> Answer | None:
    return _vote(parts, caller, value, up=True)


def down(parts: Parts, caller: Caller, value: str) -> Answer | None:
    return _vote(parts, caller, value, up=False)


def stop(parts: Parts, caller: Caller, value: str) -> None:
    """Ends the writing; what is written stays."""
    parts.tries.stop(value, caller.user)


def _vote(parts: Parts, caller: Caller, value: str, *, up: bool) -> Answer | None:
    """Counts the thumb; the message under which it was pressed shows the new count."""
    past = parts.tries.vote(value, caller.user, up=up)
    tally = parts.tries.tally(past.model, past.revision)
    if past.answer is None:
        return say(f"Counted: {escape(past.model)} @ {past.revision[:7]} was {in_words(tally)}.")
    shown = past.answer
    if not caller.on_card and past.follows is None:
        shown = _shareable(parts, caller, shown, past)
    blocks = with_votes(shown.blocks, past.model, past.revision, tally)
    if not caller.on_card:
        return Answer(shown.text, blocks, replace=True)
    parts.client.chat_update(channel=caller.channel, ts=str(caller.message), text=shown.text, blocks=blocks)
    return None


def _shareable(parts: Parts, caller: Caller, answer: Answer, past: Try) -> Answer:
    command = asking.as_command(past)
    return shareable(parts, caller, answer, command, commands.to_text(command))


def _is_conversation(caller: Caller) -> bool:
    """Whether the press was in a thread or a direct message, under an answer that everybody there sees."""
    return caller.on_card and bool(caller.thread or caller.channel.startswith("D"))
