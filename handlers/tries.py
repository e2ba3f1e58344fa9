"""The buttons under a model's answer: again, against another model, thumbs, and Stop while it is written."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from core import commands as grammar
from core.answers import Answer, Caller, say
from core.blocks.tries import build_compare_form, in_words, with_votes
from core.errors import Mistake
from core.store.tries import Try
from core.words import escape
from handlers import inference, talk
from handlers.answering import attempt, later, recall, remember, reply
from handlers.parts import Parts
from handlers.sharing import shareable


def rerun(parts: Parts, caller: Caller, value: str) -> Answer | None:
    """Asks the same at the revision that is newest now; answers where the answer before it stands."""
    kept = parts.tries.repeatable(value)
    if parts.tries.is_double(kept.id, caller.user):
        return None
    if not _is_conversation(caller):
        return _again(parts, caller, kept)
    # Everybody reads the thread, so the new answer is for everybody too, as a message of its own.
    here = replace(caller, response_url="", on_card=False, message=f"{caller.message}-{uuid.uuid4().hex[:8]}")
    reply(parts, here, attempt(lambda: _again(parts, here, kept)))
    return None


def open_compare(parts: Parts, caller: Caller, value: str) -> None:
    """Compare under an answer: asks for the other model, with the last other one of this person filled in."""
    kept = _comparable(parts, value)
    other = parts.tries.other_model(caller.user, kept.model)
    view = build_compare_form(kept.id, kept.model, other, remember(caller, kept.id))
    parts.client.views_open(trigger_id=caller.trigger_id, view=view)


def compare_submitted(parts: Parts, ack: Callable[..., Any], body: dict[str, Any]) -> None:
    caller, value = recall(body)
    typed = str(body["view"]["state"]["values"]["model"]["model"].get("value") or "").strip()
    try:
        other = grammar.read_repo(typed, example="org/model")
        kept = _comparable(parts, value)
    except Mistake as error:
        ack(response_action="errors", errors={"model": error.sentence.replace("`", "")})
        return
    ack()
    command = grammar.Compare(
        models=(grammar.Repo(id=kept.model, revision=kept.typed), grammar.Repo(id=other.id, revision=other.revision)),
        inputs=tuple(kept.inputs or ()),
        task=kept.task,
        options=grammar.RunOptions(**kept.options),
    )
    later(parts, caller, lambda: inference.compare(parts, caller, command))


def up(parts: Parts, caller: Caller, value: str) -> Answer | None:
    return _vote(parts, caller, value, up=True)


def down(parts: Parts, caller: Caller, value: str) -> Answer | None:
    return _vote(parts, caller, value, up=False)


def stop(parts: Parts, caller: Caller, value: str) -> None:
    """Ends the writing; what is written stays."""
    parts.tries.stop(value, caller.user)


def _vote(parts: Parts, caller: Caller, value: str, *, up: bool) -> Answer | None:
    """Counts the thumb; the message under which it was pressed shows the new count."""
    kept = parts.tries.vote(value, caller.user, up=up)
    tally = parts.tries.tally(kept.model, kept.revision)
    if kept.shown is None:
        return say(f"Counted: {escape(kept.model)} @ {kept.revision[:7]} was {in_words(tally)}.")
    shown = Answer(kept.shown["text"], kept.shown["blocks"])
    if not caller.on_card and kept.follows is None:
        shown = _shareable(parts, caller, shown, kept)
    blocks = with_votes(shown.blocks, kept.model, kept.revision, tally)
    if not caller.on_card:
        return Answer(shown.text, blocks, replace=True)
    parts.client.chat_update(channel=caller.channel, ts=str(caller.message), text=shown.text, blocks=blocks)
    return None


def _again(parts: Parts, caller: Caller, kept: Try) -> Answer:
    if kept.follows is not None:
        return talk.repeat(parts, caller, kept)
    found = inference.run(parts, caller, as_command(kept))
    return _shareable(parts, caller, found, kept) if caller.response_url else found


def _shareable(parts: Parts, caller: Caller, found: Answer, kept: Try) -> Answer:
    command = as_command(kept)
    return shareable(parts, caller, found, command, grammar.to_text(command))


def as_command(kept: Try) -> grammar.Run:
    """The command that asks the same."""
    return grammar.Run(
        model=kept.model,
        revision=kept.typed,
        inputs=tuple(kept.inputs or ()),
        task=kept.task,
        via=kept.via,
        options=grammar.RunOptions(**kept.options),
    )


def _comparable(parts: Parts, value: str) -> Try:
    kept = parts.tries.repeatable(value)
    if not all(isinstance(each, str) for each in kept.inputs or ()):
        raise Mistake("Only answers on texts can be compared here. Type `compare` with both models.")
    return kept


def _is_conversation(caller: Caller) -> bool:
    """Whether the press was in a thread or a direct message, under an answer that everybody there sees."""
    return caller.on_card and bool(caller.thread or caller.channel.startswith("D"))
