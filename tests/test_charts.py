"""Pictures of a run: nothing in them that shows nothing, and no higher than a message bears."""

import struct
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure as Canvas

from core.figures import Figure
from jobs.training.charts import Curve, Panel, confusion_panel, curve_panel, draw_panels, shares_panel

ACCURACY = Figure("accuracy", "accuracy", None, is_main=True)
LOSSES = [{"step": at, "loss": 0.7 - at / 100} for at in (1, 2, 3)]
LOOKS = [{"step": at, "eval_loss": 0.6, "eval_accuracy": 0.9 + at / 100} for at in (1, 2, 9)]


def size_of(path: Path) -> tuple[int, int]:
    """Width and height of a PNG."""
    return struct.unpack(">II", path.read_bytes()[16:24])


def drawn(panel: Panel) -> Canvas:
    canvas = Canvas()
    panel.draw(canvas.subplots())
    return canvas


@pytest.mark.parametrize(
    ("history", "is_seen", "axes"),
    [
        ([], False, 1),
        (LOSSES[:1], False, 1),
        (LOOKS[:1], False, 1),
        ([*LOSSES[:1], *LOOKS[:1]], False, 1),
        (LOSSES, True, 1),
        ([*LOSSES, *LOOKS[:1]], True, 1),
        (LOOKS, True, 2),
        ([*LOSSES, *LOOKS], True, 2),
    ],
)
def test_one_point_is_no_curve(history: list[dict[str, float]], is_seen: bool, axes: int) -> None:
    curve = Curve.from_history(history, ACCURACY)
    assert curve.is_seen is is_seen
    if is_seen:
        assert len(drawn(curve_panel(curve)).axes) == axes


def test_the_axis_of_a_share_ends_at_one() -> None:
    low, high = drawn(curve_panel(Curve.from_history(LOOKS, ACCURACY))).axes[1].get_ylim()
    assert (low < 0.91, high) == (True, 1.0)


@pytest.mark.parametrize("classes", [2, 8, 40])
def test_a_picture_is_two_panels_at_most_400_pixels_high_and_says_its_numbers(tmp_path: Path, classes: int) -> None:
    names = [f"$class$ number {at}" for at in range(classes)]
    panels = [curve_panel(Curve.from_history([*LOSSES, *LOOKS], ACCURACY))]
    for other in (
        confusion_panel(np.eye(classes, dtype=np.int64) * 20, names),
        shares_panel(dict.fromkeys(names, 0.5), "F1 by entity", "F1 by entity: 0.500."),
    ):
        alt = draw_panels([*panels, other], tmp_path / "charts" / "results.png")
        width, height = size_of(tmp_path / "charts" / "results.png")
        assert (width > 2 * height, height <= 400) == (True, True)
        assert alt == f"{panels[0].alt} {other.alt}"
    assert panels[0].alt == (
        "Training loss from 0.690 to 0.670 by step 3. Best validation accuracy 0.990 at step 9, with a loss of 0.600."
    )
