"""Figures of a model, as they travel from the worker to the cards: what each is called, and which way is better."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """One measured value; `value` is None where the worker had no finite number.

    `words` is what people call it, `margin` half the width of its 95 % interval, `is_main` marks the one that
    decides what is best.
    """

    name: str
    words: str
    value: float | None
    margin: float | None = None
    is_main: bool = False
    higher_is_better: bool = True

    def is_better_than(self, other: "Figure | None") -> bool:
        """Whether this beats the other; nothing beats a figure without a value being there at all."""
        if self.value is None:
            return False
        if other is None or other.value is None:
            return True
        return self.value > other.value if self.higher_is_better else self.value < other.value

    def text(self) -> str:
        """`accuracy 0.812 ± 0.023`."""
        if self.value is None:
            return f"{self.words} unknown"
        margin = "" if self.margin is None else f" ± {self.margin:.3f}"
        return f"{self.words} {self.value:.3f}{margin}"


def main_figure(figures: Sequence[Figure]) -> Figure | None:
    """The figure that decides; None where there is none."""
    return next((figure for figure in figures if figure.is_main), None)


def dump_figures(figures: Iterable[Figure]) -> list[dict[str, object]]:
    """The figures as JSON."""
    return [asdict(figure) for figure in figures]


def read_figures(metrics: Mapping[str, object]) -> tuple[Figure, ...]:
    """The figures in an event's or a run's metrics: those under `figures`, else what version 0.1 wrote."""
    told = metrics.get("figures")
    if isinstance(told, list):
        return tuple(Figure(**figure) for figure in told)
    figures = []
    for name, words in (("accuracy", "accuracy"), ("f1", "F1")):
        value, margin = metrics.get(name), metrics.get(f"{name}_margin")
        if isinstance(value, float | int):
            figures.append(
                Figure(name, words, float(value), margin if isinstance(margin, float) else None, name == "accuracy")
            )
    return tuple(figures)
