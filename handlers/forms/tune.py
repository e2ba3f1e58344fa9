"""The form behind Fine-tune; what is filled in becomes the command that does the same."""

from core.blocks.forms import build_tune_form
from core.commands import TrainParameters
from handlers.forms.submission import Submission
from handlers.listeners import Ack, Body, Caller, Parts, remember

FIELDS = ("epochs", "lr", "batch", "max_samples", "text", "label")


def open_form(parts: Parts, caller: Caller, repo: str) -> None:
    """Fine-tune under a model: asks for the data and the parameters."""
    defaults = TrainParameters().model_dump()
    shown = {key: defaults.get(key) for key in FIELDS}
    parts.client.views_open(trigger_id=caller.trigger_id, view=build_tune_form(repo, remember(caller, repo), shown))


def submitted(parts: Parts, ack: Ack, body: Body) -> None:
    """Shows the plan, as the command does."""
    form = Submission(parts, ack, body)
    caller, repo = form.recall()
    values = form.values
    pairs = " ".join(f'{key}="{values[key]}"' for key in FIELDS if values.get(key))
    text = f"train {repo} on {values['dataset']} {pairs}".strip()
    form.take(caller, lambda: form.read(text), lambda command: form.answer(caller, command, text), "dataset")
