"""Quick inference: a model's answer on typed text, two models' answers, and how a text is cut into tokens."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.blocks.compared_answers import build_comparison
from bot.blocks.inference import Shown, build_answer
from bot.blocks.text import quote, size
from bot.blocks.tokens import Cut, build_tokens
from bot.errors import Mistake, WorkerError
from bot.hub import Model, memory_needed
from handlers.answering import Answer, Caller
from handlers.find import not_there
from handlers.inputs import Given, gathered
from handlers.outputs import finish, own_names
from handlers.parts import Parts
from jobs.inference import protocol
from jobs.inference.client import InferenceFailed
from jobs.inference.protocol import TOKENIZE, Input, Request
from jobs.inference.registry import resolve_task, task_implied

SECONDS = 120.0
# Up to this, a comparison asks a model that was just loaded a second time, since the first answer is slower.
ASK_AGAIN_SECONDS = 5.0


def run(parts: Parts, caller: Caller, command: Any) -> Answer:
    """The answer with its task, model, revision, time and device. The sentence of what is wrong otherwise."""
    model = find_runnable(parts, command.model, command.revision)
    task = task_for(model, command)
    with gathered(parts, caller, command, model.id, task) as given:
        shown = _shown(parts, model, task, command, given)
        return finish(parts, given, Answer(*build_answer(shown, model.url)), shown.results)


def compare(parts: Parts, caller: Caller, command: Any) -> Answer:
    """Both models' answers on the same texts or files. Mistake when they are for different tasks."""
    first, second = (find_runnable(parts, each.id, each.revision) for each in command.models)
    tasks = [task_for(model, command) for model in (first, second)]
    if tasks[0] != tasks[1]:
        raise Mistake(f"{quote(first.id)} is for `{tasks[0]}` and {quote(second.id)} for `{tasks[1]}`, which cannot be "
                      "compared. If both can do one task, name it with `task=`.")  # fmt: skip
    with gathered(parts, caller, command, first.id, tasks[0]) as given:
        one, other = (_warm(parts, model, tasks[0], command, given) for model in (first, second))
        answer = Answer(*build_comparison(one, other, (first.url, second.url)))
        return finish(parts, given, answer, [*one.results, *other.results])


def tokenize(parts: Parts, command: Any) -> Answer:
    """How one model or two cut the texts; only their tokenizers are fetched."""
    models = [find_model(parts, each.id, each.revision) for each in command.models]
    inputs = list(command.inputs)
    cuts = [Cut(model.id, model.sha, model.url, _ask(parts, model, TOKENIZE, inputs, {}).results) for model in models]
    text, blocks = build_tokens(inputs, cuts)
    return Answer(text, blocks)


def find_model(parts: Parts, name: str, revision: str | None) -> Model:
    """The model on the Hub. Mistake when the name is something else's; NotOnHub or Gated when it cannot be read."""
    kind = parts.hub.kind_of(name)
    if kind is None:
        raise not_there(parts, name)
    if kind != "model":
        raise Mistake(f"`{name}` is a {kind}; only models can be tried. `/hf info` shows what is in it.")
    model = parts.hub.model(name, revision)
    if model.gated:
        parts.hub.ensure_readable("model", model.id)
    return model


def find_runnable(parts: Parts, name: str, revision: str | None) -> Model:
    """The same, where its weights may and can be loaded here."""
    model = find_model(parts, name, revision)
    ensure_runnable(model, parts.settings.model_memory)
    return model


def task_for(model: Model, command: Any) -> str:
    """What to use the model for: what was typed, what the options belong to, or what the Hub says."""
    options = command.options.model_dump(exclude_none=True)
    return resolve_task(
        model.task, model.architectures, command.task or task_implied(options, model.task, model.architectures)
    )


def _shown(parts: Parts, model: Model, task: str, command: Any, given: Given) -> Shown:
    options = command.options.model_dump(exclude_none=True)
    found = _ask(parts, model, task, given.inputs, options, given.folder)
    return Shown(
        model=model.id,
        revision=model.sha,
        task=task,
        inputs=given.shown,
        results=parts.hub.named(model, own_names(found.results, given.folder)),
        seconds=found.seconds,
        load_seconds=found.load_seconds,
        device=found.device,
        engine=found.engine,
        notes=tuple(given.notes),
    )


def _warm(parts: Parts, model: Model, task: str, command: Any, given: Given) -> Shown:
    """The answer with the time that a model takes which is already there."""
    first = _shown(parts, model, task, command, given)
    if not first.load_seconds or first.seconds > ASK_AGAIN_SECONDS:
        return first
    return replace(first, seconds=_shown(parts, model, task, command, given).seconds)


def _ask(
    parts: Parts, model: Model, task: str, inputs: Sequence[Input], options: dict[str, Any], folder: Path | None = None
) -> protocol.Answer:
    request = Request(
        id=uuid.uuid4().hex, model=model.id, revision=model.sha, task=task, inputs=inputs, options=options,
        folder=str(folder) if folder else "",
    )  # fmt: skip
    try:
        return parts.inference.ask(request, SECONDS)
    except InferenceFailed as error:
        raise WorkerError(error.message, kind=error.kind) from error


def ensure_runnable(model: Model, budget: int) -> None:
    """Mistake with the reason when the model must not, or cannot, be loaded here."""
    if model.needs_code:
        raise Mistake(f"`{model.id}` runs its own code when loaded, which hugops never does. Choose another model.")
    if model.safe is False:
        raise Mistake(f"`{model.id}` has its weights as pickle only, which can run code. Choose one with safetensors.")
    if model.safe is None:
        raise Mistake(f"`{model.id}` has no weights to run.")
    needed = memory_needed(model.weight_bytes, model.parameters_total).inference
    if needed > budget:
        raise Mistake(f"`{model.id}` needs about {size(needed)} of memory to run; {size(budget)} are set "
                      "aside for models here (HUGOPS_MODEL_MEMORY). Try a smaller one.")  # fmt: skip
