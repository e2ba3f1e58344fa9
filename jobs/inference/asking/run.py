"""One model's answer, here or at a provider."""

from core import commands
from core.answers import Answer, Caller
from core.hub import Model
from core.store.tries import Question
from jobs.inference.asking import local, remote
from jobs.inference.asking.inputs import Material, open_material
from jobs.inference.asking.models import find_served, task_for
from jobs.inference.asking.trial import open_trial
from jobs.inference.asking.workbench import Workbench


def run(bench: Workbench, caller: Caller, command: commands.Run) -> Answer:
    """The answer with its task, model, revision, time and device. The sentence of what is wrong otherwise."""
    model = find_served(bench, command.model, command.revision, command.via)
    task = task_for(model, command)
    with open_material(bench, caller, command, model.id, task) as material:
        question = Question(
            model=model.id,
            revision=model.sha,
            task=task,
            inputs=list(material.inputs),
            options=command.options.model_dump(exclude_none=True),
            typed=command.revision,
            via=command.via,
        )
        return answer(bench, caller, model, question, material)


def answer(bench: Workbench, caller: Caller, model: Model, question: Question, material: Material) -> Answer:
    """Asks the model about the material, here or at a provider, and keeps the answer."""
    if question.via:
        return remote.answer(bench, caller, model, question, material)
    with open_trial(bench, caller, question) as trial:
        shown = local.show(bench, model, question.task, question.options, material, trial)
        return trial.finish(shown, model.url, material)
