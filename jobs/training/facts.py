"""What is known about a finished run: written beside the model, and told on its card. Torch-free."""

from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

from jobs.training.charts import Curve
from jobs.training.metrics import ClassFigures, Counts, accuracy, class_figures, macro_f1, wilson_half_width
from jobs.training.recipe import Recipe
from jobs.training.splits import TrainingData

_LIBRARIES = ("torch", "transformers", "datasets", "accelerate")


@dataclass(frozen=True)
class Measured:
    """What the trainer measured."""

    confusion: Counts
    loss: float
    best_step: int
    truncated: float
    curve: Curve


@dataclass(frozen=True)
class Facts:
    """A run and its figures on the test rows."""

    recipe: Recipe
    data: TrainingData
    measured: Measured

    @property
    def accuracy(self) -> float:
        """Share of test rows that are right."""
        return accuracy(self.measured.confusion)

    @property
    def margin(self) -> float:
        """Half the width of the accuracy's 95 % interval."""
        return wilson_half_width(self.accuracy, len(self.data.test))

    @property
    def f1(self) -> float:
        """Macro F1 on the test rows."""
        return macro_f1(self.measured.confusion)

    @property
    def classes(self) -> list[ClassFigures]:
        """Figures of each class."""
        return class_figures(self.measured.confusion, self.data.labels)

    @property
    def test_split(self) -> str:
        """What the test rows are called in the dataset, or what they were taken from."""
        return f"{self.recipe.splits.train} (held back)" if "test" in self.data.made else str(self.recipe.splits.test)

    def metrics(self) -> dict[str, float | int]:
        """The figures of the `finished` event that do not depend on the machine."""
        return {
            "accuracy": self.accuracy,
            "accuracy_margin": self.margin,
            "f1": self.f1,
            "loss": self.measured.loss,
            "rows": len(self.data.test),
            "majority": self.data.majority,
            "best_step": self.measured.best_step,
        }

    def as_json(self) -> dict[str, Any]:
        """Everything, for `metrics.json`."""
        return {
            "split": "test",
            "metrics": self.metrics(),
            "classes": [asdict(figures) for figures in self.classes],
            "labels": self.data.labels,
            "confusion": self.measured.confusion.tolist(),
            "rows": {
                "train": len(self.data.train),
                "validation": len(self.data.validation),
                "test": len(self.data.test),
            },
            "made_splits": self.data.made,
            "test_fingerprint": self.data.test.fingerprint(),
            "truncated": self.measured.truncated,
            "curve": asdict(self.measured.curve),
            "recipe": self.recipe.model_dump(mode="json"),
            "versions": versions(),
        }


def versions() -> dict[str, str]:
    """The libraries that a repetition should use."""
    return {name: version(name) for name in _LIBRARIES}
