"""What is to be heard in a sound: labels with scores; several may hold at once where the model was trained so."""

from collections.abc import Sequence

import torch
from transformers import AutoModelForAudioClassification

from core.results import Scores
from jobs.inference.protocol import Request
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.loading import Loaded
from jobs.inference.worker.sounds import Sound, features, hear
from jobs.inference.worker.vision import ranked

AUTO = AutoModelForAudioClassification
# Sounds of different lengths are not padded: many models hear the padding.
BATCH = 1
NEEDS = ("sounds",)


def prepare(loaded: Loaded, entry: Entry) -> list[Sound]:
    return hear(loaded, entry)


@torch.inference_mode()
def run(loaded: Loaded, rows: Sequence[Sound]) -> list[list[float]]:
    """The labels' scores, in the order of the model's labels."""
    scores: list[list[float]] = []
    for row in rows:
        row.entry.ensure_wanted()
        logits = loaded.model(**features(loaded, row.samples)).logits[0].float()
        kind = loaded.model.config.problem_type
        if kind == "multi_label_classification":
            logits = logits.sigmoid()
        elif kind != "regression":
            logits = logits.softmax(-1)
        scores.append(logits.tolist())
    return scores


def finish(loaded: Loaded, _request: Request, rows: Sequence[Sound], outputs: Sequence[list[float]]) -> list[Scores]:
    """The scores of each sound."""
    names = loaded.model.config.id2label
    is_plain = loaded.model.config.problem_type == "regression"
    return [
        Scores(ranked(names, scores), plain=is_plain, note=row.note) for row, scores in zip(rows, outputs, strict=True)
    ]
