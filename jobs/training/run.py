"""One run from its rows to its model; each stage tells the events file what it did."""

import shutil
from collections import Counter

from jobs.training.attempt import Attempt
from jobs.training.checkpoints import CHECKPOINTS, checkpoint_path
from jobs.training.data import load_splits
from jobs.training.errors import recognize
from jobs.training.events import EventLog
from jobs.training.recipe import Recipe
from jobs.training.splits import TrainingData, prepare


def train(recipe: Recipe, attempt: Attempt) -> None:
    """Do what the recipe says. Raises RunError for what a person can be told in a sentence."""
    data = prepare(recipe, load_splits(recipe.dataset))
    for text in data.warnings:
        attempt.events.emit("warning", text=text, kind="data")
    try:
        _fit(recipe, data, attempt)
    except (OSError, RuntimeError, MemoryError) as error:
        failure = recognize(error, recipe.base.repo)
        if failure is None:
            raise
        raise failure from error


def _fit(recipe: Recipe, data: TrainingData, attempt: Attempt) -> None:
    # Seconds of imports, and mistakes in the data should be told before them.
    from jobs.training import results, trainer
    from jobs.training.charts import Curve
    from jobs.training.facts import Facts, Measured
    from jobs.training.metrics import confusion_matrix
    from jobs.training.progress import make_plan
    from jobs.training.tasks import text_classification as task

    run_dir, events = attempt.run_dir, attempt.events
    trainer.seed_everything(recipe.parameters.seed)
    config, tokenizer = task.load_config(recipe, data.labels), task.load_tokenizer(recipe)
    length = task.fitting_length(recipe, tokenizer, config)
    if length < recipe.parameters.max_length:
        events.emit("warning", text=f"The base reads {length} tokens at most; the rest is cut.", kind="user")
    ids = {label: i for i, label in enumerate(data.labels)}
    rows = [task.tokenize(part, ids, tokenizer, length) for part in (data.train, data.validation, data.test)]
    truncated = rows[0].truncated / len(data.train)
    _tell_of_data(data, truncated, events)
    checkpoint = checkpoint_path(run_dir, attempt.resumed_from) if attempt.resumed_from else None
    model = task.load_model(recipe, config, tokenizer, checkpoint)
    plan = make_plan(recipe, len(data.train), len(data.validation), len(data.test))
    material = trainer.Material(model, tokenizer, *rows)
    outcome = trainer.fit(recipe, material, plan, attempt)

    true = [ids[label] for label in data.test.labels]
    confusion = confusion_matrix(true, outcome.probabilities.argmax(axis=1), len(data.labels))
    curve = Curve.from_history(outcome.history)
    measured = Measured(confusion, outcome.loss, outcome.best_step, truncated, curve)
    facts = Facts(recipe, data, measured)
    figures = facts.metrics()
    shown = {key: figures[key] for key in ("accuracy", "f1", "loss", "rows")}
    events.emit("evaluated", split="test", metrics=shown)
    results.write_predictions(data, outcome.probabilities, run_dir)
    files = results.write_model(facts, model, tokenizer, run_dir)
    size = results.tell_of_results(facts, files, attempt)
    machine = {
        "seconds": round(attempt.seconds, 1),
        "samples_per_second": round(outcome.samples_per_second, 2),
        "model_bytes": size,
    }
    events.emit("finished", split="test", metrics=figures | machine)
    # Twice the model's size each, and of no use once the model is there.
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
