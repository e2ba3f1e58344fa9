"""The form behind Compare and a bare `/hf compare`; what is filled in becomes the command that does the same."""

from collections.abc import Mapping
from dataclasses import replace

from core import commands
from core.blocks.compare_form import build_compare_form
from core.commands.tokens import quoted
from core.commands.writing import filled_line
from core.errors import Mistake
from core.store.remembered import keep, last
from handlers.forms.submission import Submission, lines_of
from handlers.forms.views import open_view
from handlers.listeners import Ack, Answer, Body, Caller, Parts, remember

LAST = "compare.form"


def open_form(parts: Parts, caller: Caller, value: str) -> None:
    """Compare answers under two models, or Compare on more: asks for texts or data.

    `value` are two names with a space between; ` on ` and a dataset's name follow where they were compared on it.
    """
    models, _, dataset = value.partition(" on ")
    if len(models.split()) != 2:
        raise Mistake('I no longer know which two models this button belongs to. Type `compare model model "text"`.')
    first, second = models.split()
    open_filled(parts, caller, {"model": first, "other": second, **({"dataset": dataset} if dataset else {})})


def open_beside(parts: Parts, caller: Caller, run_id: str) -> None:
    """Compare under a run: with the base beside it where that was for the same task."""
    recipe = parts.runs.shown_to(run_id, caller.user).recipe
    base = recipe["base"]
    other = base["repo"] if base.get("task") == recipe["task"] else ""
    other = other or parts.tries.other_model(caller.user, run_id)
    open_filled(parts, caller, {"model": run_id, **({"other": other} if other else {})})


def open_filled(parts: Parts, caller: Caller, typed: Mapping[str, str]) -> None:
    """The form with what was typed, and with what this person filled in last where nothing was."""
    before = last(parts.database, caller.user, LAST) or {}
    if "model" in typed:
        before = {key: value for key, value in before.items() if key not in ("model", "other")}
    if "inputs" in typed or "dataset" in typed:  # the one is asked in place of the other
        before = {key: value for key, value in before.items() if key not in ("inputs", "dataset")}
    open_view(parts, caller, build_compare_form({**before, **typed}, remember(caller, "")))


def submitted(parts: Parts, ack: Ack, body: Body) -> None:
    """The answer as after the command."""
    form = Submission(parts, ack, body)
    caller, _ = form.recall()
    caller = replace(caller, files=form.files)

    def read_filled() -> tuple[str, commands.Command]:
        has_inputs, has_rows = "inputs" in form.filled or bool(caller.files), "dataset" in form.filled
        lacking = (
            {"inputs": "Give either texts or files, or a dataset to compare on."} if has_inputs == has_rows else {}
        )
        beside = {"model": "org/model", "other": "org/other", "dataset": form.values.get("dataset", "")}
        return form.read_line(_line, beside, lacking)

    def compare(read: tuple[str, commands.Command]) -> Answer:
        text, command = read
        keep(parts.database, caller.user, LAST, form.filled)
        return form.answer(caller, command, text, learn=True)

    form.take(caller, read_filled, compare, "inputs")


def _line(values: Mapping[str, str]) -> str:
    """The command that stands for the form; each line of the text is one."""
    words = f"compare {values['model']} {values['other']}"
    if values.get("dataset"):
        return filled_line(commands.Compare, f"{words} on {values['dataset']}", values)
    return filled_line(commands.Compare, " ".join((words, *map(quoted, lines_of(values.get("inputs", ""))))), values)
