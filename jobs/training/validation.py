"""How good the model is on the validation rows, measured whenever the trainer asks."""

from dataclasses import replace
from typing import Any

import numpy as np
from transformers import EvalPrediction

from core.figures import Figure, main_figure
from jobs.training.tasks import Encoded, Logits, TrainingData, TrainingTask


class Validation:
    """The validation rows in the order in which they are read, and the figures of the last look at them."""

    def __init__(self, task: TrainingTask[Any], data: TrainingData[Any], encoded: Encoded) -> None:
        self._task = task
        self._data = data
        self._encoded = encoded
        self._order = by_length(encoded)
        self.rows = encoded.in_order(self._order)
        self.figures: tuple[Figure, ...] = ()

    @property
    def main(self) -> Figure:
        """The figure that decides what is best, as it stands."""
        return main_figure(self.figures) or self._task.main

    def measure(self, prediction: EvalPrediction) -> dict[str, float | None]:
        """The figures by name, for the trainer."""
        logits = in_order(self._order, np.asarray(prediction.predictions))
        assessment = self._task.assess(self._data, self._data.validation, self._encoded, logits)
        self.figures = assessment.figures(margins=False)
        return {figure.name: figure.value for figure in self.figures}

    def is_best(self, value_before: float | None) -> bool:
        """Whether the last look beats the best value before it."""
        return self.main.is_better_than(replace(self.main, value=value_before))


def by_length(encoded: Encoded) -> list[int]:
    """The rows' places, shortest first: rows of a length share a batch without padding."""
    return [int(place) for place in np.argsort(encoded.lengths(), kind="stable")]


def in_order(order: list[int], logits: Logits) -> Logits:
    """What was predicted in this order, in the order of the rows."""
    sorted_back = np.empty_like(logits, dtype=np.float32)
    sorted_back[order] = logits
    return sorted_back
