"""The form behind Fine-tune on this: that of Fine-tune, with the data, and with what of it is read as what."""

from core.commands.writing import repo_at
from handlers.datasets import read_line
from handlers.forms import tune
from handlers.listeners import Caller, Parts


def open_form(parts: Parts, caller: Caller, line: str) -> None:
    """Asks for the rest; `line` is the `dataset` command with the columns that a run would read."""
    command = read_line(line)
    known = {"config": command.config, "text": command.columns.text, "label": command.columns.label}
    known |= {"base": command.base, "dataset": repo_at(command.dataset, command.revision)}
    tune.open_filled(parts, caller, {key: value for key, value in known.items() if value})
