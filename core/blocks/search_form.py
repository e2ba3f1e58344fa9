"""The form behind a bare `search`; its fields have the names of the command's keys."""

from collections.abc import Mapping, Sequence

from core.blocks.forms import form, text_field
from core.blocks.parts import Block, View, context
from core.hub_tasks import HUB_TASKS
from core.words import escape, shorten

# What Slack takes of a menu.
OPTION_CHARACTERS, MOST_OPTIONS = 150, 100
AUTHOR, TASK, BASE, DATASET = "search.author", "search.task", "search.base", "search.dataset"
KINDS = {"model": "models", "dataset": "datasets", "space": "Spaces"}
SORTS = {"downloads": "most downloads", "likes": "most likes", "trending": "trending", "updated": "newest"}


def build_search_form(metadata: str, last: Mapping[str, str] | None = None, command: str = "") -> View:
    """Asks for what `search` takes; everything may stay empty. `last` and `command` are what was searched for last."""
    last = last or {}
    words = text_field("words", "Words", hint="parts of the name", optional=True)
    words["element"] |= {"max_length": 150} | ({"initial_value": last["words"]} if last.get("words") else {})
    learn = escape(shorten(command, 500).replace("`", "'")) or "search words task=text-classification author=acme"
    return form(
        "search.form",
        "Search the Hub",
        "Search",
        metadata,
        [
            words,
            _field("kind", "What", _menu("kind", KINDS, last.get("kind") or "model")),
            external_field("task", "task", TASK, last.get("task", ""), hint="empty: any", begins=0),
            external_field("author", "author", AUTHOR, last.get("author", ""), hint="type the beginning of a name"),
            external_field("base", "base", BASE, last.get("base", ""), hint="the model that they were made from"),
            external_field("dataset", "dataset", DATASET, last.get("dataset", ""), hint="what they were trained on"),
            _field("sort", "sort", _menu("sort", SORTS, last.get("sort") or "downloads")),
            context(f"The same as a command: `/hf {learn}`"),
        ],
    )


def build_options(names: Sequence[str]) -> list[Block]:
    """Names as the options of a menu; a name that is too long for one is left out."""
    return [_option(name, name) for name in names if len(name) <= OPTION_CHARACTERS][:MOST_OPTIONS]


def matching_tasks(typed: str) -> list[str]:
    """The Hub's tasks in which every word that was typed stands."""
    words = typed.lower().replace("-", " ").split()
    return [task for task in HUB_TASKS if all(word in task for word in words)]


def external_field(key: str, label: str, action: str, value: str, *, hint: str, begins: int = 2) -> Block:
    """An optional field that finds names while one is typed, from the letter number `begins` on."""
    menu: Block = {"type": "external_select", "action_id": action, "min_query_length": begins}
    menu |= {"initial_option": _option(value, value)} if value else {}
    return _field(key, label, menu, hint=hint, optional=True)


def _field(key: str, label: str, element: Block, *, hint: str = "", optional: bool = False) -> Block:
    shown: Block = {
        "type": "input",
        "block_id": key,
        "optional": optional,
        "label": {"type": "plain_text", "text": label},
        "element": element,
    }
    return shown | ({"hint": {"type": "plain_text", "text": hint}} if hint else {})


def _menu(key: str, labels: Mapping[str, str], first: str) -> Block:
    return {
        "type": "static_select",
        "action_id": key,
        "options": [_option(value, label) for value, label in labels.items()],
        "initial_option": _option(first, labels[first]),
    }


def _option(value: str, label: str) -> Block:
    return {"text": {"type": "plain_text", "text": shorten(label, 75)}, "value": value}
