"""What a finished run leaves behind: the model folder, the test answers, the charts."""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from transformers import PreTrainedModel
from transformers.utils.hub import cached_file

from core.recipe import Recipe
from jobs.training.attempt import Attempt
from jobs.training.charts import curve_panel, draw_panels
from jobs.training.facts import Facts
from jobs.training.model_card import base_license, build_card
from jobs.training.progress import tell_of_chart
from jobs.training.tasks import Assessment

if TYPE_CHECKING:
    from jobs.training.tasks import Processor

MODEL = "model"
RESULTS = "results"
METRICS_FILE = "metrics.json"
PREDICTIONS_FILE = "predictions.jsonl"


def write_model(facts: Facts, model: PreTrainedModel, processor: "Processor", run_dir: Path) -> list[Path]:
    """Write `model/` in one step: the folder is there whole or not at all. Returns its files."""
    half, folder = run_dir / f"{MODEL}.part", run_dir / MODEL
    for old in (half, folder):
        if old.exists():
            shutil.rmtree(old)
    model.save_pretrained(half)
    processor.save_pretrained(half)
    (half / "README.md").write_text(build_card(facts, base_license(_base_card(facts.recipe))), encoding="utf-8")
    (half / METRICS_FILE).write_text(json.dumps(facts.as_json(), indent=2, ensure_ascii=False), encoding="utf-8")
    half.rename(folder)
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _base_card(recipe: Recipe) -> str | None:
    path = cached_file(
        recipe.base.repo,
        "README.md",
        revision=recipe.base.revision,
        _raise_exceptions_for_missing_entries=False,
        _raise_exceptions_for_connection_errors=False,
        _raise_exceptions_for_gated_repo=False,
    )
    return Path(path).read_text(encoding="utf-8") if path else None


def write_predictions(assessment: Assessment, run_dir: Path) -> None:
    """One line a test row, in the split's order: to compare two models, and to check that one reproduces."""
    with (run_dir / PREDICTIONS_FILE).open("w", encoding="utf-8") as lines:
        for row in assessment.predictions():
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")


def tell_of_results(facts: Facts, files: list[Path], attempt: Attempt) -> int:
    """Draw the chart and write the `artifact` events; returns the bytes of the model folder."""
    curve = facts.training.curve
    panels = [*([curve_panel(curve)] if curve.is_seen else []), facts.assessment.panel()]
    tell_of_chart(attempt, RESULTS, lambda path: draw_panels(panels, path))
    total = sum(path.stat().st_size for path in files)
    names = [str(path.relative_to(attempt.run_dir / MODEL)) for path in files]
    attempt.events.emit("artifact", kind="model", path=MODEL, bytes=total, files=names)
    return total
