"""The likeliest words for a gap."""

from collections.abc import Sequence
from typing import Any

import torch
from transformers import AutoModelForMaskedLM

from jobs.inference.asked import Asked
from jobs.inference.errors import CannotAnswer
from jobs.inference.loading import Loaded, Row, pad, read
from jobs.inference.protocol import Request

AUTO = AutoModelForMaskedLM
BATCH = 32
TOP = 5
# What people write for the gap, whatever the model calls it.
GAPS = ("[MASK]", "<mask>", "____", "___")


def prepare(loaded: Loaded, asked: Asked) -> list[Row]:
    """CannotAnswer without exactly one gap in each text, within what the model reads."""
    if loaded.tokenizer.mask_token is None:
        raise CannotAnswer(
            "model", f"{asked.request.model} has no mask token, so it cannot fill a gap. Try another `task=`."
        )
    rows = read(loaded, [_with_gap(loaded, text) for text in asked.request.texts])
    for row in rows:
        if loaded.tokenizer.mask_token_id not in row.tokens["input_ids"]:
            raise CannotAnswer("input", f"The gap lies beyond the {row.read} tokens that this model reads.")
    return rows


@torch.inference_mode()
def run(loaded: Loaded, rows: Sequence[Row]) -> list[list[tuple[int, float]]]:
    """The likeliest tokens for the gap with their scores."""
    batch = pad(loaded, rows)
    places = (batch["input_ids"] == loaded.tokenizer.mask_token_id).int().argmax(dim=1)
    logits = loaded.model(**batch).logits[torch.arange(len(rows), device=loaded.device), places]
    best = logits.float().softmax(-1).topk(min(TOP, logits.shape[-1]))
    return [
        list(zip(numbers, scores, strict=True))
        for numbers, scores in zip(best.indices.tolist(), best.values.tolist(), strict=True)
    ]


def finish(
    loaded: Loaded, request: Request, rows: Sequence[Row], outputs: Sequence[list[tuple[int, float]]]
) -> list[dict[str, Any]]:
    """Per text `{"words": [{"word", "score", "text"}…]}`, the likeliest first."""
    results = []
    for text, row, best in zip(request.texts, rows, outputs, strict=True):
        masked = _with_gap(loaded, text)
        words = [(loaded.tokenizer.decode([number]).strip(), score) for number, score in best]
        results.append({
            "words": [
                {"word": word, "score": score, "text": masked.replace(loaded.tokenizer.mask_token, word)}
                for word, score in words
            ],
            **row.note,
        })  # fmt: skip
    return results


def _with_gap(loaded: Loaded, text: str) -> str:
    mask = loaded.tokenizer.mask_token
    for gap in GAPS:
        text = text.replace(gap, mask)
    if text.count(mask) != 1:
        raise CannotAnswer("input", f"This model fills one gap. Mark it with {mask}, for example: the film is {mask}.")
    return text
