"""What is wrong with a card, in the words of the Hub: `/api/validate-yaml`, and every commit of a README.md."""

import re
from collections.abc import Iterator

import yaml

from sandbox.hub.cards import Card, as_list, split
from sandbox.hub.licenses import LICENSES
from sandbox.hub.records import Kind
from sandbox.hub.spaces import COLOURS, SDKS

EMPTY_WARNING = "empty or missing yaml metadata in repo card"
_TEXTS = ("license", "language", "tags", "datasets", "metrics", "base_model")
_REPO = re.compile(r"[\w.-]+(?:/[\w.-]+)?")
_LANGUAGE = re.compile(r"[a-z]{2,3}|code|multilingual")
_REFERENCES = {
    "base_model": "Use a model id from https://hf.co/models.",
    "datasets": "If possible, use a dataset id from https://hf.co/datasets.",
}


def problems(text: str, kind: Kind = "model") -> tuple[list[str], list[str]]:
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
    return [*_shape_errors(fields), *_value_errors(fields), *_index_errors(fields), *_space_errors(fields, kind)], []


def _shape_errors(card: Card) -> Iterator[str]:
    for key in ("library_name", "pipeline_tag"):
        if not isinstance(card.get(key) or "", str):
            yield f'"{key}" must be a string'
    for key in _TEXTS:
        if not all(isinstance(value, str) for value in as_list(card.get(key))):
            yield f'"{key}" must be a string or an array of strings'


def _named(card: Card, key: str) -> Iterator[tuple[str, str]]:
    """The field's texts, each with the name that an error calls it by."""
    value = card.get(key)
    for number, one in enumerate(as_list(value)):
        if isinstance(one, str):
            yield (f"{key}[{number}]" if isinstance(value, list) else key), one


def _value_errors(card: Card) -> Iterator[str]:
    for name, value in _named(card, "license"):
        if value not in LICENSES:
            yield f'"{name}" must be one of [{", ".join(LICENSES)}]'
    for name, value in _named(card, "language"):
        if value != value.lower():
            yield f'"{name}" must only contain lowercase characters'
        elif not _LANGUAGE.fullmatch(value):
            yield (
                f'"{name}" with value "{value}" is not valid. It must be an ISO 639-1, 639-2 or 639-3 code '
                '(two/three letters), or a special value like "code", "multilingual".'
            )
    for key, advice in _REFERENCES.items():
        for name, value in _named(card, key):
            if not _REPO.fullmatch(value):
                yield f'"{name}" with value "{value}" is not valid. {advice}'


def _index_errors(card: Card) -> Iterator[str]:
    index = card.get("model-index")
    if index is None:
        return
    if not isinstance(index, list):
        yield '"model-index" must be an array'
        return
    for number, model in enumerate(index):
        at = f"model-index[{number}]"
        yield from _missing(model, at, "name", "results")
        results = model.get("results") if isinstance(model, dict) else None
        for place, result in enumerate(results if isinstance(results, list) else []):
            yield from _result_errors(result, f"{at}.results[{place}]")


def _result_errors(result: object, at: str) -> Iterator[str]:
    yield from _missing(result, at, "task", "metrics")
    if not isinstance(result, dict):
        return
    yield from _missing(result.get("task") or {}, f"{at}.task", "type")
    if result.get("dataset") is not None:
        yield from _missing(result["dataset"], f"{at}.dataset", "type", "name")
    for number, metric in enumerate(as_list(result.get("metrics"))):
        yield from _missing(metric, f"{at}.metrics[{number}]", "type", "value")


def _missing(value: object, at: str, *keys: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f'"{at}" must be of type object'
        return
    yield from (f'"{at}.{key}" is required' for key in keys if value.get(key) is None)


def _space_errors(card: Card, kind: Kind) -> Iterator[str]:
    if kind != "space":
        return
    for key, allowed in {"sdk": SDKS, "colorFrom": COLOURS, "colorTo": COLOURS}.items():
        if card.get(key) is not None and card[key] not in allowed:
            yield f'"{key}" must be one of [{", ".join(allowed)}]'
