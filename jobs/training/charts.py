"""Pictures for the chat: small, readable on a phone, and each with its numbers in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure as Canvas

from core.figures import Figure
from jobs.training.metrics import Counts

mpl.use("Agg")

_SIZE = (6.4, 3.2)
_DPI = 130
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


def draw_curve(curve: Curve, path: Path) -> str:
    """Write loss and main figure by step; returns the alt text."""
    canvas = Canvas(figsize=_SIZE, dpi=_DPI, layout="constrained")
    loss, share = canvas.subplots(1, 2, sharex=True)
    if curve.training:
        loss.plot(*zip(*curve.training, strict=True), color="#1f6feb", label="training")
    if curve.validation:
        steps, losses, shares = zip(*curve.validation, strict=True)
        loss.plot(steps, losses, color="#bc4c00", marker="o", linestyle="--", label="validation")
        share.plot(steps, shares, color="#bc4c00", marker="o", linestyle="--")
        best = curve.best
        share.annotate(f"{best[2]:.3f}", best[::2], textcoords="offset points", xytext=(4, 7), ha="right")
        share.margins(y=0.15)
    loss.set(title="Loss", xlabel="step", ylim=(0, None))
    loss.legend(frameon=False)
    share.set(title=f"Validation {curve.words}", xlabel="step")
    _finish(canvas, path)
    return _curve_in_words(curve)


def _curve_in_words(curve: Curve) -> str:
    said = []
    if curve.training:
        (_, first), (step, last) = curve.training[0], curve.training[-1]
        said.append(f"Training loss from {first:.3f} to {last:.3f} by step {step}.")
    if curve.validation:
        step, loss, share = curve.best
        said.append(f"Best validation {curve.words} {share:.3f} at step {step}, with a loss of {loss:.3f}.")
    return " ".join(said) or "No step has been logged yet."


def draw_confusion(confusion: Counts, labels: Sequence[str], path: Path) -> str:
    """Write true against predicted classes, the commonest ones when there are many; returns the alt text."""
    shown = np.sort(np.argsort(-confusion.sum(axis=1), kind="stable")[:_SHOWN_CLASSES])
    counts, names = confusion[np.ix_(shown, shown)], [_short(labels[i]) for i in shown]
    side = 2.4 + 0.34 * len(names)
    canvas = Canvas(figsize=(side + 1.0, side), dpi=_DPI, layout="constrained")
    axes = canvas.subplots()
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(names)), names)
    if len(names) > _LEVEL_CLASSES:
        axes.tick_params(axis="x", labelrotation=45)
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="predicted", ylabel="true")
    if len(names) <= _NUMBERED_CLASSES:
        for (row, column), count in np.ndenumerate(counts):
            color = "white" if shares[row, column] > _DARK else "black"
            axes.text(column, row, f"{count:,}", ha="center", va="center", color=color)
    _finish(canvas, path)
    return _confusion_in_words(confusion, labels)


def _confusion_in_words(confusion: Counts, labels: Sequence[str]) -> str:
    said = f"{int(np.trace(confusion)):,} of {int(confusion.sum()):,} test rows are right."
    wrong = confusion - np.diag(np.diag(confusion))
    if wrong.any():
        true, predicted = divmod(int(wrong.argmax()), len(labels))
        count = int(wrong.max())
        said += f" The commonest mistake: {count:,} rows of {labels[true]} taken for {labels[predicted]}."
    return said


def draw_shares(shares: Mapping[str, float], title: str, path: Path) -> None:
    """Write one bar a name, for values between 0 and 1, the largest at the top; the lowest when there are many."""
    shown = sorted(shares.items(), key=lambda share: share[1])[:_SHOWN_CLASSES]
    canvas = Canvas(figsize=(_SIZE[0], 1.2 + 0.34 * len(shown)), dpi=_DPI, layout="constrained")
    axes = canvas.subplots()
    bars = axes.barh([_short(name) for name, _ in shown], [value for _, value in shown], color="#1f6feb")
    axes.bar_label(bars, fmt="%.3f", padding=3)
    axes.set(title=title, xlim=(0, 1.15))
    _finish(canvas, path)


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
