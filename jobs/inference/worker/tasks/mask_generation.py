"""Everything in a picture that has an outline, without names."""

import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from transformers import AutoModelForMaskGeneration

from core.results import Area, Areas
from jobs.inference.protocol import Request
from jobs.inference.worker import drawing
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.errors import CannotAnswer
from jobs.inference.worker.loading import Loaded
from jobs.inference.worker.tasks.image_segmentation import coloured
from jobs.inference.worker.vision import Look, forward, looks, name_for, placed

AUTO = AutoModelForMaskGeneration
NEEDS = ("images",)
BATCH = 1
# The model is asked about a point at a time, on a grid of 32 by 32, as transformers' pipeline does it.
POINTS_TOGETHER = 64
OVERLAP = 0.7
MOST_MASKS = 200
# Masks are made in the size of the picture, three a point and 64 points at once.
LONGEST_SIDE = 1024
Mask = tuple[float, np.ndarray]


def prepare(loaded: Loaded, entry: Entry) -> list[Look]:
    return looks(loaded, entry)


@torch.inference_mode()
def run(loaded: Loaded, rows: Sequence[Look]) -> list[list[Mask]]:
    """The masks of each picture with how sure the model is of them, the surest first."""
    outputs = []
    for row in rows:
        parts = list(_parts(loaded, row))
        masks = [mask for part in parts for mask in part[0]]
        scores = torch.cat([part[1] for part in parts])
        kept = apart(torch.cat([part[2] for part in parts]), scores)[:MOST_MASKS]
        outputs.append([(float(scores[number]), _field(masks[number])) for number in kept])
    return outputs


def finish(_loaded: Loaded, request: Request, rows: Sequence[Look], outputs: Sequence[list[Mask]]) -> list[Areas]:
    """The masks of each picture; their labels are numbers only."""
    results = []
    for number, (row, found) in enumerate(zip(rows, outputs, strict=True)):
        segments = tuple(Area(f"mask {at}", score, float(mask.mean())) for at, (score, mask) in enumerate(found, 1))
        masks = [mask for _, mask in found[: drawing.MOST_DRAWN]]
        names = [str(at) for at in range(1, len(masks) + 1)]
        results.append(coloured(row, segments, masks, names, name_for(request, "masks", number, "jpg")))
    return results


def apart(boxes: torch.Tensor, scores: torch.Tensor) -> list[int]:
    """Positions of the boxes that overlap none that is surer by more than `OVERLAP`, the surest first.

    Greedy non-maximum suppression, as torchvision's `nms` does it.
    """
    boxes = boxes.float()
    left, top, right, bottom = boxes.unbind(-1)
    areas = (right - left) * (bottom - top)
    order, kept = scores.argsort(descending=True, stable=True), []
    while len(order):
        best, order = int(order[0]), order[1:]
        kept.append(best)
        across = torch.minimum(right[best], right[order]) - torch.maximum(left[best], left[order])
        down = torch.minimum(bottom[best], bottom[order]) - torch.maximum(top[best], top[order])
        shared = across.clamp(min=0) * down.clamp(min=0)
        order = order[~(shared / (areas[best] + areas[order] - shared) > OVERLAP)]
    return kept


def _parts(loaded: Loaded, row: Look) -> Iterator[tuple[list[Any], torch.Tensor, torch.Tensor]]:
    """Masks (as run lengths), scores and boxes of each few points."""
    processor, picture = loaded.processor, row.source.open(LONGEST_SIDE)
    edge = processor.size.get("longest_edge") or processor.size.get("height")
    crops, points, cropped, labels = processor.generate_crop_boxes(picture, edge)
    inputs = placed(loaded, processor(images=cropped, return_tensors="pt"))
    embeddings = loaded.model.get_image_embeddings(inputs["pixel_values"])
    known: dict[str, Any] = {"image_embeddings": embeddings}
    if isinstance(embeddings, tuple):
        known = {"image_embeddings": embeddings[0], "intermediate_embeddings": embeddings[1]}
    size = inputs["original_sizes"].cpu().tolist()
    for at in range(0, points.shape[1], POINTS_TOGETHER):
        row.entry.ensure_wanted()
        if time.monotonic() > row.entry.deadline:
            raise CannotAnswer("timeout", f"{row.source.path.name} took too long. Try a smaller model.")
        some = {
            "input_points": points[:, at : at + POINTS_TOGETHER],
            "input_labels": labels[:, at : at + POINTS_TOGETHER],
        }
        seen = forward(loaded, placed(loaded, some) | known)
        masks = processor.post_process_masks(
            seen["pred_masks"], size, reshaped_input_sizes=inputs["reshaped_input_sizes"].cpu().tolist(), binarize=False
        )
        yield processor.filter_masks(masks[0], seen["iou_scores"][0], size[0], crops[0])


def _field(lengths: dict[str, Any]) -> np.ndarray:
    """A mask out of its run lengths, which go down the columns and begin with what is outside."""
    height, width = lengths["size"]
    runs = np.asarray(lengths["counts"])
    values = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
    return values.reshape(width, height).T
