"""What tasks that look at pictures have in common: rows out of files, one forward, a picture out again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from transformers import PreTrainedConfig

from core.results import Score
from jobs.inference.protocol import Request
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.errors import CannotAnswer
from jobs.inference.worker.loading import Loaded
from jobs.inference.worker.pictures import Source, sources
from jobs.models.pictures import LONGEST_SIDE

# A square of this many pixels costs about what a token does.
PATCH = 16
MOST_LABELS = 20
# Of thousands of classes nobody reads more.
MOST_SCORES = 100


@dataclass(frozen=True)
class Look:
    """One picture that is to be looked at. It is opened when its turn comes, so that waiting rows take no memory."""

    source: Source
    read: int
    entry: Entry

    def open(self) -> Image.Image:
        self.entry.ensure_wanted()
        return self.source.open()


def looks(loaded: Loaded, entry: Entry) -> list[Look]:
    """A row for each file of the request. CannotAnswer for a file that no picture can come of."""
    cost = patches(loaded.processor)
    return [Look(source, cost or _patches(*source.size), entry) for source in sources(entry)]


def patches(processor: object) -> int:
    """What a picture costs that the processor makes all of one size; 0 where each keeps its own."""
    for size in (getattr(processor, "crop_size", None), getattr(processor, "size", None)):
        height, width = _side(size, "height"), _side(size, "width")
        edge = _side(size, "longest_edge") or _side(size, "shortest_edge")
        if height and width:
            return _patches(width, height)
        if edge:
            return _patches(edge, edge)
    return 0


def _side(size: object, name: str) -> int:
    value = size.get(name) if hasattr(size, "get") else getattr(size, name, None)
    return int(value or 0)


def _patches(width: int, height: int) -> int:
    width, height = min(width, LONGEST_SIDE), min(height, LONGEST_SIDE)
    return max(1, (width // PATCH) * (height // PATCH))


def pixels(loaded: Loaded, pictures: Sequence[Image.Image], **options: object) -> dict[str, torch.Tensor]:
    """The pictures as the processor hands them to the model, on its device and in its precision."""
    return placed(loaded, loaded.processor(images=list(pictures), return_tensors="pt", **options))


def placed(loaded: Loaded, inputs: Mapping[str, Any]) -> dict[str, torch.Tensor]:
    """Tensors on the model's device, those of fractions in its precision."""

    def place(value: Any) -> Any:
        if not isinstance(value, torch.Tensor):
            return value
        return value.to(loaded.device, loaded.model.dtype if value.is_floating_point() else value.dtype)

    return {name: place(value) for name, value in inputs.items()}


def forward(loaded: Loaded, inputs: Mapping[str, Any]) -> Any:
    """The model's outputs, those of fractions in full precision, as what follows computes with them on the CPU."""
    outputs = loaded.model(**inputs)
    for name, value in list(outputs.items()):
        if isinstance(value, torch.Tensor):
            outputs[name] = (value.float() if value.is_floating_point() else value).cpu()
    return outputs


def chances(config: PreTrainedConfig, logits: torch.Tensor) -> list[float]:
    """Scores of all labels, as the model was trained: one of them, several at once, or plain numbers."""
    if config.problem_type == "regression":
        scores = logits
    elif config.problem_type == "multi_label_classification" or logits.shape[-1] == 1:
        scores = logits.sigmoid()
    else:
        scores = logits.softmax(-1)
    found: list[float] = scores.tolist()
    return found


def ranked(names: Sequence[str] | Mapping[int, object], scores: Sequence[float]) -> tuple[Score, ...]:
    """The labels with their scores, the likeliest first, the first hundred."""
    order = sorted(range(len(scores)), key=lambda number: -scores[number])[:MOST_SCORES]
    return tuple(Score(str(names[number]), scores[number]) for number in order)


def labels_of(request: Request, fewest: int = 1) -> list[str]:
    """The candidate labels that were typed. CannotAnswer when they are too few or too many."""
    typed = str(request.options.get("labels", ""))
    labels = list(dict.fromkeys(label.strip() for label in typed.split(",") if label.strip()))
    if not fewest <= len(labels) <= MOST_LABELS:
        what = "Say between which labels" if fewest > 1 else "Say what to look for"
        raise CannotAnswer("input", f'{what}, {fewest} to {MOST_LABELS}: labels="a cat, a dog, a car".')
    return labels


def name_for(request: Request, what: str, number: int, ending: str) -> Path:
    """Where the request's picture goes; no file that was sent has such a name."""
    return Path(request.folder) / f"{what}-{number + 1}-{request.id[:8]}.{ending}"
