"""Names that are found while one is typed into a form."""

from collections.abc import Callable, Sequence

from core import commands
from core.blocks.fields import build_options
from core.blocks.search_form import matching_tasks
from core.errors import Mistake
from core.hub.typeahead import TypeAhead
from handlers.listeners import Ack, Body, Parts


def suggest_authors(parts: Parts, ack: Ack, body: Body) -> None:
    """While an author's name is typed; the name itself can always be taken, also when the Hub is slow."""
    _suggest(parts.authors, ack, body, commands.is_name)


def suggest_watched(parts: Parts, ack: Ack, body: Body) -> None:
    """Authors, and models from the slash on."""
    typed = str(body.get("value") or "")
    _suggest(parts.models if "/" in typed else parts.authors, ack, body, _is_repo)


def suggest_models(parts: Parts, ack: Ack, body: Body) -> None:
    _suggest(parts.models, ack, body, _is_repo)


def suggest_datasets(parts: Parts, ack: Ack, body: Body) -> None:
    """Files of this person first, which can be trained on as well."""
    typed = str(body.get("value") or "").strip().lower()
    own = [name for name in parts.data_files.names(body["user"]["id"]) if typed and typed in name.lower()]
    _suggest(parts.datasets, ack, body, _is_repo, own)


def suggest_tasks(_parts: Parts, ack: Ack, body: Body) -> None:
    """The Hub's tasks, and what was typed where it is none of them: the Hub may have learnt a new one."""
    typed = str(body.get("value") or "").strip()
    names = matching_tasks(typed)
    new = typed.lower().replace(" ", "-")
    ack(options=build_options(names or ([new] if new and commands.fits("task", new) else [])))


def _suggest(ahead: TypeAhead, ack: Ack, body: Body, may_be: Callable[[str], bool], first: Sequence[str] = ()) -> None:
    typed = str(body.get("value") or "").strip()
    names = [*first, *(ahead.find(typed) if typed else ())]
    if may_be(typed) and typed.lower() not in {name.lower() for name in names}:
        names.append(typed)
    ack(options=build_options(names))


def _is_repo(typed: str) -> bool:
    try:
        commands.read_repo(typed, example="org/name")
    except Mistake:
        return False
    return True
