"""What tasks do alike that choose one class a row: rows, checks of them, figures. Torch-free when imported."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Generic, Self, TypeVar

import numpy as np
from datasets import Dataset

from core.figures import Figure
from core.recipe import Roles
from jobs.training.data import class_names, ordered_labels
from jobs.training.errors import DataError
from jobs.training.labelled import (
    MINIMUM_ROWS,
    LabelTask,
    ParallelLists,
    absent,
    ensure_any,
    ensure_enough,
    ensure_enough_of_each,
)
from jobs.training.metrics import Counts, accuracy, class_figures, confusion_matrix, macro_f1, wilson_half_width
from jobs.training.tasks import CardTable, Cell, Encoded, Logits, TrainingData, named_head, probabilities

if TYPE_CHECKING:
    from jobs.training.charts import Panel

ACCURACY = Figure("accuracy", "accuracy", None, is_main=True)
MAXIMUM_CLASSES = 1000
IMBALANCE = 0.8


class ClassRows(ParallelLists, ABC):
    """Rows of one split, as parallel lists, of which one is the names of their classes."""

    labels: list[str]

    @abstractmethod
    def shown(self, at: int) -> dict[str, Cell]:
        """What a list of answers says of a row beside its class."""

    @abstractmethod
    def keys(self) -> list[str]:
        """What two rows share when one would give the other away."""

    @abstractmethod
    def renamed(self, names: Mapping[str, str]) -> Self:
        """The same rows with other names of classes."""

    def answers(self) -> list[str]:
        return self.labels

    def groups(self) -> list[str]:
        return self.labels

    def counts(self) -> Counter[str]:
        return Counter(self.labels)


C = TypeVar("C", bound=ClassRows)


@dataclass(frozen=True)
class ClassAssessment:
    """A classifier's answers on `examples`; `majority` is what always answering the commonest class gets right."""

    examples: ClassRows
    logits: Logits
    names: list[str]
    majority: float

    @cached_property
    def confusion(self) -> Counts:
        """Rows are true classes, columns predicted ones."""
        ids = {label: i for i, label in enumerate(self.names)}
        true = [ids[label] for label in self.examples.labels]
        return confusion_matrix(true, self.logits.argmax(axis=1), len(self.names))

    def figures(self, *, margins: bool) -> tuple[Figure, ...]:
        share = accuracy(self.confusion)
        margin = wilson_half_width(share, len(self.examples)) if margins else None
        return (
            replace(ACCURACY, value=share, margin=margin),
            Figure("f1", "F1", macro_f1(self.confusion)),
        )

    def metrics(self) -> dict[str, float | int]:
        return {"majority": self.majority}

    def predictions(self) -> Iterator[dict[str, Cell]]:
        for index, scores in enumerate(probabilities(self.logits)):
            best = int(scores.argmax())
            yield self.examples.shown(index) | {
                "label": self.examples.labels[index],
                "predicted": self.names[best],
                "score": round(float(scores[best]), 6),
            }

    def panel(self) -> "Panel":
        from jobs.training.charts import confusion_panel

        return confusion_panel(self.confusion, self.names)

    def overall(self) -> CardTable:
        main, f1 = self.figures(margins=True)
        rows = [
            ["accuracy", f"{main.value:.3f} ± {main.margin:.3f} (95 %, Wilson)"],
            ["always answering the commonest class", f"{self.majority:.3f}"],
            ["macro F1", f"{f1.value:.3f}"],
        ]
        return CardTable(["", "test"], rows)

    def by_label(self) -> CardTable:
        rows = [
            [one.label, f"{one.precision:.3f}", f"{one.recall:.3f}", f"{one.f1:.3f}", f"{one.rows:,}"]
            for one in class_figures(self.confusion, self.names)
        ]
        return CardTable(["class", "precision", "recall", "F1", "rows"], rows)

    def details(self) -> dict[str, object]:
        classes = [asdict(one) for one in class_figures(self.confusion, self.names)]
        return {"classes": classes, "labels": self.names, "confusion": self.confusion.tolist()}


class ClassTask(LabelTask, Generic[C]):
    """The part of such a task that does not depend on what is in a row."""

    content: str
    main = ACCURACY
    index_names: Mapping[str, str] = {"accuracy": "Accuracy", "f1": "Macro F1"}

    def is_labelled(self, rows: Dataset, columns: Roles) -> bool:
        column = columns["label"]
        return column in rows.features and any(label is not None for label in class_names(rows, column))

    def row_answers(self, rows: Dataset, column: str) -> list[str | None]:
        """The class of each row."""
        return class_names(rows, column)

    def labels(self, rows: Dataset, columns: Roles, parts: Sequence[C]) -> list[str]:
        return ordered_labels(rows, columns["label"], (label for part in parts for label in part.labels))

    def check(self, examples: C, columns: Roles) -> None:
        rows, counts = len(examples), examples.counts()
        ensure_any(rows, f"a {self.content}")
        if len(counts) > MAXIMUM_CLASSES or (rows >= MINIMUM_ROWS and len(counts) > rows / 2):
            raise DataError(
                f"The column `{columns['label']}` has {len(counts):,} different values in {rows:,} rows: "
                "it looks like an id, a number or text, not a class. Choose another with `label=…`."
            )
        if len(counts) == 1:
            only = next(iter(counts))
            raise DataError(f"Every row is of the class `{only}`. There must be at least two classes.")
        ensure_enough(rows)
        ensure_enough_of_each(counts, "class")

    def lack(self, examples: C) -> str:
        return "one class" if len(examples.counts()) == 1 else ""

    def imbalance(self, examples: C, rows: str) -> list[str]:
        label, count = examples.counts().most_common(1)[0]
        if count <= IMBALANCE * len(examples):
            return []
        return [f"{count / len(examples):.0%} of the {rows} are `{label}`: judge by F1, not accuracy."]

    def oddities(self, examples: C, labels: Sequence[str]) -> list[str]:
        sentences = absent(labels, examples.counts(), "No training row is of the class")
        return sentences + self.imbalance(examples, "training rows")

    def summary(self, data: TrainingData[C]) -> dict[str, object]:
        counts = data.train.counts()
        return {"classes": {label: counts[label] for label in data.labels}, "majority": _majority(data, data.test)}

    def head(self, labels: Sequence[str]) -> dict[str, object]:
        return named_head(labels) | {"problem_type": "single_label_classification"}

    def assess(
        self,
        data: TrainingData[C],
        examples: C,
        encoded: Encoded,  # noqa: ARG002  # a row has one answer, however many tokens it has
        logits: Logits,
    ) -> ClassAssessment:
        return ClassAssessment(examples, np.asarray(logits), data.labels, _majority(data, examples))


def _majority(data: TrainingData[C], rows: C) -> float:
    """The share of rows that always answering the commonest training class gets right."""
    commonest = data.train.counts().most_common(1)[0][0]
    return rows.labels.count(commonest) / max(len(rows), 1)
