"""What computes a model's outputs: torch, which can run every task, or ONNX Runtime, for encoders on the CPU."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from jobs.inference.worker.rows import Array


@dataclass(frozen=True)
class Pace:
    """How batches are best cut: at most `most_tokens` in one, padding included; one batch more costs as much as
    `start_tokens`, so that more padding than that is not worth it."""

    most_tokens: int
    start_tokens: int


class Engine(Protocol):
    """One model in memory. `name` is what an answer says of it, `device` where it runs."""

    name: str
    device: str
    pace: Pace

    def forward(self, batch: Mapping[str, Array], names: Sequence[str]) -> dict[str, Array]:
        """The outputs of these names, in float32, for a padded batch of token ids and what belongs to them."""
