"""After a restart: who waits for an answer that will not come hears so, and can ask again with a press."""

from functools import partial

from core.blocks.suggestions import build_interrupted
from core.store import unanswered
from core.store.unanswered import Unanswered
from handlers.listeners import Answer, Parts, attempt, reply


def end_unanswered(parts: Parts, before: float) -> None:
    """Says so of every command that was being answered before this moment, when the bot started."""
    for entry in unanswered.left(parts.database, before):
        attempt(partial(reply, parts, entry.caller, _told(entry)))
        unanswered.forget(parts.database, entry.id)


def _told(entry: Unanswered) -> Answer:
    """For all who read the thread or the direct conversation in which it was typed; else for the person alone."""
    is_for_all = bool(entry.message) and bool(entry.thread or entry.channel.startswith("D"))
    text, blocks = build_interrupted(entry.line, has_files=entry.has_files)
    return Answer(text, blocks, only_for_them=not is_for_all)
