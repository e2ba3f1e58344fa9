"""A model in memory as its task finds it, whichever engine runs it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jobs.inference.worker.rows import Array, Row, Window, stack

__all__ = ["Loaded", "Row", "Window", "forward", "pad", "read"]


@dataclass(frozen=True)
class Loaded:
    """A model ready to run, with what it reads by; `longest` is in tokens.

    Every task of texts has a `cutter`, and a model an `engine`; `labels` and `problem` are the config's. Only torch
    tasks have transformers' own `model` and `tokenizer`, and a `processor` where pictures or sounds are read.
    """

    model: Any
    tokenizer: Any
    device: str
    longest: int
    folder: Path
    processor: Any = None
    engine: Any = None  # an engines.Engine
    cutter: Any = None  # a cutting.Cutter
    labels: dict[int, str] = field(default_factory=dict)
    problem: str = ""

    @property
    def engine_name(self) -> str:
        return str(self.engine.name) if self.engine is not None else "torch"


def read(loaded: Loaded, texts: list[str], longest: int | None = None, pairs: list[str] | None = None) -> list[Row]:
    """The texts as rows, each cut to what the model reads.

    With `pairs`, each text is followed by its pair, and the longer of the two is what gets cut.
    """
    rows: list[Row] = loaded.cutter.read(texts, pairs, min(longest or loaded.longest, loaded.longest))
    return rows


def forward(loaded: Loaded, rows: Sequence[Row], *names: str) -> dict[str, Array]:
    """The model's outputs of these names for the rows as one padded batch."""
    outputs: dict[str, Array] = loaded.engine.forward(stack(rows, loaded.cutter.marks.padding), names)
    return outputs


def pad(loaded: Loaded, rows: Sequence[Row]) -> Any:
    """The rows as one batch of tensors on the model's device, padded to the longest of them."""
    import torch

    batch = stack(rows, loaded.tokenizer.pad_token_id)
    return {name: torch.from_numpy(values).to(loaded.device) for name, values in batch.items()}
