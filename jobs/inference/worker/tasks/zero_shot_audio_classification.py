"""Labels that the model was never trained on: which description fits the sound best?"""

from collections.abc import Sequence

import torch
from transformers import AutoModel

from core.results import Scores
from jobs.inference.protocol import Request
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.errors import CannotAnswer
from jobs.inference.worker.loading import Loaded
from jobs.inference.worker.sounds import Sound, features, hear
from jobs.inference.worker.vision import ranked

AUTO = AutoModel
BATCH = 1
NEEDS = ("tokenizer", "sounds")
MOST_LABELS = 20
DESCRIPTION = "This is a sound of {}."


def prepare(loaded: Loaded, entry: Entry) -> list[Sound]:
    """CannotAnswer without labels, or for a model that does not hold sounds against texts."""
    labels_of(entry.request)
    if not hasattr(loaded.model, "get_audio_features"):
        raise CannotAnswer(
            "model",
            "This model does not hold sounds against texts. Search for one with task=zero-shot-audio-classification.",
        )
    return hear(loaded, entry)


@torch.inference_mode()
def run(loaded: Loaded, rows: Sequence[Sound]) -> list[list[float]]:
    """How well each label fits each sound; together a sound's labels make one."""
    chances: list[list[float]] = []
    for row in rows:
        row.entry.ensure_wanted()
        described = [DESCRIPTION.format(label) for label in labels_of(row.entry.request)]
        texts = loaded.tokenizer(
            described, padding=True, truncation=True, max_length=loaded.longest, return_tensors="pt"
        ).to(loaded.device)
        # One sound in a list, as models that cut long ones into several pieces want it.
        out = loaded.model(**texts, **features(loaded, [row.samples]))
        chances.append(out.logits_per_audio[0].float().softmax(-1).tolist())
    return chances


def finish(_loaded: Loaded, request: Request, rows: Sequence[Sound], outputs: Sequence[list[float]]) -> list[Scores]:
    """The scores of `labels` for each sound."""
    labels = labels_of(request)
    return [Scores(ranked(labels, scores), note=row.note) for row, scores in zip(rows, outputs, strict=True)]


def labels_of(request: Request) -> list[str]:
    """The labels that were typed. CannotAnswer for fewer than two, or too many."""
    typed = str(request.options.get("labels", ""))
    labels = list(dict.fromkeys(label.strip() for label in typed.split(",") if label.strip()))
    if not 2 <= len(labels) <= MOST_LABELS:
        raise CannotAnswer("input", f'Say between which labels, 2 to {MOST_LABELS}: labels="a dog, rain, music".')
    return labels
