"""The form behind Fine-tune and Train again with changes; what is filled in becomes the command that does the same."""

from collections.abc import Mapping
from typing import Any

from core import commands
from core.blocks.forms import build_tune_form
from core.commands import TypedParameters
from core.commands.keys import TIMES, plain
from core.commands.openings import opening
from core.commands.repos import is_data_file
from core.commands.tokens import quoted
from core.commands.writing import filled_line, word
from core.data_files import SHORT_HASH
from core.errors import Mistake
from core.ids import RUN
from core.plans import TrainingRequest, plan_from
from core.recipe import column_keys
from core.schedules import STEERED
from core.store.plans import find_plan
from core.store.remembered import keep, last
from core.store.runs import Run
from core.workspace import ensure_served
from handlers.forms.submission import Submission
from handlers.forms.views import open_view
from handlers.listeners import Ack, Answer, Body, Caller, Parts, attempt, remember, reply, under_message
from handlers.train import plan_for

FORM = "model.tune"
CHANGE = "Change what you like; the plan comes before anything starts."
# What goes with one dataset, and what with one run.
OF_DATA, OF_ONE = ("task", "text", "pair", "label", "config"), ("name", *TIMES)


def open_form(parts: Parts, caller: Caller, repo: str) -> None:
    """Fine-tune under a model: asks for the data and the parameters."""
    open_filled(parts, caller, {"base": repo})


def open_filled(parts: Parts, caller: Caller, typed: Mapping[str, str]) -> None:
    """The form with what was typed, and with what this person filled in last where nothing was."""
    before = dict(last(parts.database, caller.user, FORM) or {})
    if typed.get("dataset", before.get("dataset")) != before.get("dataset"):
        before = {key: value for key, value in before.items() if key not in OF_DATA}
    _show(parts, caller, {**before, **typed})


def on_message_shortcut(parts: Parts, ack: Ack, body: Body) -> None:
    """Fine-tune on this: the form with the message's file as the data."""
    ack()
    caller = under_message(body)

    def open_it() -> None:
        ensure_served(str(body["channel"].get("name") or ""))
        names = [name for file in caller.files if is_data_file(name := str(file.get("name") or ""))]
        if not names:
            raise Mistake(
                "There is no table in this message. Choose one with a CSV, TSV, JSON, JSON lines or Parquet file."
            )
        open_filled(parts, caller, {"dataset": names[0]})

    reply(parts, caller, attempt(open_it))


def change(parts: Parts, caller: Caller, value: str) -> None:
    """Train again with changes, under a run, and Change under a plan: the form with the settings of that."""
    if RUN.number(value):
        run = parts.runs.shown_to(value, caller.user)
        _show(parts, caller, settings_of(run), f"The settings of {run.id}. {CHANGE}")
        return
    request = find_plan(parts.database, value).request
    parts.access.ensure_owner(caller.user, request.requested_by, "This plan")
    _show(parts, caller, _typed(request), f"The settings of the plan. {CHANGE}", request.changes or "")


def change_schedule(parts: Parts, caller: Caller, schedule_id: str) -> None:
    """Change under a schedule: what is filled in takes the place of what it does, or is a new one where it ended."""
    schedule = parts.schedules.ensure_owner(schedule_id, caller.user)
    note = f"The settings of {schedule.id}. {CHANGE}"
    changes = schedule.id if schedule.state in STEERED else ""
    _show(parts, caller, _typed(plan_from(schedule.plan).request), note, changes)


def _show(parts: Parts, caller: Caller, values: Mapping[str, str], note: str = "", changes: str = "") -> None:
    """Opens the form; `changes` is the schedule that it is about."""
    known = values.get("base") and values.get("dataset")
    line = _line(values) if known else ""
    open_view(parts, caller, build_tune_form(values, remember(caller, changes), line, note))
    # A time is read in the person's zone, and a form that is sent has no time to ask for it.
    parts.pool.submit(lambda: attempt(lambda: _learn_zone(parts, caller.user)))


def _learn_zone(parts: Parts, user: str) -> None:
    parts.workspace.person(user)


def _typed(request: TrainingRequest) -> Mapping[str, str]:
    """What was typed for it, by the form's fields."""
    found = opening(request.command)
    return found.values if found else {"base": request.base, "dataset": request.dataset}


def settings_of(run: Run) -> dict[str, str]:
    """What the run was started with, as one would type it."""
    recipe = run.recipe
    values = {key: recipe["parameters"].get(key) for key in TypedParameters.model_fields}
    values |= {"config": recipe["dataset"].get("config"), "task": recipe.get("task")}
    values |= column_keys(recipe["columns"])
    values |= {"base": recipe["base"]["repo"], "dataset": _data_of(recipe["dataset"])}
    return {key: plain(value) if isinstance(value, float) else str(value) for key, value in values.items() if value}


def _data_of(source: dict[str, Any]) -> str:
    """What one types for the same data: the newest of a repo, and that very file."""
    return f"{source['repo']}@{source['revision'][:SHORT_HASH]}" if source.get("folder") else str(source["repo"])


def submitted(parts: Parts, ack: Ack, body: Body) -> None:
    """Shows the plan, as the command does."""
    form = Submission(parts, ack, body)
    caller, changes = form.recall()

    def show_plan(read: tuple[str, commands.Command]) -> Answer:
        text, command = read
        kept = {key: value for key, value in form.filled.items() if key not in OF_ONE}
        keep(parts.database, caller.user, FORM, kept)
        if changes and isinstance(command, commands.Train):
            form.line = ""  # a line does not say what it changes
            parts.schedules.ensure_owner(changes, caller.user)
            return plan_for(parts, caller, command, changes)
        return form.answer(caller, command, text)  # the plan itself ends with the command

    beside = {"base": "org/model", "dataset": "org/dataset"}
    form.take(caller, lambda: form.read_line(_line, beside), show_plan, "dataset")


def _line(values: Mapping[str, str]) -> str:
    """The command that stands for the form."""
    times = " ".join(f"{word} {quoted(values[word])}" for word in TIMES if values.get(word))
    return filled_line(commands.Train, f"train {values['base']} on {word(values['dataset'])}", values, times)
