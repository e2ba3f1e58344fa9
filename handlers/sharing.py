"""Answers for one person that can be posted for everybody: again, or just as they were."""

from dataclasses import replace
from pathlib import Path

from core.blocks.parts import button, context, with_button
from core.commands import Command, Sharing
from core.errors import Mistake
from core.outbox import Message
from core.store import answers
from core.words import escape, shorten
from handlers.capabilities import answer, read
from handlers.listeners import Answer, Caller, Parts, say

# Characters that a button's value can have, and blocks that a message can have beside one more.
LONGEST_VALUE, MOST_BLOCKS = 2000, 49
# Characters of a command that stand under the answer to a form.
LONGEST_LINE = 500
UNHEARD = "Slack plays no sound in an answer for you alone: post it to hear it."


def answer_to(parts: Parts, caller: Caller, command: Command, text: str, *, learn: bool = False) -> Answer:
    """The answer to a typed line or a form, with the button to post it where it may be posted.

    Under what a form brought stands the command that does the same, to `learn` it by the way.
    """
    shown = answer(parts, caller, command)
    if learn and shown.blocks:
        line = escape(shorten(text.replace("`", "'"), LONGEST_LINE))
        taught = context(f"The same as a command: `/hf {line}`")
        shown = replace(shown, blocks=[*shown.blocks[: MOST_BLOCKS - 1], taught])
    # Without a response URL the answer is for everybody already.
    return shareable(parts, caller, shown, command, text) if caller.response_url else shown


def shareable(parts: Parts, caller: Caller, shown: Answer, command: Command, text: str) -> Answer:
    """The answer with a button to post it: a model's as it is, others where `text` would bring them again."""
    if command.sharing is Sharing.NOT or shown.only_for_them or not shown.blocks:
        return shown
    if command.sharing is Sharing.AS_IT_WAS:
        value = answers.KEPT + answers.keep(parts.database, caller.user, shown)
    elif len(text) > LONGEST_VALUE:
        return shown
    else:
        value = text
    blocks = with_button(shown.blocks, button("answer.post", "Post to channel", value))
    return Answer(shown.text, [*blocks[:MOST_BLOCKS], context(UNHEARD)] if shown.sounds else blocks)


def post_to_channel(parts: Parts, caller: Caller, value: str) -> Answer:
    """The button under an ephemeral answer: the same answer for everybody, once."""
    shown = _kept(parts, caller, value) if value.startswith(answers.KEPT) else _anew(parts, caller, value)
    if shown is None:
        return say("This answer is for you alone.")
    parts.workspace.ensure_can_post(caller.channel, "press the button again")
    key = f"shared/{caller.channel}/{caller.message}"
    is_first = parts.database.one("SELECT 1 FROM deliveries WHERE message = ?", (key,)) is None
    message = Message(key, caller.channel, shown.text, "answer", "shared", shown.blocks)
    parts.outbox.put(message)
    if is_first:
        parts.replies.share_sounds(message, shown.sounds)
    return say("Posted to the channel.")


def _anew(parts: Parts, caller: Caller, text: str) -> Answer | None:
    """The answer to this command now; None where it is nobody else's business."""
    command = read(parts, caller.user, text)
    return None if command.sharing is Sharing.NOT else answer(parts, caller, command)


def _kept(parts: Parts, caller: Caller, value: str) -> Answer:
    """Exactly the answer that the person saw, since the files that it is about are gone."""
    kept = answers.find(parts.database, caller.user, value.removeprefix(answers.KEPT))
    if kept is None:
        raise Mistake("This answer is kept for a day and not here any more. Type the command again.")
    sounds = tuple((path, alt) for path, alt in kept.sounds if Path(path).is_file())
    return Answer(kept.text, kept.blocks, sounds=sounds)
