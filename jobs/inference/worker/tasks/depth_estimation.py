"""How far away each point of a picture is."""

from collections.abc import Sequence

import numpy as np
import torch
from transformers import AutoModelForDepthEstimation

from core.results import Depth
from jobs.inference.protocol import Request
from jobs.inference.worker import drawing
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.loading import Loaded
from jobs.inference.worker.vision import Look, forward, looks, name_for, pixels

AUTO = AutoModelForDepthEstimation
NEEDS = ("images",)
BATCH = 1


def prepare(loaded: Loaded, entry: Entry) -> list[Look]:
    return looks(loaded, entry)


@torch.inference_mode()
def run(loaded: Loaded, rows: Sequence[Look]) -> list[np.ndarray]:
    """The depth of each pixel, by the model's own measure, of the picture as it was read."""
    outputs = []
    for row in rows:
        picture = row.open()
        seen = forward(loaded, pixels(loaded, [picture]))
        (depth,) = loaded.processor.post_process_depth_estimation(seen, [(picture.height, picture.width)])
        outputs.append(depth["predicted_depth"].numpy().reshape(picture.height, picture.width))
    return outputs


def finish(_loaded: Loaded, request: Request, rows: Sequence[Look], outputs: Sequence[np.ndarray]) -> list[Depth]:
    """A map in greys of each picture, and what its values are."""
    results = []
    for number, (row, values) in enumerate(zip(rows, outputs, strict=True)):
        drawn = drawing.depth(values, (values.shape[1], values.shape[0]))
        least, most, middle = float(values.min()), float(values.max()), float(np.median(values))
        file = drawing.save(drawn, name_for(request, "depth", number, "png"))
        scale = f"black is {least:.3g}, white is {most:.3g}, half of the picture is below {middle:.3g}"
        alt = f"Depth of {row.source.path.name} in greys: {scale}"
        results.append(Depth(least, most, middle, file=file, alt=alt, note=row.source.note))
    return results
