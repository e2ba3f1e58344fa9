"""Model and dataset cards: the YAML at the top of README.md, read."""

import json
import re
from collections.abc import Mapping

import yaml

_FRONT_MATTER = re.compile(r"\A\s*---[ \t]*\r?\n(.*?)(?:^|\r?\n)---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
Card = dict[str, object]


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


def as_list(value: object) -> list[object]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def texts(card: Mapping[str, object], key: str) -> list[str]:
    """The field's texts: one alone is a list of one, and what is no text is left out."""
    return [value for value in as_list(card.get(key)) if isinstance(value, str)]


def first_text(card: Mapping[str, object], key: str) -> str | None:
    return next(iter(texts(card, key)), None)
