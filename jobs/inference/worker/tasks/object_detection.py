"""Things in a picture, each with a frame around it."""

from collections.abc import Sequence
from typing import Any

import torch
from transformers import AutoModelForObjectDetection

from jobs.inference.protocol import Request
from jobs.inference.worker import drawing
from jobs.inference.worker.asked import Asked
from jobs.inference.worker.loading import Loaded
from jobs.inference.worker.looking import Look, forward, looks, name_for, pixels

AUTO = AutoModelForObjectDetection
NEEDS = ("images",)
# Pictures of several sizes would be padded, which some of these models take for a part of what they see.
BATCH = 1
THRESHOLD = 0.5
MOST_BOXES = 100
Found = list[dict[str, Any]]


def prepare(loaded: Loaded, asked: Asked) -> list[Look]:
    return looks(loaded, asked)


@torch.inference_mode()
def run(loaded: Loaded, rows: Sequence[Look]) -> list[Found]:
    """What each picture holds, `{"label", "score", "box": [left, top, right, bottom]}` in its own pixels."""
    outputs = []
    for row in rows:
        seen = forward(loaded, pixels(loaded, [row.open()]))
        width, height = row.source.size
        (raw,) = loaded.processor.post_process_object_detection(seen, THRESHOLD, torch.tensor([[height, width]]))
        names = [str(loaded.model.config.id2label[int(number)]) for number in raw["labels"]]
        outputs.append(boxes_of(names, raw))
    return outputs


def boxes_of(names: Sequence[str], raw: dict[str, Any]) -> Found:
    """What a processor found, the most certain first."""
    found: Found = [
        {"label": name, "score": float(score), "box": [int(value) for value in box]}
        for name, score, box in zip(names, raw["scores"], raw["boxes"], strict=True)
    ]
    return sorted(found, key=lambda each: -float(each["score"]))[:MOST_BOXES]


def finish(_loaded: Loaded, request: Request, rows: Sequence[Look], outputs: Sequence[Found]) -> list[dict[str, Any]]:
    """Per picture `{"boxes", "file", "alt"}`: what was found and a picture of it; without a file where nothing was."""
    results = []
    for number, (row, found) in enumerate(zip(rows, outputs, strict=True)):
        result: dict[str, Any] = {"boxes": found, **row.source.note}
        if found:
            drawn = drawing.boxes(row.open(), found, row.source.size)
            result["file"] = drawing.save(drawn, name_for(request, "boxes", number, "jpg"))
            result["alt"] = in_words(row.source.path.name, found)
        results.append(result)
    return results


def in_words(name: str, found: Found) -> str:
    """`street.jpg with 3 frames: 1 car 0.98 at 3,4 to 40,30; …`."""
    listed = [
        f"{number} {each['label']} {each['score']:.2f} at {{}},{{}} to {{}},{{}}".format(*each["box"])
        for number, each in enumerate(found[:10], 1)
    ]
    more = f"; and {len(found) - 10} more" if len(found) > 10 else ""
    return f"{name} with {len(found)} {'frame' if len(found) == 1 else 'frames'}: {'; '.join(listed)}{more}"
