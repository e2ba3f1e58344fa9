"""Pictures for the chat: small, readable on a phone, and each with its numbers in words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from core.figures import Figure
from jobs.training.metrics import Counts
from jobs.training.numbers import Numbers

mpl.use("Agg")

# Inches: a panel's width, the fewest such widths of a picture, and its height, which is 390 pixels.
_WIDTH, _LEAST_WIDTHS, _HEIGHT = 3.7, 2, 3.0
_DPI = 130
_BLUE, _ORANGE, _GREEN = "#1f6feb", "#bc4c00", "#1a7f37"
_SMALL = 8
_PARTS = 20
_SHOWN_CLASSES = 12
_NUMBERED_CLASSES = 8
_LEVEL_CLASSES = 2
_LABEL_LENGTH = 14
_DARK = 0.5


@dataclass(frozen=True)
class Curve:
    """Points of a training: (step, loss), and (step, loss, main figure) on the validation rows."""

    training: list[tuple[int, float]]
    validation: list[tuple[int, float, float]]
    words: str = "accuracy"
    higher_is_better: bool = True

    @classmethod
    def from_history(cls, history: Sequence[Mapping[str, float]], main: Figure) -> "Curve":
        """From the trainer's log."""
        measured = f"eval_{main.name}"
        return cls(
            [(int(entry["step"]), entry["loss"]) for entry in history if "loss" in entry],
            [(int(e["step"]), e["eval_loss"], e[measured]) for e in history if e.get(measured) is not None],
            main.words,
            main.higher_is_better,
        )

    @property
    def best(self) -> tuple[int, float, float]:
        """The first of the best points on the validation rows."""
        return (max if self.higher_is_better else min)(self.validation, key=lambda point: point[2])

    @property
    def is_seen(self) -> bool:
        """Whether there is a line to draw; a point is none."""
        return max(len(self.training), len(self.validation)) > 1


@dataclass(frozen=True)
class Panel:
    """One part of a picture: `draw` fills the axes, `alt` says the same in words."""

    draw: Callable[[Axes], None]
    alt: str


def draw_panels(panels: Sequence[Panel], path: Path) -> str:
    """Write one picture, the panels side by side; returns the alt text."""
    canvas = Canvas(figsize=(_WIDTH * max(len(panels), _LEAST_WIDTHS), _HEIGHT), dpi=_DPI, layout="constrained")
    for panel, axes in zip(panels, canvas.subplots(1, len(panels), squeeze=False)[0], strict=True):
        panel.draw(axes)
    _finish(canvas, path)
    return " ".join(panel.alt for panel in panels)


def curve_panel(curve: Curve) -> Panel:
    """Loss by step, and the main figure by step on an axis of its own."""

    def draw(axes: Axes) -> None:
        _draw_losses(curve, axes)
        if len(curve.validation) > 1:
            _draw_shares_by_step(curve, axes.twinx())

    return Panel(draw, _curve_in_words(curve))


def _draw_losses(curve: Curve, axes: Axes) -> None:
    if len(curve.training) > 1:
        axes.plot(*zip(*_smoothed(curve.training), strict=True), color=_BLUE, label="training")
    if len(curve.validation) > 1:
        steps, losses, _ = zip(*curve.validation, strict=True)
        axes.plot(steps, losses, color=_ORANGE, marker="o", markersize=4, linestyle="--", label="validation")
    axes.set(title=f"Loss and {curve.words}", xlabel="step", ylabel="loss", ylim=(0, None))
    axes.legend(frameon=False, loc="lower left", fontsize=_SMALL)


def _smoothed(points: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """The mean of a twentieth of the points before each: the loss of one batch says little."""
    window = -(-len(points) // _PARTS)
    values = [value for _, value in points]
    ranges = ((at, values[max(0, at + 1 - window) : at + 1]) for at in range(len(points)))
    return [(points[at][0], sum(part) / len(part)) for at, part in ranges]


def _draw_shares_by_step(curve: Curve, axes: Axes) -> None:
    steps, _, shares = zip(*curve.validation, strict=True)
    axes.plot(steps, shares, color=_GREEN, marker="s", markersize=4)
    room = max(0.02, (max(shares) - min(shares)) / 5)
    low, high = min(shares) - room, max(shares) + room
    # What is a share ends at one, and so does its axis.
    is_share = min(shares) >= 0 and max(shares) <= 1
    axes.set_ylim((max(low, 0), min(high, 1)) if is_share else (low, high))
    axes.set_ylabel(f"validation {curve.words}", color=_GREEN)
    best = curve.best
    axes.annotate(f"{best[2]:.3f}", best[::2], textcoords="offset points", xytext=(-4, -12), ha="right", color=_GREEN)


def _curve_in_words(curve: Curve) -> str:
    said = []
    if curve.training:
        shown = _smoothed(curve.training)
        (_, first), (step, last) = shown[0], shown[-1]
        said.append(f"Training loss from {first:.3f} to {last:.3f} by step {step}.")
    if curve.validation:
        step, loss, share = curve.best
        said.append(f"Best validation {curve.words} {share:.3f} at step {step}, with a loss of {loss:.3f}.")
    return " ".join(said) or "No step has been logged yet."


def confusion_panel(confusion: Counts, labels: Sequence[str]) -> Panel:
    """True against predicted classes, the commonest ones when there are many."""
    shown = np.sort(np.argsort(-confusion.sum(axis=1), kind="stable")[:_SHOWN_CLASSES])
    counts, names = confusion[np.ix_(shown, shown)], [_short(labels[i]) for i in shown]

    def draw(axes: Axes) -> None:
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        axes.set_xticks(range(len(names)), names)
        axes.set_yticks(range(len(names)), names)
        axes.tick_params(labelsize=_SMALL)
        if len(names) > _LEVEL_CLASSES:
            axes.tick_params(axis="x", labelrotation=45)
        axes.set(title="Test rows", xlabel="predicted", ylabel="true")
        for (row, column), number in np.ndenumerate(counts) if len(names) <= _NUMBERED_CLASSES else ():
            color = "white" if shares[row, column] > _DARK else "black"
            axes.text(column, row, f"{number:,}", ha="center", va="center", color=color)

    return Panel(draw, _confusion_in_words(confusion, labels))


def _confusion_in_words(confusion: Counts, labels: Sequence[str]) -> str:
    said = f"{int(np.trace(confusion)):,} of {int(confusion.sum()):,} test rows are right."
    wrong = confusion - np.diag(np.diag(confusion))
    if wrong.any():
        true, predicted = divmod(int(wrong.argmax()), len(labels))
        count = int(wrong.max())
        said += f" The commonest mistake: {count:,} rows of {labels[true]} taken for {labels[predicted]}."
    return said


def shares_panel(shares: Mapping[str, float], title: str, alt: str) -> Panel:
    """One bar a name, for values between 0 and 1, the largest at the top; the lowest when there are many."""
    shown = sorted(shares.items(), key=lambda share: share[1])[:_SHOWN_CLASSES]

    def draw(axes: Axes) -> None:
        bars = axes.barh([_short(name) for name, _ in shown], [value for _, value in shown], color=_BLUE)
        axes.bar_label(bars, fmt="%.3f", padding=3, fontsize=_SMALL)
        # The numbers beside the bars want room, which is no part of the scale.
        axes.set(title=title, xlim=(0, 1.25), xticks=(0, 0.5, 1))
        axes.tick_params(labelsize=_SMALL)

    return Panel(draw, alt)


def numbers_panel(true: Numbers, predicted: Numbers, alt: str) -> Panel:
    """A point a row, the nearer the line the better, and in a corner how often the errors are of which size."""

    def draw(axes: Axes) -> None:
        both = (min(true.min(), predicted.min()), max(true.max(), predicted.max()))
        axes.plot(both, both, color=_ORANGE, linestyle="--", linewidth=1)
        axes.plot(true, predicted, ".", color=_BLUE, alpha=0.5, markersize=4)
        axes.set(title="Test rows", xlabel="true", ylabel="predicted")
        axes.tick_params(labelsize=_SMALL)
        corner = axes.inset_axes((0.62, 0.08, 0.35, 0.25))
        corner.hist(predicted - true, bins=_PARTS, color=_BLUE)
        corner.axvline(0, color=_ORANGE, linestyle="--", linewidth=1)
        corner.set_title("errors", fontsize=_SMALL)
        corner.tick_params(labelsize=_SMALL - 2)
        corner.set_yticks(())

    return Panel(draw, alt)


def _short(label: str) -> str:
    # Matplotlib reads text between dollar signs as a formula.
    plain = label.replace("$", r"\$")
    return plain if len(plain) <= _LABEL_LENGTH else plain[: _LABEL_LENGTH - 1] + "…"


def _finish(canvas: Canvas, path: Path) -> None:
    """Replace the picture in one step: the bot may be sending the one before."""
    path.parent.mkdir(exist_ok=True)
    half = path.with_suffix(".part")
    canvas.savefig(half, format="png")
    half.replace(path)
