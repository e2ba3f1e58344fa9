"""The form behind Fine-tune and Train again with changes; what is filled in becomes the command that does the same."""

from collections.abc import Mapping
from typing import Any

from core import commands
from core.blocks.forms import Tuning, build_tune_form
from core.commands import TypedParameters
from core.commands.keys import plain
from core.commands.tokens import quoted
from core.commands.writing import word
from core.data_files import SHORT_HASH
from core.errors import Mistake
from core.store.runs import Run
from handlers.forms.submission import Submission
from handlers.listeners import Ack, Body, Caller, Parts, remember

PARAMETERS = tuple(TypedParameters.model_fields)
FIELDS = (*PARAMETERS, "task", "text", "pair", "label", "config", "name", "at", "every")


def open_form(parts: Parts, caller: Caller, repo: str) -> None:
    """Fine-tune under a model: asks for the data and the parameters."""
    show(parts, caller, Tuning(base=repo))


def open_typed(parts: Parts, caller: Caller, repo: str, typed: Mapping[str, str]) -> None:
    """The same with the parameters that were typed; without a model it is asked for too."""
    if unknown := [key for key in typed if key not in FIELDS]:
        raise Mistake(f"Say on which data: `train {repo} on org/dataset {unknown[0]}={typed[unknown[0]]}`.")
    show(parts, caller, Tuning(base=repo, values=typed))


def change(parts: Parts, caller: Caller, run_id: str) -> None:
    """Train again with changes, under a run: the form with what that was started with."""
    show(parts, caller, settings_of(parts.runs.shown_to(run_id, caller.user)))


def show(parts: Parts, caller: Caller, filled: Tuning) -> None:
    """Opens the form with what is known."""
    standard = TypedParameters().model_dump()
    defaults = {key: standard.get(key) for key in FIELDS}
    view = build_tune_form(filled, remember(caller, filled.base), defaults)
    parts.client.views_open(trigger_id=caller.trigger_id, view=view)


def settings_of(run: Run) -> Tuning:
    """What the run was started with, as one would type it."""
    recipe = run.recipe
    values = {key: recipe["parameters"].get(key) for key in PARAMETERS}
    columns = recipe["columns"]
    values |= {"config": recipe["dataset"].get("config"), "task": recipe.get("task")}
    values |= {"text": columns.get("text"), "pair": columns.get("text_pair"), "label": columns.get("label")}
    typed = {key: plain(value) if isinstance(value, float) else str(value) for key, value in values.items() if value}
    return Tuning(base=recipe["base"]["repo"], dataset=_data_of(recipe["dataset"]), run=run.id, values=typed)


def _data_of(source: dict[str, Any]) -> str:
    """What one types for the same data: the newest of a repo, and that very file."""
    return f"{source['repo']}@{source['revision'][:SHORT_HASH]}" if source.get("folder") else str(source["repo"])


def submitted(parts: Parts, ack: Ack, body: Body) -> None:
    """Shows the plan, as the command does."""
    form = Submission(parts, ack, body)
    caller, repo = form.recall()
    values = form.values
    pairs = " ".join(f"{key}={quoted(values[key])}" for key in FIELDS if values.get(key))
    text = f"train {repo or values['base']} on {word(values['dataset'])} {pairs}".strip()

    def read_filled() -> commands.Command:
        if not repo:
            try:
                commands.read_repo(values["base"], example="org/model")
            except Mistake as error:
                raise Mistake(error.sentence, field="base") from error
        return form.read(text)

    form.take(caller, read_filled, lambda command: form.answer(caller, command, text, learn=True), "dataset")
