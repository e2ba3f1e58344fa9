"""Commands that stand alone, or lack something: each opens its form, filled with what was typed."""

from collections.abc import Callable, Mapping

from core import commands
from core.blocks.forms import TryFields
from core.commands.openings import Opening, opening
from core.errors import Mistake
from handlers.forms import compare, publish, search, tokenize, try_model, tune, watch
from handlers.listeners import Caller, Parts, Work

Open = Callable[[Parts, Caller, Opening], None]


def form_of(parts: Parts, caller: Caller, text: str) -> Work | None:
    """What opens the form of an incomplete line; None where it is complete, or no form can be opened."""
    lacking = opening(text) if caller.trigger_id else None
    return (lambda: FORMS[lacking.command](parts, caller, lacking)) if lacking else None


def _search(parts: Parts, caller: Caller, _lacking: Opening) -> None:
    search.open_form(parts, caller)


def _run(parts: Parts, caller: Caller, lacking: Opening) -> None:
    task = lacking.pairs.get("task", "")
    try_model.show(parts, caller, TryFields(model=_model(lacking, 0), task=task, options=lacking.options))


def _compare(parts: Parts, caller: Caller, lacking: Opening) -> None:
    if len(lacking.words) == 2 and not lacking.pairs:
        compare.open_form(parts, caller, f"{_model(lacking, 0)} {_model(lacking, 1)}")
        return
    task = lacking.pairs.get("task", "")
    filled = TryFields(_model(lacking, 0), _model(lacking, 1), task=task, options=lacking.options)
    try_model.show(parts, caller, filled)


def _tokenize(parts: Parts, caller: Caller, lacking: Opening) -> None:
    tokenize.show(parts, caller, _model(lacking, 0), _model(lacking, 1))


def _train(parts: Parts, caller: Caller, lacking: Opening) -> None:
    tune.open_typed(parts, caller, _model(lacking, 0), lacking.pairs)


def _watch(parts: Parts, caller: Caller, _lacking: Opening) -> None:
    watch.open_form(parts, caller)


def _publish(parts: Parts, caller: Caller, lacking: Opening) -> None:
    newest = parts.runs.newest(requested_by=caller.user, state="succeeded", limit=1)
    if not lacking.words and not newest:
        raise Mistake("You have no finished run to publish yet. `/hf help train` shows how to begin one.")
    publish.open_form(parts, caller, lacking.words[0].upper() if lacking.words else newest[0].id)


def _model(lacking: Opening, place: int) -> str:
    """The model that was typed there; Mistake for what cannot be the name of one."""
    if place >= len(lacking.words):
        return ""
    commands.read_repo(lacking.words[place], example="org/model")
    return lacking.words[place]


FORMS: Mapping[str, Open] = {
    "search": _search,
    "run": _run,
    "compare": _compare,
    "tokenize": _tokenize,
    "train": _train,
    "publish": _publish,
    "watch": _watch,
}
