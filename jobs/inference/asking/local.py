"""Models that are run here: one question to the inference process, and what it answered."""

import uuid

from core.blocks.inference import Shown
from core.errors import WorkerError
from core.hub import Model
from core.store.tries import Options
from core.words import escape
from jobs.inference import protocol
from jobs.inference.asking.inputs import Inputs
from jobs.inference.asking.outputs import own_names
from jobs.inference.asking.trial import Trial
from jobs.inference.asking.workbench import Workbench
from jobs.inference.client import InferenceFailed
from jobs.inference.protocol import Request

SECONDS = 120.0


def show(
    bench: Workbench, model: Model, task: str, options: Options, inputs: Inputs, trial: Trial | None = None
) -> Shown:
    """The model's answer with its facts; `trial` hears what happens meanwhile."""
    answer = ask(bench, model, task, options, inputs, trial)
    return Shown(
        model=model.id,
        revision=model.sha,
        task=task,
        inputs=inputs.shown,
        results=bench.hub.named(model, own_names(answer.results, inputs.folder)),
        seconds=answer.seconds,
        load_seconds=answer.load_seconds,
        device=answer.device,
        engine=answer.engine,
        notes=tuple(inputs.notes),
    )


def ask(
    bench: Workbench, model: Model, task: str, options: Options, inputs: Inputs, trial: Trial | None = None
) -> protocol.Reply:
    """What the worker answers. WorkerError when it gives no answer."""
    request = Request(
        id=trial.request if trial else uuid.uuid4().hex,
        model=model.id,
        revision=model.sha,
        task=task,
        inputs=inputs.values,
        options=options,
        folder=str(inputs.folder),
        place=model.folder,
    )
    try:
        return bench.inference.ask(request, SECONDS, trial.tell if trial else None)
    except InferenceFailed as error:
        raise failure(error, model.id, *(path.name for path in inputs.folder.glob("*"))) from error


def failure(error: InferenceFailed, *names: str) -> WorkerError:
    """What the worker said, which may hold a person's words; a model or file that it begins with in backticks."""
    sentence = escape(error.message)
    name = next((each for each in map(escape, names) if sentence.startswith(f"{each} ")), "")
    return WorkerError(f"`{name}`{sentence.removeprefix(name)}" if name else sentence, kind=error.kind)
