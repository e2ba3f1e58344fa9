"""The likeliest words for a gap."""

from typing import Any

import torch
from transformers import AutoModelForMaskedLM

from jobs.inference.errors import CannotAnswer
from jobs.inference.loading import Loaded, encode, split_up, truncation

AUTO = AutoModelForMaskedLM
TOP = 5
# What people write for the gap, whatever the model calls it.
GAPS = ("[MASK]", "<mask>", "____", "___")


@torch.inference_mode()
def run(loaded: Loaded, groups: list[list[str]], _options: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Per text `{"words": [{"word", "score", "text"}…]}`, the likeliest first. CannotAnswer without one gap."""
    texts = [_with_gap(loaded, text) for group in groups for text in group]
    mask = loaded.tokenizer.mask_token
    results: list[dict[str, Any]] = []
    for text in texts:
        batch = encode(loaded, [text])
        places = (batch["input_ids"][0] == loaded.tokenizer.mask_token_id).nonzero()
        if not len(places):
            raise CannotAnswer("input", f"The gap lies beyond the {loaded.longest} tokens that this model reads.")
        scores = loaded.model(**batch).logits[0, places[0, 0]].float().softmax(-1)
        best = scores.topk(TOP)
        words = [
            {"word": word, "score": score, "text": text.replace(mask, word, 1)}
            for word, score in zip(
                (loaded.tokenizer.decode([number]).strip() for number in best.indices.tolist()),
                best.values.tolist(),
                strict=True,
            )
        ]
        results.append({"words": words, **truncation(loaded, text)})
    return split_up(results, groups)


def _with_gap(loaded: Loaded, text: str) -> str:
    mask = loaded.tokenizer.mask_token
    for gap in GAPS:
        text = text.replace(gap, mask)
    if text.count(mask) != 1:
        raise CannotAnswer("input", f"This model fills one gap. Mark it with {mask}, for example: the film is {mask}.")
    return text
