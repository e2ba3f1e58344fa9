"""The form behind Fine-tune; what is filled in becomes the command that does the same."""

from collections.abc import Mapping

from core import commands
from core.blocks.forms import build_tune_form
from core.commands import TrainParameters
from core.errors import Mistake
from handlers.forms.submission import Submission
from handlers.listeners import Ack, Body, Caller, Parts, remember

FIELDS = ("epochs", "lr", "batch", "max_samples", "text", "label")


def open_form(parts: Parts, caller: Caller, repo: str) -> None:
    """Fine-tune under a model: asks for the data and the parameters."""
    show(parts, caller, repo, {})


def show(parts: Parts, caller: Caller, repo: str, typed: Mapping[str, str]) -> None:
    """The same with the parameters that were typed; without a model it is asked for too."""
    if unknown := [key for key in typed if key not in FIELDS]:
        raise Mistake(f"Say on which data: `train {repo} on org/dataset {unknown[0]}={typed[unknown[0]]}`.")
    defaults = TrainParameters().model_dump()
    shown = {key: defaults.get(key) for key in FIELDS}
    view = build_tune_form(repo, remember(caller, repo), shown, typed)
    parts.client.views_open(trigger_id=caller.trigger_id, view=view)


def submitted(parts: Parts, ack: Ack, body: Body) -> None:
    """Shows the plan, as the command does."""
    form = Submission(parts, ack, body)
    caller, repo = form.recall()
    values = form.values
    pairs = " ".join(f'{key}="{values[key]}"' for key in FIELDS if values.get(key))
    text = f"train {repo or values['base']} on {values['dataset']} {pairs}".strip()

    def read_filled() -> commands.Command:
        if not repo:
            try:
                commands.read_repo(values["base"], example="org/model")
            except Mistake as error:
                raise Mistake(error.sentence, field="base") from error
        return form.read(text)

    form.take(caller, read_filled, lambda command: form.answer(caller, command, text, learn=True), "dataset")
