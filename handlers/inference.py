"""Quick inference: a model's answer on typed text."""

import uuid
from typing import Any

from bot.blocks.inference import Shown, build_answer
from bot.blocks.text import size
from bot.errors import Mistake, WorkerError
from bot.hub import Model, memory_needed
from handlers.answering import Answer
from handlers.find import not_there
from handlers.parts import Parts
from jobs.inference.client import InferenceFailed
from jobs.inference.protocol import Request
from jobs.inference.registry import resolve_task

SECONDS = 120.0


def run(parts: Parts, command: Any) -> Answer:
    """The answer with its task, model, revision, time and device. The sentence of what is wrong otherwise."""
    kind = parts.hub.kind_of(command.model)
    if kind is None:
        raise not_there(parts, command.model)
    if kind != "model":
        raise Mistake(f"`{command.model}` is a {kind}; only models can be tried. `/hf info` shows what is in it.")
    model = parts.hub.model(command.model, command.revision)
    if model.gated:
        parts.hub.ensure_readable("model", model.id)
    ensure_runnable(model, parts.settings.model_memory)
    task = resolve_task(model.task, model.architectures, command.task)
    request = Request(
        id=uuid.uuid4().hex, model=model.id, revision=model.sha, task=task, inputs=list(command.inputs),
        options=command.options.model_dump(exclude_none=True),
    )  # fmt: skip
    try:
        found = parts.inference.ask(request, SECONDS)
    except InferenceFailed as error:
        raise WorkerError(error.message, kind=error.kind) from error
    shown = Shown(
        model=model.id,
        revision=model.sha,
        task=task,
        inputs=request.inputs,
        results=found.results,
        seconds=found.seconds,
        load_seconds=found.load_seconds,
        device=found.device,
        engine=found.engine,
    )
    text, blocks = build_answer(shown, model.url)
    return Answer(text, blocks)


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
