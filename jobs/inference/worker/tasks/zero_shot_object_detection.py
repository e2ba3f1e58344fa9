"""Things in a picture that are named when asked, each with a frame around it."""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from transformers import AutoModelForZeroShotObjectDetection

from core.results import Box
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.loading import Loaded
from jobs.inference.worker.tasks import object_detection
from jobs.inference.worker.tasks.object_detection import MOST_BOXES, boxes_of
from jobs.inference.worker.vision import Look, forward, labels_of, looks, pixels, placed

AUTO = AutoModelForZeroShotObjectDetection
NEEDS = ("tokenizer", "images")
BATCH = 1
THRESHOLD = 0.1
finish = object_detection.finish


def prepare(loaded: Loaded, entry: Entry) -> list[Look]:
    """CannotAnswer without a label."""
    labels_of(entry.request)
    return looks(loaded, entry)


@torch.inference_mode()
def run(loaded: Loaded, rows: Sequence[Look]) -> list[list[Box]]:
    """What each picture holds of the labels, the most certain first."""
    outputs = []
    for row in rows:
        width, height = row.source.size
        boxes: list[Box] = []
        for label, seen in _seen(loaded, row):
            (raw,) = loaded.processor.post_process_object_detection(
                seen, threshold=THRESHOLD, target_sizes=torch.tensor([[height, width]])
            )
            boxes += boxes_of([label] * len(raw["scores"]), raw)
        outputs.append(sorted(boxes, key=lambda each: -each.score)[:MOST_BOXES])
    return outputs


def _seen(loaded: Loaded, row: Look) -> Iterator[tuple[str, Any]]:
    """Each label with the model's outputs for it."""
    picture = pixels(loaded, [row.open()])
    for label in labels_of(row.entry.request):
        row.entry.ensure_wanted()
        text = placed(
            loaded, loaded.tokenizer(label, truncation=True, max_length=_longest(loaded), return_tensors="pt")
        )
        yield label, forward(loaded, text | picture)


def _longest(loaded: Loaded) -> int:
    """OWL-ViT's tokenizer does not know how few tokens the model reads."""
    known = getattr(getattr(loaded.model.config, "text_config", None), "max_position_embeddings", None)
    return min(loaded.longest, int(known or loaded.longest))
