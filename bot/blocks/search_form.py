"""The form behind a bare `search`; its fields have the names of the command's keys."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.blocks.forms import form, text_field
from bot.blocks.parts import Block, context
from bot.blocks.text import shorten

AUTHOR = "search.author"
KINDS = {"model": "models", "dataset": "datasets", "space": "Spaces"}
SORTS = {"downloads": "most downloads", "likes": "most likes", "trending": "trending", "updated": "newest"}
# What most people look for; any other task can be typed in the command.
TASKS = (
    "text-classification", "token-classification", "question-answering", "summarization", "translation",
    "text-generation", "fill-mask", "sentence-similarity", "feature-extraction", "zero-shot-classification",
    "table-question-answering", "image-classification", "object-detection", "image-segmentation", "image-to-text",
    "image-text-to-text", "text-to-image", "depth-estimation", "automatic-speech-recognition", "audio-classification",
    "text-to-speech", "visual-question-answering", "tabular-classification", "time-series-forecasting",
)  # fmt: skip


def build_search_form(metadata: str) -> dict[str, Any]:
    """Asks for what `search` takes; everything may stay empty."""
    words = text_field("words", "Words", hint="parts of the name", optional=True)
    words["element"]["max_length"] = 150
    author: Block = {"type": "external_select", "action_id": AUTHOR, "min_query_length": 2}
    return form("search.form", "Search the Hub", "Search", metadata, [
        words,
        _field("kind", "What", _menu("kind", KINDS, first="model")),
        _field("task", "task", _menu("task", {task: task for task in TASKS}), hint="empty: any", optional=True),
        _field("author", "author", author, hint="type the beginning of a name", optional=True),
        _field("sort", "sort", _menu("sort", SORTS, first="downloads")),
        context("The same as a command: `/hf search words task=text-classification author=acme`"),
    ])  # fmt: skip


def build_options(names: Sequence[str]) -> list[Block]:
    """Names as the options of a menu."""
    return [_option(name, name) for name in names[:100]]


def _field(key: str, label: str, element: Block, *, hint: str = "", optional: bool = False) -> Block:
    shown: Block = {
        "type": "input", "block_id": key, "optional": optional, "label": {"type": "plain_text", "text": label},
        "element": element,
    }  # fmt: skip
    return shown | ({"hint": {"type": "plain_text", "text": hint}} if hint else {})


def _menu(key: str, labels: Mapping[str, str], first: str = "") -> Block:
    menu: Block = {
        "type": "static_select",
        "action_id": key,
        "options": [_option(value, label) for value, label in labels.items()],
    }
    return menu | ({"initial_option": _option(first, labels[first])} if first else {})


def _option(value: str, label: str) -> Block:
    return {"text": {"type": "plain_text", "text": shorten(label, 75)}, "value": value}
