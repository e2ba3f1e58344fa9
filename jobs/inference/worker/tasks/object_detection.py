"""Things in a picture, each with a frame around it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from transformers import AutoModelForObjectDetection

from core.results import Box, Boxes
from jobs.inference.protocol import Request
from jobs.inference.worker import drawing
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.loading import Loaded
from jobs.inference.worker.vision import Look, forward, looks, name_for, pixels

AUTO = AutoModelForObjectDetection
NEEDS = ("images",)
# Pictures of several sizes would be padded, which some of these models take for a part of what they see.
BATCH = 1
THRESHOLD = 0.5
MOST_BOXES = 100
# The words beside a picture name so many frames.
MOST_NAMED = 10


def prepare(loaded: Loaded, entry: Entry) -> list[Look]:
    return looks(loaded, entry)


@torch.inference_mode()
def run(loaded: Loaded, rows: Sequence[Look]) -> list[list[Box]]:
    """What each picture holds."""
    outputs = []
    for row in rows:
        seen = forward(loaded, pixels(loaded, [row.open()]))
        width, height = row.source.size
        (raw,) = loaded.processor.post_process_object_detection(seen, THRESHOLD, torch.tensor([[height, width]]))
        names = [str(loaded.model.config.id2label[int(number)]) for number in raw["labels"]]
        outputs.append(boxes_of(names, raw))
    return outputs


def boxes_of(names: Sequence[str], raw: Mapping[str, torch.Tensor]) -> list[Box]:
    """What a processor found, the most certain first."""
    boxes = []
    for name, score, corners in zip(names, raw["scores"], raw["boxes"], strict=True):
        left, top, right, bottom = (int(value) for value in corners)
        boxes.append(Box(name, float(score), (left, top, right, bottom)))
    return sorted(boxes, key=lambda each: -each.score)[:MOST_BOXES]


def finish(_loaded: Loaded, request: Request, rows: Sequence[Look], outputs: Sequence[list[Box]]) -> list[Boxes]:
    """What was found in each picture and a picture of it; without one where nothing was."""
    results = []
    for number, (row, boxes) in enumerate(zip(rows, outputs, strict=True)):
        result = Boxes(tuple(boxes), note=row.source.note)
        if boxes:
            drawn = drawing.boxes(row.open(), boxes, row.source.size)
            file = drawing.save(drawn, name_for(request, "boxes", number, "jpg"))
            result = replace(result, file=file, alt=in_words(row.source.path.name, boxes))
        results.append(result)
    return results


def in_words(name: str, boxes: Sequence[Box]) -> str:
    """`street.jpg with 3 frames: 1 car 0.98 at 3,4 to 40,30; …`."""
    listed = [
        f"{number} {each.label} {each.score:.2f} at {{}},{{}} to {{}},{{}}".format(*each.box)
        for number, each in enumerate(boxes[:MOST_NAMED], 1)
    ]
    more = f"; and {len(boxes) - MOST_NAMED} more" if len(boxes) > MOST_NAMED else ""
    return f"{name} with {len(boxes)} {'frame' if len(boxes) == 1 else 'frames'}: {'; '.join(listed)}{more}"
