"""What a picture shows, as labels with scores; several may hold at once where the model was trained so."""

from collections.abc import Sequence

import torch
from transformers import AutoModelForImageClassification

from core.results import Scores
from jobs.inference.protocol import Request
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.loading import Loaded
from jobs.inference.worker.vision import Look, chances, forward, looks, pixels, ranked

AUTO = AutoModelForImageClassification
NEEDS = ("images",)
BATCH = 8


def prepare(loaded: Loaded, entry: Entry) -> list[Look]:
    return looks(loaded, entry)


@torch.inference_mode()
def run(loaded: Loaded, rows: Sequence[Look]) -> list[list[float]]:
    """The labels' scores, in the order of the model's labels."""
    logits = forward(loaded, pixels(loaded, [row.open() for row in rows]))["logits"]
    return [chances(loaded.model.config, each) for each in logits]


def finish(loaded: Loaded, _request: Request, rows: Sequence[Look], outputs: Sequence[list[float]]) -> list[Scores]:
    """The scores of each picture."""
    names = loaded.model.config.id2label
    is_plain = loaded.model.config.problem_type == "regression"
    return [
        Scores(ranked(names, scores), plain=is_plain, note=row.source.note)
        for row, scores in zip(rows, outputs, strict=True)
    ]
