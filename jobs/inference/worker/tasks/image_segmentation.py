"""Which parts of a picture are what: areas with labels."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import (
    AutoModelForImageSegmentation,
    AutoModelForInstanceSegmentation,
    AutoModelForSemanticSegmentation,
    AutoModelForUniversalSegmentation,
)

from core.results import Area, Areas
from jobs.inference.protocol import Request
from jobs.inference.worker import drawing
from jobs.inference.worker.autos import FirstThatFits
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.errors import CannotAnswer
from jobs.inference.worker.loading import Loaded
from jobs.inference.worker.vision import Look, forward, looks, name_for, pixels

AUTO = FirstThatFits(
    AutoModelForImageSegmentation,
    AutoModelForSemanticSegmentation,
    AutoModelForUniversalSegmentation,
    AutoModelForInstanceSegmentation,
)
NEEDS = ("images",)
BATCH = 1
THRESHOLDS = {"threshold": 0.9, "mask_threshold": 0.5, "overlap_mask_area_threshold": 0.5}
# What such a processor can tell of, the richest first.
KINDS = ("panoptic", "instance")
# The words beside a picture name so many areas.
MOST_NAMED = 10
# Each class of a picture is drawn from the same field, so only the field is kept: (field, [(number, label, score)…]).
Field = tuple[np.ndarray, list[tuple[int, str, float | None]]]


def prepare(loaded: Loaded, entry: Entry) -> list[Look]:
    """CannotAnswer for a model whose areas are described in words, too."""
    if type(loaded.model.config).__name__ == "OneFormerConfig":
        raise CannotAnswer("model", "OneFormer is asked in words of its own, which I cannot do. Try a Mask2Former.")
    return looks(loaded, entry)


@torch.inference_mode()
def run(loaded: Loaded, rows: Sequence[Look]) -> list[Field]:
    """A field with a number for each pixel, and what the numbers stand for."""
    outputs = []
    for row in rows:
        picture = row.open()
        seen = forward(loaded, pixels(loaded, [picture]))
        outputs.append(_areas(loaded, seen, (picture.height, picture.width)))
    return outputs


def finish(_loaded: Loaded, request: Request, rows: Sequence[Look], outputs: Sequence[Field]) -> list[Areas]:
    """The areas of each picture, the largest first."""
    results = []
    for number, (row, (field, unsorted)) in enumerate(zip(rows, outputs, strict=True)):
        shares = {each: float((field == each).mean()) for each, _, _ in unsorted}
        named = sorted(unsorted, key=lambda each: -shares[each[0]])
        segments = tuple(Area(label, score, shares[each]) for each, label, score in named)
        masks = [field == each for each, _, _ in named[: drawing.MOST_DRAWN]]
        names = [f"{at} {each[1]}" for at, each in enumerate(named, 1)]
        results.append(coloured(row, segments, masks, names, name_for(request, "areas", number, "jpg")))
    return results


def coloured(row: Look, segments: tuple[Area, ...], masks: list[np.ndarray], names: list[str], path: Path) -> Areas:
    """The areas with a picture of them at `path`; without one where there are none."""
    if not segments:
        return Areas(segments, note=row.source.note)
    file = drawing.save(drawing.areas(row.open(), masks, names), path)
    return Areas(segments, file=file, alt=in_words(row.source.path.name, segments), note=row.source.note)


def in_words(name: str, segments: Sequence[Area]) -> str:
    """`street.jpg with 2 areas: 1 road 61 %, 2 sky 20 %`."""
    listed = [f"{number} {each.label} {each.share:.0%}" for number, each in enumerate(segments[:MOST_NAMED], 1)]
    more = f", and {len(segments) - MOST_NAMED} more" if len(segments) > MOST_NAMED else ""
    return f"{name} with {len(segments)} {'area' if len(segments) == 1 else 'areas'}: {', '.join(listed)}{more}"


def _areas(loaded: Loaded, seen: Any, size: tuple[int, int]) -> Field:
    names = loaded.model.config.id2label
    for kind in KINDS:
        process = getattr(loaded.processor, f"post_process_{kind}_segmentation", None)
        if process is not None:
            (found,) = process(seen, target_sizes=[size], **THRESHOLDS)
            named: list[tuple[int, str, float | None]] = [
                (int(each["id"]), str(names[int(each["label_id"])]), float(each["score"]))
                for each in found["segments_info"]
            ]
            return found["segmentation"].numpy(), named
    process = getattr(loaded.processor, "post_process_semantic_segmentation", None)
    if process is None:
        raise CannotAnswer("model", "This model's processor does not tell which areas it found. Try another model.")
    (classes,) = process(seen, target_sizes=[size])
    field = classes.numpy()
    return field, [(int(each), str(names[int(each)]), None) for each in np.unique(field)]
