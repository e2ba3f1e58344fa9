"""How a text is cut into tokens."""

from core import commands
from core.answers import Answer, Caller
from core.blocks.tokens import Cut, build_tokens
from core.results import Tokens
from jobs.inference.asking.inputs import scratch
from jobs.inference.asking.local import ask
from jobs.inference.asking.models import find_model
from jobs.inference.asking.workbench import Workbench
from jobs.inference.protocol import TOKENIZE


def tokenize(bench: Workbench, caller: Caller, command: commands.Tokenize) -> Answer:
    """How one model or two cut the texts; only their tokenizers are fetched."""
    models = [find_model(bench, caller.user, each.id, each.revision) for each in command.models]
    with scratch(bench) as inputs:
        for text in command.inputs:
            inputs.add(text)
        answers = [(each, ask(bench, each, TOKENIZE, {}, inputs)) for each in models]
        cuts = [
            Cut(model.id, model.sha, model.url, [each for each in answer.results if isinstance(each, Tokens)])
            for model, answer in answers
        ]
        return Answer(*build_tokens(inputs.shown, cuts))
