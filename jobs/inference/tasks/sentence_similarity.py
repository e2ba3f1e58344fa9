"""How alike the first text and each of the others are: the cosine of their embeddings."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModel

from jobs.inference.asked import Asked
from jobs.inference.errors import CannotAnswer
from jobs.inference.loading import Loaded, Row, pad, read
from jobs.inference.protocol import Request

AUTO = AutoModel
BATCH = 32
# The parts of a sentence-transformers model that are done here; the rest would give other numbers than its card.
MODULES = ("Transformer", "Pooling", "Normalize")
MODES = ("cls", "max", "mean", "lasttoken")
# Where several are on, their vectors are joined in this order.
OLD_KEYS = {
    "cls_token": "cls", "max_tokens": "max", "mean_tokens": "mean", "mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "weightedmean_tokens": "weightedmean", "lasttoken": "lasttoken",
}  # fmt: skip


def prepare(loaded: Loaded, asked: Asked) -> list[Row]:
    """CannotAnswer for fewer than two texts, and for a model that makes its embeddings in another way."""
    if len(asked.request.texts) < 2:
        raise CannotAnswer(
            "input", 'Similarity needs two texts or more, each in quotes: "a cat" "a kitten". The first is compared.'
        )
    more = [module["type"].rsplit(".", 1)[-1] for module in _settings(loaded, "modules.json") or []]
    unknown = [name for name in more if name not in MODULES] or [mode for mode in _modes(loaded) if mode not in MODES]
    if unknown:
        raise CannotAnswer(
            "model",
            f"{asked.request.model} makes its embeddings with `{unknown[0]}`, which I cannot run. Try another model.",
        )
    return read(
        loaded, asked.request.texts, (_settings(loaded, "sentence_bert_config.json") or {}).get("max_seq_length")
    )


@torch.inference_mode()
def run(loaded: Loaded, rows: Sequence[Row]) -> list[torch.Tensor]:
    """The texts' embeddings, of length one."""
    batch = pad(loaded, rows)
    states = loaded.model(**batch).last_hidden_state.float()
    seen = batch["attention_mask"].unsqueeze(-1)
    pooled = torch.cat([_pool(mode, states, seen) for mode in _modes(loaded)], dim=-1)
    return list(torch.nn.functional.normalize(pooled, dim=-1).cpu())


def finish(
    _loaded: Loaded, request: Request, rows: Sequence[Row], outputs: Sequence[torch.Tensor]
) -> list[dict[str, Any]]:
    """Per further text `{"text", "score"}`, the score between -1 and 1."""
    return [
        {"text": text, "score": float(outputs[0] @ output), **(row.note or rows[0].note)}
        for text, row, output in zip(request.texts[1:], rows[1:], outputs[1:], strict=True)
    ]


def _pool(mode: str, states: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
    """One vector a text, as sentence-transformers' Pooling module makes it; rows are padded on the right."""
    if mode == "cls":
        return states[:, 0]
    if mode == "max":
        return states.masked_fill(seen == 0, float("-inf")).amax(1)
    if mode == "lasttoken":
        return states[torch.arange(len(states)), seen.squeeze(-1).sum(1) - 1]
    return (states * seen).sum(1) / seen.sum(1)


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
