"""The form behind a bare `/hf dataset`."""

from collections.abc import Mapping

from core import commands
from core.blocks.forms import build_dataset_form
from core.commands.writing import filled_line, word
from handlers.forms.submission import Submission
from handlers.forms.views import open_view
from handlers.listeners import Ack, Answer, Body, Caller, Parts, remember

FORM = "dataset.form"


def open_filled(parts: Parts, caller: Caller, typed: Mapping[str, str]) -> None:
    """Asks which dataset, and what of it to look at."""
    open_view(parts, caller, build_dataset_form(typed, remember(caller, "")))


def submitted(parts: Parts, ack: Ack, body: Body) -> None:
    """The answer as after the command, with the command to learn under it."""
    form = Submission(parts, ack, body)
    caller, _ = form.recall()

    def answer(read: tuple[str, commands.Command]) -> Answer:
        text, command = read
        return form.answer(caller, command, text, learn=True)

    form.take(caller, lambda: form.read_line(_line, {"dataset": "org/dataset"}), answer, "dataset")


def _line(values: Mapping[str, str]) -> str:
    return filled_line(commands.InspectDataset, f"dataset {word(values['dataset'])}", values)
