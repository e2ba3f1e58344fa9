"""What is known about a finished run: written beside the model, and told on its card. Torch-free."""

from dataclasses import asdict, dataclass
from functools import cached_property
from importlib.metadata import version
from typing import Any

from core.figures import Figure
from core.recipe import Recipe
from jobs.training.charts import Curve
from jobs.training.tasks import Assessment, TrainingData, TrainingTask

_LIBRARIES = ("torch", "transformers", "datasets", "accelerate")


@dataclass(frozen=True)
class Training:
    """How the training went; `truncated` is the share of training rows that did not fit."""

    loss: float
    best_step: int
    truncated: float
    curve: Curve


@dataclass(frozen=True)
class Facts:
    """A run and how its model did on the test rows."""

    task: TrainingTask[Any]
    recipe: Recipe
    data: TrainingData[Any]
    assessment: Assessment
    training: Training

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """What the model is judged by, on the test rows."""
        return self.assessment.figures(margins=True)

    @property
    def test_split(self) -> str:
        """What the test rows are called in the dataset, or what they were taken from."""
        return f"{self.recipe.splits.train} (held back)" if "test" in self.data.made else str(self.recipe.splits.test)

    def metrics(self) -> dict[str, float | int | None]:
        """The metrics of the `finished` event that do not depend on the machine."""
        named: dict[str, float | int | None] = {}
        for figure in self.figures:
            named[figure.name] = figure.value
            if figure.margin is not None:
                named[f"{figure.name}_margin"] = figure.margin
        return {
            **named,
            "loss": self.training.loss,
            "rows": len(self.data.test),
            **self.assessment.metrics(),
            "best_step": self.training.best_step,
        }

    def as_json(self) -> dict[str, object]:
        """Everything, for `metrics.json`."""
        return {
            "split": "test",
            "metrics": self.metrics(),
            **self.assessment.details(),
            "rows": {
                "train": len(self.data.train),
                "validation": len(self.data.validation),
                "test": len(self.data.test),
            },
            "made_splits": self.data.made,
            "test_fingerprint": self.data.test.fingerprint(),
            "truncated": self.training.truncated,
            "curve": asdict(self.training.curve),
            "recipe": self.recipe.model_dump(mode="json"),
            "versions": versions(),
        }


def versions() -> dict[str, str]:
    """The libraries that a repetition should use."""
    return {name: version(name) for name in _LIBRARIES}
