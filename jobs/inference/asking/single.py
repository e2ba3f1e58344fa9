"""One model's answer, here or at a provider."""

from core import commands
from core.answers import Answer, Caller
from core.hub import Model
from core.store.tries import Inquiry
from jobs.inference.asking import local, remote
from jobs.inference.asking.inputs import Inputs, open_inputs
from jobs.inference.asking.models import find_served, task_for
from jobs.inference.asking.trial import open_trial
from jobs.inference.asking.workbench import Workbench


def run(bench: Workbench, caller: Caller, command: commands.RunModel) -> Answer:
    """The answer with its task, model, revision, time and device. The sentence of what is wrong otherwise."""
    model = find_served(bench, caller.user, command.model, command.revision, command.via)
    task = task_for(model, command)
    with open_inputs(bench, caller, command, model.id, task) as inputs:
        inquiry = Inquiry(
            model=model.id,
            revision=model.sha,
            task=task,
            inputs=list(inputs.values),
            options=command.options.model_dump(exclude_none=True),
            typed=command.revision,
            via=command.via,
        )
        return answer(bench, caller, model, inquiry, inputs)


def answer(bench: Workbench, caller: Caller, model: Model, inquiry: Inquiry, inputs: Inputs) -> Answer:
    """Asks the model about the inputs, here or at a provider, and keeps the answer."""
    if inquiry.via:
        return remote.answer(bench, caller, model, inquiry, inputs)
    with open_trial(bench, caller, inquiry, inputs.folder) as trial:
        shown = local.show(bench, model, inquiry.task, inquiry.options, inputs, trial)
        return trial.finish(shown, model.url, inputs)
