"""What happens in a video, as labels with scores."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import AutoModelForVideoClassification

from core.results import Reading, Scores
from jobs.inference.protocol import Request
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.errors import CannotAnswer
from jobs.inference.worker.loading import Loaded
from jobs.inference.worker.videos import ensure_video, frames
from jobs.inference.worker.vision import chances, forward, patches, pixels, ranked

AUTO = AutoModelForVideoClassification
NEEDS = ("images",)
BATCH = 1
MOST_VIDEOS = 4
# Where the model does not say how many pictures it looks at.
FRAMES = 16


@dataclass(frozen=True)
class Film:
    """One video that is to be looked at."""

    path: Path
    read: int
    entry: Entry


def prepare(loaded: Loaded, entry: Entry) -> list[Film]:
    """CannotAnswer for files that are no videos, and for too many."""
    files = entry.request.files
    if len(files) > MOST_VIDEOS:
        raise CannotAnswer("input", f"{len(files)} videos are more than I take at once. Send {MOST_VIDEOS} at most.")
    for path in files:
        ensure_video(path)
    return [Film(path, _frames(loaded) * (patches(loaded.processor) or 1), entry) for path in files]


@torch.inference_mode()
def run(loaded: Loaded, rows: Sequence[Film]) -> list[list[float]]:
    """The labels' scores, in the order of the model's labels."""
    outputs = []
    for row in rows:
        seen = pixels(loaded, frames(row.path, _frames(loaded), row.entry))
        outputs.append(chances(loaded.model.config, forward(loaded, seen)["logits"][0]))
    return outputs


def finish(loaded: Loaded, _request: Request, _rows: Sequence[Film], outputs: Sequence[list[float]]) -> list[Scores]:
    """The scores of each video."""
    names = loaded.model.config.id2label
    is_plain = loaded.model.config.problem_type == "regression"
    return [
        Scores(ranked(names, scores), plain=is_plain, note=Reading("stills", _frames(loaded))) for scores in outputs
    ]


def _frames(loaded: Loaded) -> int:
    return int(getattr(loaded.model.config, "num_frames", FRAMES))
