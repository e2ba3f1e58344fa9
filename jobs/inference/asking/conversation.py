"""What is asked after an answer: the next turn with a chat model, the next input for others, the same again."""

from dataclasses import replace

from core import commands
from core.answers import Answer, Caller, Input
from core.blocks.parts import section
from core.errors import Mistake
from core.store.tries import TRY, Inquiry, Try
from core.tasks import TASKS
from core.words import escape, quote
from jobs.inference.asking.inputs import scratch
from jobs.inference.asking.models import find_served
from jobs.inference.asking.single import answer, run
from jobs.inference.asking.workbench import Workbench

FORGET = ("forget", "forget it", "forget that", "forget everything", "start over")


def follow_up(bench: Workbench, caller: Caller, text: str) -> Answer | None:
    """The answer to a text or file without a command; None where a command was meant, or the thread has no model."""
    if not caller.thread or not (text.strip() or caller.files):
        return None
    last = bench.tries.last_in_thread(caller.channel, caller.thread)
    if last is None:
        return None
    if text.strip().rstrip(".!").lower() in FORGET:
        bench.tries.end_conversation(last.number)
        sentence = f"Forgotten. What you say next to {escape(last.model)} begins a new conversation."
        return Answer(sentence, [section(sentence)])
    if text.strip() and commands.is_meant(text):
        return None
    if caller.files or not TASKS[last.task].takes_texts:
        return _ask_about_files(bench, caller, last, text)
    if not last.talks:
        return _ask(bench, caller, last, _next_inputs(last, text), None, last.revision)
    return _ask(bench, caller, last, [text], None if last.over else last, last.revision)


def repeat(bench: Workbench, caller: Caller, past: Try) -> Answer:
    """The same again at the revision that is newest now; of a conversation the same turn."""
    if past.follows is None:
        return run(bench, replace(caller, inputs=tuple(past.inputs or ())), as_command(past))
    before = bench.tries.get(TRY.write(past.follows))
    return _ask(bench, caller, past, past.inputs or [], before, past.typed)


def as_command(past: Try) -> commands.RunModel:
    """The command that asks the same."""
    return _command(past, texts(past))


def texts(past: Try) -> tuple[str, ...]:
    """What it was asked about, where that is text."""
    return tuple(each for each in past.inputs or () if isinstance(each, str))


def _command(past: Try, inputs: tuple[str, ...]) -> commands.RunModel:
    return commands.RunModel(
        model=past.model,
        revision=past.typed,
        inputs=inputs,
        task=past.task,
        via=past.via,
        options=commands.RunOptions.model_validate(past.options),
    )


def _ask_about_files(bench: Workbench, caller: Caller, last: Try, text: str) -> Answer:
    """The same model about a new file, or a new question about the file that lies in the thread."""
    if not caller.files and "text" not in TASKS[last.task].reads:
        raise Mistake(f"{quote(last.model)} reads no text (`{last.task}`). Mention me here with the next file.")
    return run(bench, caller, _command(last, (text,) if text.strip() else ()))


def _ask(
    bench: Workbench, caller: Caller, last: Try, turn: list[Input], before: Try | None, revision: str | None
) -> Answer:
    """Asks the model of `last` what is said in this turn, at this revision, with all that was said up to `before`."""
    turns = [*bench.tries.turns(before), {"role": "user", "content": str(turn[0])}] if before else []
    model = find_served(bench, caller.user, last.model, revision, last.via)
    inquiry = Inquiry(
        model=model.id,
        revision=model.sha,
        task=last.task,
        inputs=turn,
        options=last.options,
        typed=last.typed,
        via=last.via,
        follows=before.number if before else None,
    )
    with scratch(bench) as inputs:
        for each in turn:
            inputs.add(each)
        if turns:
            inputs.values = [{"messages": turns}]
        return answer(bench, caller, model, inquiry, inputs)


def _next_inputs(last: Try, text: str) -> list[Input]:
    """What a task that takes several texts is asked next: a new question about the same text, a new text to score."""
    before = last.inputs or []
    first = TASKS[last.task].first
    if first == "reference":
        return [before[0], text]
    return [text, *before[1:]] if first else [text]
