"""Labels with scores; several may hold at once where the model was trained so."""

from typing import Any

import torch
from transformers import AutoModelForSequenceClassification

from jobs.inference.loading import Loaded, by_length, encode, split_up, truncation

AUTO = AutoModelForSequenceClassification
BATCH = 32


@torch.inference_mode()
def run(loaded: Loaded, groups: list[list[str]], _options: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Per text `{"scores": [{"label", "score"}…]}`, the likeliest first."""
    texts = [text for group in groups for text in group]
    names = loaded.model.config.id2label
    is_multi = loaded.model.config.problem_type == "multi_label_classification"
    results: list[dict[str, Any]] = [{}] * len(texts)
    for positions in by_length(texts, BATCH):
        logits = loaded.model(**encode(loaded, [texts[at] for at in positions])).logits.float()
        scores = torch.sigmoid(logits) if is_multi or logits.shape[-1] == 1 else torch.softmax(logits, dim=-1)
        for at, row in zip(positions, scores.tolist(), strict=True):
            labelled = [{"label": str(names[number]), "score": score} for number, score in enumerate(row)]
            labelled.sort(key=lambda each: -each["score"])
            results[at] = {"scores": labelled, **truncation(loaded, texts[at])}
    return split_up(results, groups)
