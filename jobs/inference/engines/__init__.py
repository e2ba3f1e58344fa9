"""What computes a model's outputs: torch, which can run every task, or ONNX Runtime, for encoders on the CPU."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from jobs.inference.rows import Array


class Engine(Protocol):
    """One model in memory. `name` is what an answer says of it, `device` where it runs."""

    name: str
    device: str

    def forward(self, batch: Mapping[str, Array], names: Sequence[str]) -> dict[str, Array]:
        """The outputs of these names, in float32, for a padded batch of token ids and what belongs to them."""
