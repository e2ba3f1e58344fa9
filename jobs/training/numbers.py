"""Figures of predicted numbers. Torch-free."""

import numpy as np
import numpy.typing as npt

_RESAMPLES = 1000
_INTERVAL = (2.5, 97.5)
_SEED = 20
_PARTS = 4
_LARGE = 1000

Numbers = npt.NDArray[np.float64]


def pearson(true: Numbers, predicted: Numbers) -> float:
    """Correlation from -1 to 1; 0 where one of them does not vary, so that nothing goes along with anything."""
    ours, theirs = true - true.mean(), predicted - predicted.mean()
    size = np.sqrt((ours**2).sum() * (theirs**2).sum())
    return float((ours * theirs).sum() / size) if size else 0.0


def ranks(numbers: Numbers) -> Numbers:
    """Places by size; equal numbers share the mean of theirs."""
    _, kind, times = np.unique(numbers, return_inverse=True, return_counts=True)
    last = np.cumsum(times)
    shared: Numbers = (last - (times - 1) / 2)[kind]
    return shared


def spearman(true: Numbers, predicted: Numbers) -> float:
    """Correlation of the ranks (Spearman, 1904)."""
    return pearson(ranks(true), ranks(predicted))


def spearman_margin(true: Numbers, predicted: Numbers) -> float | None:
    """Half the width of the 95 % interval: the bootstrap over rows (Efron, 1979), with the ranks of all rows.

    None where all resamples agree, which says nothing about other rows.
    """
    ours, theirs = ranks(true), ranks(predicted)
    draw = np.random.default_rng(_SEED)
    chosen = (draw.integers(len(ours), size=len(ours)) for _ in range(_RESAMPLES))
    low, high = np.percentile([pearson(ours[rows], theirs[rows]) for rows in chosen], _INTERVAL)
    return float(high - low) / 2 or None


def rmse(errors: Numbers) -> float:
    """Root of the mean squared error."""
    return float(np.sqrt((errors**2).mean()))


def mae(errors: Numbers) -> float:
    """Mean size of the errors."""
    return float(np.abs(errors).mean())


def r2(errors: Numbers, from_mean: Numbers) -> float:
    """1 minus the squared errors over those of always answering the mean; 0 where that is never wrong."""
    of_mean = (from_mean**2).sum()
    return float(1 - (errors**2).sum() / of_mean) if of_mean else 0.0


def quarters(true: Numbers) -> list[npt.NDArray[np.int64]]:
    """The rows of each quarter of the numbers by size, equal ones together; fewer where they do not differ enough."""
    parts = place(true, true)
    return [np.flatnonzero(parts == part) for part in np.unique(parts)]


def place(numbers: Numbers, among: Numbers) -> npt.NDArray[np.int64]:
    """In which quarter of `among` each number is, from 0."""
    edges = np.unique(np.quantile(among, np.linspace(0, 1, _PARTS + 1)[1:-1]))
    found: npt.NDArray[np.int64] = np.searchsorted(edges, numbers, side="left").astype(np.int64)
    return found


def shown(number: float) -> str:
    """`2.5`, `1,234`, `0.00012`: three or four digits."""
    if abs(number) >= _LARGE:
        return f"{number:,.0f}"
    return f"{number:.3g}"
