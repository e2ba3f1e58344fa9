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
from handlers import commands
from handlers.answering import attempt, later, recall, remember, reply
from handlers.parts import Parts
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


def open_compare(parts: Parts, caller: Caller, value: str) -> None:
    """Compare under an answer: asks for the other model, with the last other one of this person filled in."""
    past = _comparable(parts, value)
    other = parts.tries.other_model(caller.user, past.model)
    view = build_compare_form(past.id, past.model, other, remember(caller, past.id))
    parts.client.views_open(trigger_id=caller.trigger_id, view=view)


def compare_submitted(parts: Parts, ack: Callable[..., Any], body: dict[str, Any]) -> None:
    caller, value = recall(body)
    typed = str(body["view"]["state"]["values"]["model"]["model"].get("value") or "").strip()
    try:
        other = grammar.read_repo(typed, example="org/model")
        past = _comparable(parts, value)
    except Mistake as error:
        ack(response_action="errors", errors={"model": error.sentence.replace("`", "")})
        return
    ack()
    command = grammar.Compare(
        models=(grammar.Repo(id=past.model, revision=past.typed), grammar.Repo(id=other.id, revision=other.revision)),
        inputs=asking.texts(past),
        task=past.task,
        options=grammar.RunOptions.model_validate(past.options),
    )
    later(parts, caller, lambda: asking.compare(parts.workbench, caller, command))


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
    return commands.shareable(parts, caller, answer, command, grammar.to_text(command))


def _comparable(parts: Parts, value: str) -> Try:
    past = parts.tries.repeatable(value)
    if not all(isinstance(each, str) for each in past.inputs or ()):
        raise Mistake("Only answers on texts can be compared here. Type `compare` with both models.")
    return past


def _is_conversation(caller: Caller) -> bool:
    """Whether the press was in a thread or a direct message, under an answer that everybody there sees."""
    return caller.on_card and bool(caller.thread or caller.channel.startswith("D"))
