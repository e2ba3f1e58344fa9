"""From rows to a tested model and what it leaves behind. Reads the heavy libraries when imported."""

import shutil
from collections import Counter

from jobs.training import results, trainer
from jobs.training.attempt import Attempt
from jobs.training.charts import Curve
from jobs.training.checkpoints import CHECKPOINTS, checkpoint_path
from jobs.training.events import EventLog
from jobs.training.facts import Facts, Measured
from jobs.training.metrics import confusion_matrix
from jobs.training.progress import make_plan
from jobs.training.recipe import Recipe
from jobs.training.splits import TrainingData
from jobs.training.tasks import text_classification as task


def fine_tune(recipe: Recipe, data: TrainingData, attempt: Attempt) -> None:
    """Train, test, and write the model; ends with the `finished` event."""
    trainer.seed_everything(recipe.parameters.seed)
    config, tokenizer = task.load_config(recipe, data.labels), task.load_tokenizer(recipe)
    length = task.fitting_length(recipe, tokenizer, config)
    if length < recipe.parameters.max_length:
        text = f"The base reads {length} tokens at most; the rest is cut."
        attempt.events.emit("warning", text=text, kind="user")
    ids = {label: i for i, label in enumerate(data.labels)}
    rows = [task.tokenize(part, ids, tokenizer, length) for part in (data.train, data.validation, data.test)]
    truncated = rows[0].truncated / len(data.train)
    _tell_of_data(data, truncated, attempt.events)
    resumed_from = attempt.resumed_from
    checkpoint = checkpoint_path(attempt.run_dir, resumed_from) if resumed_from else None
    material = trainer.Material(task.load_model(recipe, config, tokenizer, checkpoint), tokenizer, *rows)
    plan = make_plan(recipe, len(data.train), len(data.validation), len(data.test))
    outcome = trainer.fit(recipe, material, plan, attempt)

    true = [ids[label] for label in data.test.labels]
    confusion = confusion_matrix(true, outcome.probabilities.argmax(axis=1), len(data.labels))
    curve = Curve.from_history(outcome.history)
    facts = Facts(recipe, data, Measured(confusion, outcome.loss, outcome.best_step, truncated, curve))
    _leave_results(facts, material, outcome, attempt)


def _leave_results(facts: Facts, material: trainer.Material, outcome: trainer.Outcome, attempt: Attempt) -> None:
    figures, run_dir = facts.metrics(), attempt.run_dir
    shown = {key: figures[key] for key in ("accuracy", "f1", "loss", "rows")}
    attempt.events.emit("evaluated", split="test", metrics=shown)
    results.write_predictions(facts.data, outcome.probabilities, run_dir)
    files = results.write_model(facts, material.model, material.tokenizer, run_dir)
    size = results.tell_of_results(facts, files, attempt)
    machine = {
        "seconds": round(attempt.seconds, 1),
        "samples_per_second": round(outcome.samples_per_second, 2),
        "model_bytes": size,
    }
    attempt.events.emit("finished", split="test", metrics=figures | machine)
    # Several times the model's size, and of no use once the model is there.
    shutil.rmtree(run_dir / CHECKPOINTS, ignore_errors=True)


def _tell_of_data(data: TrainingData, truncated: float, events: EventLog) -> None:
    counts = Counter(data.train.labels)
    events.emit(
        "data",
        splits={"train": len(data.train), "validation": len(data.validation), "test": len(data.test)},
        made=data.made,
        classes={label: counts[label] for label in data.labels},
        majority=data.majority,
        truncated=truncated,
        dropped={"empty": data.empty, "leaking": data.leaking},
    )
