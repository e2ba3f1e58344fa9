"""What is said in a thread after a model's answer: the next turn with a chat model, the next input for others."""

from typing import Any

from core import commands as grammar
from core.blocks.parts import section
from core.errors import Mistake
from core.store.tries import Try
from core.tasks import TASKS
from core.words import escape, quote
from handlers import inference
from handlers.answering import Answer, Caller
from handlers.inputs import scratch
from handlers.parts import Parts
from handlers.trying import Question

FORGET = ("forget", "forget it", "forget that", "forget everything", "start over")


def follow_up(parts: Parts, caller: Caller, text: str) -> Answer | None:
    """The answer to a text or file without a command; None where a command was meant, or the thread has no model."""
    if not caller.thread or not (text.strip() or caller.files):
        return None
    last = parts.tries.last_in_thread(caller.channel, caller.thread)
    if last is None:
        return None
    if text.strip().rstrip(".!").lower() in FORGET:
        parts.tries.end_conversation(last.number)
        sentence = f"Forgotten. What you say next to {escape(last.model)} begins a new conversation."
        return Answer(sentence, [section(sentence)])
    if text.strip() and grammar.is_meant(text):
        return None
    if caller.files or not TASKS[last.task].takes_texts:
        return _ask_about_files(parts, caller, last, text)
    if not last.talks:
        return _ask(parts, caller, last, _next_inputs(last, text), None)
    return _ask(parts, caller, last, [text], None if last.over else last)


def _ask_about_files(parts: Parts, caller: Caller, last: Try, text: str) -> Answer:
    """The same model about a new file, or a new question about the file that lies in the thread."""
    if not caller.files and "text" not in TASKS[last.task].reads:
        raise Mistake(f"{quote(last.model)} reads no text (`{last.task}`). Mention me here with the next file.")
    command = grammar.Run(
        model=last.model,
        revision=last.typed,
        inputs=(text,) if text.strip() else (),
        task=last.task,
        via=last.via,
        options=grammar.RunOptions(**last.options),
    )
    return inference.run(parts, caller, command)


def repeat(parts: Parts, caller: Caller, kept: Try) -> Answer:
    """The same turn of a conversation again."""
    before = parts.tries.get(f"T{kept.follows}")
    return _ask(parts, caller, kept, list(kept.inputs or ()), before, revision=kept.typed)


def _ask(
    parts: Parts, caller: Caller, last: Try, inputs: list[Any], before: Try | None, revision: str | None = ""
) -> Answer:
    """Asks the model of `last`, with all that was said up to `before`; at the same revision unless another is given."""
    at = last.revision if revision == "" else revision
    turns = [*parts.tries.turns(before), {"role": "user", "content": str(inputs[0])}] if before else []
    model = inference.model_for(parts, last.model, at, last.via)
    question = Question(
        model=model.id,
        revision=model.sha,
        task=last.task,
        inputs=inputs,
        options=last.options,
        typed=last.typed,
        via=last.via,
        follows=before.number if before else None,
    )
    with scratch(parts) as given:
        for each in inputs:
            given.add(each, str(each))
        if turns:
            given.inputs = [{"messages": turns}]
        return inference.answer(parts, caller, model, question, given)


def _next_inputs(last: Try, text: str) -> list[Any]:
    """What a task that takes several texts is asked next: a new question about the same text, a new text to score."""
    kept = list(last.inputs or ())
    first = TASKS[last.task].first
    if first == "reference":
        return [kept[0], text]
    return [text, *kept[1:]] if first else [text]
