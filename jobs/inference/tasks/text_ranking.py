"""How well each text answers a query, read together with it by a cross-encoder."""

from typing import Any

import torch
from transformers import AutoModelForSequenceClassification

from jobs.inference.errors import CannotAnswer
from jobs.inference.loading import Loaded, by_length, encode, split_up, truncation

AUTO = AutoModelForSequenceClassification
BATCH = 32


@torch.inference_mode()
def run(loaded: Loaded, groups: list[list[str]], _options: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Per text after the query `{"text", "score"}`, the score from 0 to 1. CannotAnswer for fewer than two texts."""
    if int(loaded.model.config.num_labels) != 1:
        raise CannotAnswer("model", "This model gives labels, not one score, so it cannot rank texts.")
    if any(len(group) < 2 for group in groups):
        raise CannotAnswer("input", 'Ranking needs a query and then texts: "a warm film" "It is lovely." "It is dull."')
    pairs = [(group[0], text) for group in groups for text in group[1:]]
    scores = torch.zeros(len(pairs))
    for positions in by_length([text for _, text in pairs], BATCH):
        batch = encode(loaded, [pairs[at][0] for at in positions], [pairs[at][1] for at in positions])
        scores[positions] = loaded.model(**batch).logits[:, 0].float().sigmoid().cpu()
    results = [
        {"text": text, "score": score, **truncation(loaded, text)}
        for (_, text), score in zip(pairs, scores.tolist(), strict=True)
    ]
    return split_up(results, [group[1:] for group in groups])
