"""How a model cuts a text: the pieces that it reads, with their numbers and places. No weights are needed."""

import json
from typing import Any

from jobs.inference.loading import Loaded, split_up

AUTO = None
MOST_PIECES = 400


def run(loaded: Loaded, groups: list[list[str]], _options: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Per text its `pieces` (`{"piece", "id", "start", "end", "special"}`, the first 400), their `count` and how many
    of them are `special`, and the tokenizer's `algorithm`, `normalizer`, `vocabulary` size and `special_tokens`."""
    about = describe(loaded.tokenizer)
    return split_up([_cut(loaded.tokenizer, text) | about for group in groups for text in group], groups)


def _cut(tokenizer: Any, text: str) -> dict[str, Any]:
    options = {"return_offsets_mapping": True} if tokenizer.is_fast else {}
    encoded = tokenizer(text, truncation=False, verbose=False, return_special_tokens_mask=True, **options)
    numbers, special = encoded["input_ids"], encoded["special_tokens_mask"]
    places = encoded.get("offset_mapping") or [(None, None)] * len(numbers)
    pieces = [
        {"piece": piece, "id": number, "start": start, "end": end, "special": bool(is_special)}
        for piece, number, (start, end), is_special in zip(
            tokenizer.convert_ids_to_tokens(numbers[:MOST_PIECES]), numbers, places, special, strict=False
        )
    ]
    return {"pieces": pieces, "count": len(numbers), "special": sum(special), "characters": len(text)}


def describe(tokenizer: Any) -> dict[str, Any]:
    """What kind of tokenizer it is, in its makers' own words."""
    about: dict[str, Any] = {
        "algorithm": type(tokenizer).__name__,
        "normalizer": "",
        "vocabulary": len(tokenizer),
        "special_tokens": list(dict.fromkeys(str(token) for token in tokenizer.all_special_tokens))[:12],
    }
    if not tokenizer.is_fast:
        return about
    backend = tokenizer.backend_tokenizer
    algorithm = type(backend.model).__name__
    cuts_bytes = "ByteLevel" in _named(backend.pre_tokenizer) + _named(backend.normalizer)
    about["algorithm"] = f"byte-level {algorithm}" if cuts_bytes else algorithm
    about["normalizer"] = _named(backend.normalizer)
    return about


def _named(part: Any) -> str:
    """`BertNormalizer (lowercase), NFC`: the steps of a normalizer or pre-tokenizer, with what is switched on."""
    if part is None:
        return ""
    state = json.loads(part.__getstate__())
    steps = state.get("normalizers") or state.get("pretokenizers") or [state]
    named = []
    for step in steps:
        switched = [name for name, value in step.items() if value is True]
        named.append(f"{step['type']} ({', '.join(switched)})" if switched else str(step["type"]))
    return ", ".join(named)
