"""How alike the first text and each of the others are: the cosine of their embeddings."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.results import Ranked
from jobs.inference.protocol import Request
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.errors import CannotAnswer
from jobs.inference.worker.loading import Loaded, forward, read
from jobs.inference.worker.rows import Array, Row, unstack

AUTO = "AutoModel"
BATCH = 32
NEEDS = ("tokenizer",)
OUTPUTS = ("last_hidden_state",)
# The parts of a sentence-transformers model that are done here; the rest would give other numbers than its card.
MODULES = ("Transformer", "Pooling", "Normalize")
MODES = ("cls", "max", "mean", "lasttoken")
# Where several are on, their vectors are joined in this order.
OLD_KEYS = {
    "cls_token": "cls",
    "max_tokens": "max",
    "mean_tokens": "mean",
    "mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "weightedmean_tokens": "weightedmean",
    "lasttoken": "lasttoken",
}


def prepare(loaded: Loaded, entry: Entry) -> list[Row]:
    """CannotAnswer for fewer than two texts, and for a model that makes its embeddings in another way."""
    if len(entry.request.texts) < 2:
        raise CannotAnswer(
            "input", 'Similarity needs two texts or more, each in quotes: "a cat" "a kitten". The first is compared.'
        )
    more = [module["type"].rsplit(".", 1)[-1] for module in _settings(loaded, "modules.json") or []]
    unknown = [name for name in more if name not in MODULES] or [mode for mode in _modes(loaded) if mode not in MODES]
    if unknown:
        raise CannotAnswer(
            "model",
            f"{entry.request.model} makes its embeddings with `{unknown[0]}`, which I cannot run. Try another model.",
        )
    return read(
        loaded, entry.request.texts, (_settings(loaded, "sentence_bert_config.json") or {}).get("max_seq_length")
    )


def run(loaded: Loaded, rows: Sequence[Row]) -> list[Array]:
    """The texts' embeddings, of length one."""
    found, modes = [], _modes(loaded)
    for (states,) in unstack(forward(loaded, rows, *OUTPUTS), OUTPUTS, rows):
        pooled = np.concatenate([_pool(mode, states) for mode in modes])
        found.append(pooled / np.linalg.norm(pooled))
    return found


def finish(_loaded: Loaded, request: Request, rows: Sequence[Row], outputs: Sequence[Array]) -> list[Ranked]:
    """The score of each further text, between -1 and 1."""
    return [
        Ranked(text, float(outputs[0] @ output), note=row.note or rows[0].note)
        for text, row, output in zip(request.texts[1:], rows[1:], outputs[1:], strict=True)
    ]


def _pool(mode: str, states: Array) -> Array:
    """A text's vector out of those of its tokens, as sentence-transformers' Pooling module makes it."""
    if mode in ("cls", "lasttoken"):
        vector: Array = states[0 if mode == "cls" else -1]
    else:
        vector = states.max(axis=0) if mode == "max" else states.mean(axis=0)
    return vector


def _modes(loaded: Loaded) -> list[str]:
    """The repo's own pooling, in the old form (a key for each mode) or the new (`pooling_mode`); the mean without."""
    settings = _settings(loaded, "1_Pooling/config.json") or {}
    new = settings.get("pooling_mode")
    if new:
        return [new] if isinstance(new, str) else list(new)
    chosen = [mode for key, mode in OLD_KEYS.items() if settings.get(f"pooling_mode_{key}")]
    return chosen or ["mean"]


def _settings(loaded: Loaded, name: str) -> Any:
    file: Path = loaded.folder / name
    return json.loads(file.read_text()) if file.is_file() else None
