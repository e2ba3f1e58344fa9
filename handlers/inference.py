"""Quick inference: a model's answer on typed text, two models' answers, and how a text is cut into tokens."""

import uuid
from dataclasses import replace
from typing import Any

from core.blocks.compared_answers import build_comparison
from core.blocks.inference import Shown
from core.blocks.tokens import Cut, build_tokens
from core.errors import Mistake, TooLarge, WorkerError
from core.hub import Model, memory_needed
from core.results import Tokens
from core.task_choice import resolve_task, task_implied
from core.words import escape, quote, size
from handlers import remote
from handlers.answering import Answer, Caller
from handlers.find import not_there
from handlers.inputs import Given, gathered, scratch
from handlers.outputs import finish, own_names
from handlers.parts import Parts
from handlers.trying import Question, Trial, trying
from jobs.inference import protocol
from jobs.inference.client import InferenceFailed
from jobs.inference.protocol import TOKENIZE, Request

SECONDS = 120.0
# Up to this, a comparison asks a model that was just loaded a second time, since the first answer is slower.
ASK_AGAIN_SECONDS = 5.0


def run(parts: Parts, caller: Caller, command: Any) -> Answer:
    """The answer with its task, model, revision, time and device. The sentence of what is wrong otherwise."""
    model = model_for(parts, command.model, command.revision, command.via)
    task = task_for(model, command)
    with gathered(parts, caller, command, model.id, task) as given:
        question = Question(
            model=model.id,
            revision=model.sha,
            task=task,
            inputs=list(given.inputs),
            options=command.options.model_dump(exclude_none=True),
            typed=command.revision,
            via=command.via,
        )
        return answer(parts, caller, model, question, given)


def answer(parts: Parts, caller: Caller, model: Model, question: Question, given: Given) -> Answer:
    """Asks the model what is `given`, here or at a provider, and keeps the answer."""
    if question.via:
        return remote.answer(parts, caller, model, question, given)
    with trying(parts, caller, question) as trial:
        shown = _shown(parts, model, question.task, question.options, given, trial)
        return trial.finish(shown, model.url, given)


def compare(parts: Parts, caller: Caller, command: Any) -> Answer:
    """Both models' answers on the same texts or files. Mistake when they are for different tasks."""
    first, second = (find_runnable(parts, each.id, each.revision) for each in command.models)
    tasks = [task_for(model, command) for model in (first, second)]
    if tasks[0] != tasks[1]:
        raise Mistake(
            f"{quote(first.id)} is for `{tasks[0]}` and {quote(second.id)} for `{tasks[1]}`, which cannot be "
            "compared. If both can do one task, name it with `task=`."
        )
    if (first.id, first.sha) == (second.id, second.sha):
        raise Mistake(
            f"Both are {quote(first.id)} at the same commit. Name another model, or another revision with `@`."
        )
    with gathered(parts, caller, command, first.id, tasks[0]) as given:
        options = command.options.model_dump(exclude_none=True)
        one, other = (_warm(parts, model, tasks[0], options, given) for model in (first, second))
        both = Answer(*build_comparison(one, other, (first.url, second.url)))
        return finish(parts, given, both, [*one.results, *other.results])


def tokenize(parts: Parts, command: Any) -> Answer:
    """How one model or two cut the texts; only their tokenizers are fetched."""
    models = [find_model(parts, each.id, each.revision) for each in command.models]
    with scratch(parts) as given:
        for text in command.inputs:
            given.add(text, text)
        answers = [(each, _ask(parts, each, TOKENIZE, given, {})) for each in models]
        cuts = [
            Cut(model.id, model.sha, model.url, [each for each in answer.results if isinstance(each, Tokens)])
            for model, answer in answers
        ]
        return Answer(*build_tokens(given.shown, cuts))


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


def model_for(parts: Parts, name: str, revision: str | None, via: str | None) -> Model:
    """The model on the Hub, which can be run here, or which a provider is asked for."""
    model = find_model(parts, name, revision)
    if via:
        return model
    try:
        ensure_runnable(model, parts.settings.model_memory)
    except TooLarge as error:
        raise remote.with_offer(parts, model, error) from error
    return model


def _shown(
    parts: Parts, model: Model, task: str, options: dict[str, Any], given: Given, trial: Trial | None = None
) -> Shown:
    found = _ask(parts, model, task, given, options, trial)
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


def _warm(parts: Parts, model: Model, task: str, options: dict[str, Any], given: Given) -> Shown:
    """The answer with the time that a model takes which is already there."""
    first = _shown(parts, model, task, options, given)
    if not first.load_seconds or first.seconds > ASK_AGAIN_SECONDS:
        return first
    return replace(first, seconds=_shown(parts, model, task, options, given).seconds)


def _ask(
    parts: Parts, model: Model, task: str, given: Given, options: dict[str, Any], trial: Trial | None = None
) -> protocol.Reply:
    request = Request(
        id=trial.request if trial else uuid.uuid4().hex,
        model=model.id,
        revision=model.sha,
        task=task,
        inputs=given.inputs,
        options=options,
        folder=str(given.folder),
    )
    try:
        return parts.inference.ask(request, SECONDS, trial.tell if trial else None)
    except InferenceFailed as error:
        raise failure(error, model.id, *(path.name for path in given.folder.glob("*"))) from error


def failure(error: InferenceFailed, *names: str) -> WorkerError:
    """What the worker said, which may hold a person's words; a model or file that it begins with in backticks."""
    sentence = escape(error.message)
    name = next((each for each in map(escape, names) if sentence.startswith(f"{each} ")), "")
    return WorkerError(f"`{name}`{sentence.removeprefix(name)}" if name else sentence, kind=error.kind)


def ensure_runnable(model: Model, budget: int) -> None:
    """Mistake with the reason when the model must not, or cannot, be loaded here."""
    if model.needs_code:
        raise Mistake(f"`{model.id}` runs its own code when loaded, which hugops never does. Choose another model.")
    if model.safe is False:
        raise Mistake(f"`{model.id}` has its weights as pickle only, which can run code. Choose one with safetensors.")
    if model.safe is None:
        raise Mistake(f"`{model.id}` has no weights to run. Choose another model.")
    needed = memory_needed(model.weight_bytes, model.parameters_total).inference
    if needed > budget:
        raise TooLarge(
            f"`{model.id}` needs about {size(needed)} of memory to run; {size(budget)} are set "
            "aside for models here (HUGOPS_MODEL_MEMORY). Try a smaller one."
        )
