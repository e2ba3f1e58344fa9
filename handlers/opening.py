"""Commands that stand alone, or lack something: each opens its form, filled with what was typed."""

from collections.abc import Callable, Mapping

from core import commands
from core.commands.openings import opening
from core.commands.repos import read_data
from core.errors import Mistake
from handlers.forms import compare, dataset, publish, search, tokenize, try_model, tune, watch
from handlers.listeners import Caller, Parts, Work

Open = Callable[[Parts, Caller, Mapping[str, str]], None]

FORMS: Mapping[str, Open] = {
    "search": search.open_filled,
    "run": try_model.open_filled,
    "compare": compare.open_filled,
    "tokenize": tokenize.open_filled,
    "dataset": dataset.open_filled,
    "train": tune.open_filled,
    "publish": publish.open_filled,
    "watch": watch.open_filled,
}
# Fields that name a repo, each with a right one.
REPOS = {
    "model": "org/model",
    "other": "org/model",
    "base": "org/model",
    "dataset": "org/dataset",
    "target": "org/model",
}


def form_of(parts: Parts, caller: Caller, text: str) -> Work | None:
    """What opens the form of an incomplete line; None where it is complete, or no form can be opened."""
    found = opening(text) if caller.trigger_id else None
    if found is None or found.is_complete:
        return None

    def open_it() -> None:
        for field, example in REPOS.items():
            if field in found.values:  # a name that cannot be is told at once
                (read_data if field == "dataset" else commands.read_repo)(found.values[field], example=example)
        FORMS[found.command](parts, caller, found.values)

    return open_it


def open_again(parts: Parts, caller: Caller, line: str) -> None:
    """Change: the form with all that stands in a line."""
    found = opening(line)
    if found is None:
        raise Mistake("I no longer know what this button belongs to. Type the command again.")
    FORMS[found.command](parts, caller, found.values)
