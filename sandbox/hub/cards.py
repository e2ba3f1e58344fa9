"""Model and dataset cards: the YAML at the top of README.md, and what is wrong with it."""

import json
import re
from collections.abc import Mapping

import yaml

_FRONT_MATTER = re.compile(r"\A\s*---[ \t]*\r?\n(.*?)(?:^|\r?\n)---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
Card = dict[str, object]
EMPTY_WARNING = "empty or missing yaml metadata in repo card"


def split(text: str) -> tuple[str, str]:
    """The YAML front matter (empty when there is none), and the text below it."""
    match = _FRONT_MATTER.match(text)
    return (match[1], text[match.end() :]) if match else ("", text)


def metadata(text: str) -> Card:
    """The card's metadata as plain JSON values; empty where it is missing or broken."""
    try:
        front = yaml.safe_load(split(text)[0])
    except yaml.YAMLError:
        return {}
    plain = json.loads(json.dumps(front, default=str)) if isinstance(front, dict) else {}
    return plain if isinstance(plain, dict) else {}


def problems(text: str) -> tuple[list[str], list[str]]:
    """Errors, which keep the card from being committed, and warnings."""
    front = split(text)[0]
    try:
        fields = yaml.safe_load(front)
    except yaml.YAMLError as error:
        return [f"YAML metadata error: {' '.join(str(error).split())}"], []
    if not fields:
        return [], [EMPTY_WARNING]
    if not isinstance(fields, dict):
        return ["YAML metadata error: the front matter must be a mapping"], []
    return _field_errors(fields), []


def _field_errors(card: Card) -> list[str]:
    texts = ("library_name", "pipeline_tag")
    errors = [f'"{key}" must be a string' for key in texts if not isinstance(card.get(key) or "", str)]
    for key in ("license", "language", "tags", "datasets", "metrics", "base_model"):
        value = card.get(key)
        if value is not None and not all(isinstance(item, str) for item in as_list(value)):
            errors.append(f'"{key}" must be a string or an array of strings')
    index = card.get("model-index")
    errors += [
        '"model-index" needs a name and results'
        for model in (index if isinstance(index, list) else [])
        if not isinstance(model, dict) or not model.get("name") or not isinstance(model.get("results"), list)
    ]
    return errors


def as_list(value: object) -> list[object]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def texts(card: Mapping[str, object], key: str) -> list[str]:
    """The field's texts: one alone is a list of one, and what is no text is left out."""
    return [value for value in as_list(card.get(key)) if isinstance(value, str)]


def first_text(card: Mapping[str, object], key: str) -> str | None:
    return next(iter(texts(card, key)), None)
