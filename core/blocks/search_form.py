"""The form behind a bare `search`; its fields are the command's keys."""

from collections.abc import Mapping

from core.blocks.fields import AUTHOR, DATASET, MODEL, TASK, form, key_fields, learnt, menu_field, text_field
from core.blocks.parts import View
from core.commands.find import Search
from core.commands.keys import keys_of
from core.hub_tasks import HUB_TASKS

KINDS = {"model": "models", "dataset": "datasets", "space": "Spaces"}
MENUS = {"task": TASK, "author": AUTHOR, "base": MODEL, "dataset": DATASET}
LEARN = "search words task=text-classification author=acme"


def build_search_form(metadata: str, last: Mapping[str, str] | None = None, command: str = "") -> View:
    """Asks for what `search` takes; everything may stay empty. `last` and `command` are what was searched for last."""
    last = last or {}
    words = text_field("words", "Words", hint="parts of the name", optional=True, value=last.get("words", "")[:150])
    words["element"] |= {"max_length": 150, "focus_on_load": True}
    return form(
        "search.form",
        "Search the Hub",
        "Search",
        metadata,
        [
            words,
            menu_field("kind", "What", KINDS, last.get("kind") or "model"),
            *key_fields(keys_of(Search).values(), last, MENUS),
            learnt(command or LEARN),
        ],
    )


def matching_tasks(typed: str) -> list[str]:
    """The Hub's tasks in which every word that was typed stands."""
    words = typed.lower().replace("-", " ").split()
    return [task for task in HUB_TASKS if all(word in task for word in words)]
