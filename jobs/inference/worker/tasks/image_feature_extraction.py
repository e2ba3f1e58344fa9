"""A picture as a vector, and how alike several are: the cosine of each to the first."""

from collections.abc import Sequence

import torch
from transformers import AutoModel

from core.results import Vector
from jobs.inference.protocol import Request
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.loading import Loaded
from jobs.inference.worker.vision import Look, forward, looks, pixels

AUTO = AutoModel
NEEDS = ("images",)
BATCH = 8
SHOWN = 8


def prepare(loaded: Loaded, entry: Entry) -> list[Look]:
    return looks(loaded, entry)


@torch.inference_mode()
def run(loaded: Loaded, rows: Sequence[Look]) -> list[torch.Tensor]:
    """The vector of each picture: as a model of pictures and texts compares them, else of its class token or mean."""
    inputs = pixels(loaded, [row.open() for row in rows])
    if hasattr(loaded.model, "get_image_features"):
        features = loaded.model.get_image_features(**inputs)
        return list(getattr(features, "pooler_output", features).float().cpu())
    states = forward(loaded, inputs)["last_hidden_state"]
    # Convolutional models keep height and width; transformers put a token for the whole picture first.
    return list(states.flatten(2).mean(-1) if states.dim() == 4 else states[:, 0])


def finish(_loaded: Loaded, _request: Request, rows: Sequence[Look], outputs: Sequence[torch.Tensor]) -> list[Vector]:
    """The vector of each picture, its first eight numbers."""
    results: list[Vector] = []
    for row, vector in zip(rows, outputs, strict=True):
        score = float(torch.cosine_similarity(outputs[0], vector, dim=0)) if results else None
        begun = tuple(vector[:SHOWN].tolist())
        results.append(Vector(vector.numel(), float(vector.norm()), begun, score, note=row.source.note))
    return results
