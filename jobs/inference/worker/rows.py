"""Texts as a model reads them, and the batches that are made of them; numpy alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.results import Reading
from jobs.inference.worker.entries import Entry

Array = NDArray[Any]


@dataclass(frozen=True)
class Row:
    """One text as the model reads it: `tokens` by the tokenizer's names, `read` of the text's `whole` tokens.

    A row that takes long knows its `deadline`, its request's `entry`, and whether it is `alone` in its request.
    """

    tokens: dict[str, list[int]]
    whole: int
    options: Mapping[str, Any] = field(default_factory=dict)
    deadline: float = float("inf")
    entry: Entry | None = None
    alone: bool = False

    @property
    def read(self) -> int:
        return len(self.tokens["input_ids"])

    @property
    def note(self) -> Reading | None:
        """How much was read of a text that was cut."""
        return Reading("tokens", self.read, self.whole) if self.whole > self.read else None


@dataclass(frozen=True)
class Window(Row):
    """A stretch of the request's text number `text`, with what each token stands for: its word, which of a pair it
    is of (None for special tokens), and its first and last character."""

    text: int = 0
    words: list[int | None] = field(default_factory=list)
    parts: list[int | None] = field(default_factory=list)
    offsets: list[tuple[int, int]] = field(default_factory=list)


def stack(rows: Sequence[Row], padding: int) -> dict[str, Array]:
    """The rows as one batch by name, each filled up on the right to the longest of them; all but ids with zeros."""
    width = max(row.read for row in rows)
    batch = {}
    for name in rows[0].tokens:
        filled = np.full((len(rows), width), padding if name == "input_ids" else 0, dtype=np.int64)
        for at, row in enumerate(rows):
            filled[at, : row.read] = row.tokens[name]
        batch[name] = filled
    return batch


def unstack(outputs: Mapping[str, Array], names: Sequence[str], rows: Sequence[Row]) -> list[tuple[Array, ...]]:
    """Each row's outputs of these names, one place a token, without the padding."""
    return [tuple(outputs[name][at, : row.read] for name in names) for at, row in enumerate(rows)]


def softmax(logits: Array) -> Array:
    """Over the last axis."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    found: Array = shifted / shifted.sum(axis=-1, keepdims=True)
    return found


def sigmoid(logits: Array) -> Array:
    # By tanh, which never overflows.
    found: Array = 0.5 * (1.0 + np.tanh(0.5 * logits))
    return found
