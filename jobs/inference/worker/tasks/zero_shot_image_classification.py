"""Labels that the model was never trained on: which of them fits the picture best?"""

from collections.abc import Sequence
from typing import Any

import torch
from transformers import AutoModelForZeroShotImageClassification

from core.results import Scores
from jobs.inference.protocol import Request
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.loading import Loaded
from jobs.inference.worker.vision import Look, forward, labels_of, looks, pixels, placed, ranked

AUTO = AutoModelForZeroShotImageClassification
NEEDS = ("tokenizer", "images")
# The labels are those of one request.
BATCH = 1
CAPTION = "This is a photo of {}."
# SigLIP was trained on captions of exactly this many tokens, and scores each label for itself.
SIGLIP_TOKENS = 64


def prepare(loaded: Loaded, entry: Entry) -> list[Look]:
    """CannotAnswer without two labels or more."""
    labels_of(entry.request, fewest=2)
    return looks(loaded, entry)


@torch.inference_mode()
def run(loaded: Loaded, rows: Sequence[Look]) -> list[list[float]]:
    """The labels' scores for each picture, in the order in which they were typed."""
    outputs = []
    for row in rows:
        captions = [CAPTION.format(label) for label in labels_of(row.entry.request, fewest=2)]
        inputs = placed(loaded, _read(loaded, captions)) | pixels(loaded, [row.open()])
        logits = forward(loaded, inputs)["logits_per_image"][0]
        outputs.append((logits.sigmoid() if _is_siglip(loaded) else logits.softmax(-1)).tolist())
    return outputs


def finish(_loaded: Loaded, request: Request, rows: Sequence[Look], outputs: Sequence[list[float]]) -> list[Scores]:
    """The scores of `labels` for each picture."""
    labels = labels_of(request, fewest=2)
    return [Scores(ranked(labels, scores), note=row.source.note) for row, scores in zip(rows, outputs, strict=True)]


def _read(loaded: Loaded, captions: list[str]) -> Any:
    if _is_siglip(loaded):
        return loaded.tokenizer(
            captions, padding="max_length", max_length=SIGLIP_TOKENS, truncation=True, return_tensors="pt"
        )
    return loaded.tokenizer(captions, padding=True, truncation=True, max_length=loaded.longest, return_tensors="pt")


def _is_siglip(loaded: Loaded) -> bool:
    return "siglip" in loaded.model.config.model_type
