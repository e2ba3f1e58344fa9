"""Figures of a classifier from its true and predicted classes. Torch-free."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_Z95 = 1.959963984540054

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ClassFigures:
    """Precision, recall and F1 of one class, 0 where undefined; `rows` of it there are."""

    label: str
    precision: float
    recall: float
    f1: float
    rows: int


def confusion_matrix(true: Sequence[int] | Counts, predicted: Sequence[int] | Counts, classes: int) -> Counts:
    """Rows are true classes, columns predicted ones."""
    pairs = np.asarray(true, dtype=np.int64) * classes + np.asarray(predicted, dtype=np.int64)
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes).astype(np.int64)


def accuracy(confusion: Counts) -> float:
    """Share of rows on the diagonal; 0.0 of no rows."""
    return float(np.trace(confusion) / max(confusion.sum(), 1))


def class_figures(confusion: Counts, labels: Sequence[str]) -> list[ClassFigures]:
    """One entry a class, in id order."""
    hits, true, predicted = np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    return [
        ClassFigures(
            label=label,
            precision=float(hits[i] / max(predicted[i], 1)),
            recall=float(hits[i] / max(true[i], 1)),
            f1=float(2 * hits[i] / max(true[i] + predicted[i], 1)),
            rows=int(true[i]),
        )
        for i, label in enumerate(labels)
    ]


def macro_f1(confusion: Counts) -> float:
    """Mean F1 of the classes that are true or predicted anywhere (as scikit-learn's `average="macro"`)."""
    hits, totals = np.diag(confusion), confusion.sum(axis=0) + confusion.sum(axis=1)
    present = totals > 0
    return float(np.mean(2 * hits[present] / totals[present])) if present.any() else 0.0


def wilson_half_width(share: float, rows: int) -> float:
    """Half the width of the 95 % Wilson score interval of a share seen on `rows` rows (Wilson, 1927)."""
    if rows == 0:
        return 1.0
    z2 = _Z95**2
    spread = math.sqrt(share * (1 - share) / rows + z2 / (4 * rows**2))
    return _Z95 / (1 + z2 / rows) * spread
