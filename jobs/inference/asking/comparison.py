"""Two models' answers on the same texts or files."""

from dataclasses import replace

from core import commands
from core.answers import Answer, Caller
from core.blocks.compared_answers import build_comparison, overflow
from core.blocks.inference import Shown
from core.errors import Mistake
from core.hub import Model
from core.store.tries import Options
from core.words import quote
from jobs.inference.asking import local, rows
from jobs.inference.asking.inputs import Inputs, open_inputs
from jobs.inference.asking.models import find_pair
from jobs.inference.asking.outputs import finish
from jobs.inference.asking.overflow import share_all
from jobs.inference.asking.workbench import Workbench

# Up to this, a comparison asks a model that was just loaded a second time, since the first answer is slower.
ASK_AGAIN_SECONDS = 5.0


def compare(bench: Workbench, caller: Caller, command: commands.Compare) -> Answer:
    """Both models' answers, on rows of a dataset where one is named. Mistake when they are for different tasks."""
    if command.dataset:
        return rows.compare(bench, caller, command, command.dataset)
    first, second, task = find_pair(bench, caller.user, command)
    if (first.id, first.sha) == (second.id, second.sha):
        raise Mistake(
            f"Both are {quote(first.id)} at the same commit. Name another model, or another revision with `@`."
        )
    options: Options = command.options.model_dump(exclude_none=True)
    with open_inputs(bench, caller, command, first.id, task) as inputs:
        one, other = (_warm(bench, model, task, options, inputs) for model in (first, second))
        rest = ""
        if overflow(one, other):
            sides = {f"{each.model}@{each.revision[:7]}": each.results for each in (one, other)}
            rest = share_all(bench, caller, one.inputs[len(one.asked) :], sides)
        # The form takes lines of text, each for itself.
        is_lines = not one.asked and all(isinstance(each, str) for each in inputs.values)
        asked = rows.written_names(command) if is_lines else ""
        both = Answer(*build_comparison(one, other, (first.url, second.url), rest, asked))
        return finish(bench, inputs, both, [*one.results, *other.results])


def _warm(bench: Workbench, model: Model, task: str, options: Options, inputs: Inputs) -> Shown:
    """The answer with the time that a model takes which is already there."""
    first = local.show(bench, model, task, options, inputs)
    if not first.load_seconds or first.seconds > ASK_AGAIN_SECONDS:
        return first
    return replace(first, seconds=local.show(bench, model, task, options, inputs).seconds)
