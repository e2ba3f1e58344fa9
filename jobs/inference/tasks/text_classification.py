"""Labels with scores; several may hold at once where the model was trained so."""

from collections.abc import Sequence
from typing import Any

import torch
from transformers import AutoModelForSequenceClassification

from jobs.inference.asked import Asked
from jobs.inference.loading import Loaded, Row, pad, read
from jobs.inference.protocol import Request

AUTO = AutoModelForSequenceClassification
BATCH = 32


def prepare(loaded: Loaded, asked: Asked) -> list[Row]:
    return read(loaded, asked.request.texts)


@torch.inference_mode()
def run(loaded: Loaded, rows: Sequence[Row]) -> list[list[float]]:
    """The labels' scores, in the order of the model's labels."""
    logits = loaded.model(**pad(loaded, rows)).logits.float()
    kind = loaded.model.config.problem_type
    if kind == "regression":
        scores = logits
    elif kind == "multi_label_classification" or logits.shape[-1] == 1:
        scores = torch.sigmoid(logits)
    else:
        scores = torch.softmax(logits, dim=-1)
    found: list[list[float]] = scores.tolist()
    return found


def finish(
    loaded: Loaded, _request: Request, rows: Sequence[Row], outputs: Sequence[list[float]]
) -> list[dict[str, Any]]:
    """Per text `{"scores": [{"label", "score"}…]}`, the likeliest first."""
    names = loaded.model.config.id2label
    results = []
    for row, scores in zip(rows, outputs, strict=True):
        order = sorted(range(len(scores)), key=lambda number: -scores[number])
        labelled = [{"label": str(names[number]), "score": scores[number]} for number in order]
        results.append({"scores": labelled, **row.note})
    return results
