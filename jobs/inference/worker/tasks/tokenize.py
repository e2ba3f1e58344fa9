"""How a model cuts a text: the pieces that it reads, with their numbers and places. No weights are needed."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from core.results import Piece, Tokenizer, Tokens
from jobs.inference.protocol import Request
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.loading import Loaded
from jobs.inference.worker.windows import Window

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

AUTO = None
BATCH = 32
NEEDS = ("tokenizer",)
MOST_PIECES, MOST_SPECIAL = 400, 12


def prepare(loaded: Loaded, entry: Entry) -> list[Window]:
    """Each text as one window, however long."""
    return [_cut(loaded.tokenizer, number, text) for number, text in enumerate(entry.request.texts)]


def run(loaded: Loaded, rows: Sequence[Window]) -> list[list[str]]:
    """The pieces of each text, the first 400."""
    return [loaded.tokenizer.convert_ids_to_tokens(row.tokens["input_ids"][:MOST_PIECES]) for row in rows]


def finish(loaded: Loaded, request: Request, rows: Sequence[Window], outputs: Sequence[list[str]]) -> list[Tokens]:
    """The first 400 pieces of each text."""
    about, results = describe(loaded.tokenizer), []
    for text, row, found in zip(request.texts, rows, outputs, strict=True):
        numbers, special = row.tokens["input_ids"], row.tokens["special_tokens_mask"]
        places: Sequence[tuple[int | None, int | None]] = row.offsets or [(None, None)] * len(numbers)
        pieces = tuple(
            Piece(piece, number, start, end, bool(is_special))
            for piece, number, (start, end), is_special in zip(found, numbers, places, special, strict=False)
        )
        results.append(Tokens(pieces, len(numbers), sum(special), len(text), about))
    return results


def _cut(tokenizer: "PreTrainedTokenizerBase", number: int, text: str) -> Window:
    options = {"return_offsets_mapping": True} if tokenizer.is_fast else {}
    encoded = tokenizer(text, truncation=False, verbose=False, return_special_tokens_mask=True, **options)
    tokens = {name: encoded[name] for name in ("input_ids", "special_tokens_mask")}
    return Window(tokens, len(tokens["input_ids"]), text=number, offsets=encoded.get("offset_mapping") or [])


def describe(tokenizer: "PreTrainedTokenizerBase") -> Tokenizer:
    """What kind of tokenizer it is, in its makers' own words."""
    special = tuple(dict.fromkeys(str(token) for token in tokenizer.all_special_tokens))[:MOST_SPECIAL]
    if not tokenizer.is_fast:
        return Tokenizer(type(tokenizer).__name__, "", len(tokenizer), special)
    backend = tokenizer.backend_tokenizer
    algorithm = type(backend.model).__name__
    cuts_bytes = "ByteLevel" in _named(backend.pre_tokenizer) + _named(backend.normalizer)
    named = f"byte-level {algorithm}" if cuts_bytes else algorithm
    return Tokenizer(named, _named(backend.normalizer), len(tokenizer), special)


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
