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

    @property
    def shown(self) -> str:
        """`accuracy 0.812`."""
        return f"{self.words} unknown" if self.value is None else f"{self.words} {self.value:.3f}"

    def text(self) -> str:
        """`accuracy 0.812 ± 0.023`."""
        return self.shown + ("" if self.value is None or self.margin is None else f" ± {self.margin:.3f}")


def main_figure(figures: Sequence[Figure]) -> Figure | None:
    """The figure that decides; None where there is none."""
    return next((figure for figure in figures if figure.is_main), None)


# What a model has to beat, by the name of its metric, and what it is called.
BASELINES = {
    "majority": "majority class",
    "commonest_f1": "F1 of always the commonest class",
    "mean_rmse": "RMSE of always the mean",
}
# The baseline of a main figure; that of others is 0.
_BEATEN = {"accuracy": "majority", "f1": "commonest_f1"}


def baselines(metrics: Mapping[str, object]) -> list[str]:
    """`majority class 0.500`: what answering without a model would reach."""
    found = ((words, metrics.get(name)) for name, words in BASELINES.items())
    return [f"{words} {value:.3f}" for words, value in found if isinstance(value, float)]


def is_no_better(metrics: Mapping[str, object]) -> bool:
    """Whether a model does not beat one that always gives the same answer, or no further than chance goes."""
    figures = read_figures(metrics)
    main = main_figure(figures)
    explained = next((figure.value for figure in figures if figure.name == "r2"), None)
    if explained is not None:
        return explained <= 0
    if main is None or main.value is None or not main.higher_is_better:
        return False
    beaten = _number(metrics.get(_BEATEN.get(main.name, "")))
    return main.value <= 0.0 if beaten is None else main.value - (main.margin or 0.0) <= beaten


def dump_figures(figures: Iterable[Figure]) -> list[dict[str, object]]:
    """The figures as JSON."""
    return [asdict(figure) for figure in figures]


def read_figures(source: Mapping[str, object]) -> tuple[Figure, ...]:
    """The figures of an event, a run's metrics or its best: those under `figures`, else what version 0.1 wrote."""
    listed, metrics = source.get("figures"), source.get("metrics")
    if isinstance(listed, list):
        return tuple(figure for entry in listed if (figure := _figure(entry)))
    if isinstance(metrics, Mapping):
        return read_figures(metrics)
    figures = []
    for name, words in (("accuracy", "accuracy"), ("f1", "F1")):
        value, margin = _number(source.get(name)), _number(source.get(f"{name}_margin"))
        if value is not None:
            figures.append(Figure(name, words, value, margin, name == "accuracy"))
    return tuple(figures)


def _figure(entry: object) -> Figure | None:
    """The figure in this entry of a file; None where it is not one."""
    if not isinstance(entry, Mapping) or not isinstance(entry.get("name"), str):
        return None
    return Figure(
        entry["name"],
        str(entry.get("words") or entry["name"]),
        _number(entry.get("value")),
        _number(entry.get("margin")),
        entry.get("is_main") is True,
        entry.get("higher_is_better") is not False,
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, float | int) else None
