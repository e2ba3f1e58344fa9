"""From rows to a tested model and what it leaves behind. Reads the heavy libraries when imported."""

import shutil

from core.figures import dump_figures
from core.recipe import Recipe
from jobs.training import results, trainer
from jobs.training.attempt import Attempt
from jobs.training.charts import Curve
from jobs.training.checkpoints import CHECKPOINTS, checkpoint_path
from jobs.training.events import EventLog
from jobs.training.facts import Facts, Training
from jobs.training.models import fitting_length, load_config, load_model, load_processor
from jobs.training.progress import measure_extent
from jobs.training.tasks import E, TrainingData, TrainingTask
from jobs.training.validation import Validation


def make_model(task: TrainingTask[E], recipe: Recipe, data: TrainingData[E], attempt: Attempt) -> None:
    """Train, test, and write the model; ends with the `finished` event."""
    trainer.seed_everything(recipe.parameters.seed)
    material = _prepare(task, recipe, data, attempt)
    truncated = material.train.truncated / len(data.train)
    _tell_of_data(task, data, truncated, attempt.events)
    extent = measure_extent(recipe, len(data.train), len(data.validation), len(data.test))
    with task.in_training(material.model, data):
        outcome = trainer.optimize(recipe, material, extent, attempt)
    curve = Curve.from_history(outcome.history, task.main)
    training = Training(outcome.loss, outcome.best_step, truncated, curve)
    facts = Facts(task, recipe, data, task.assess(data, data.test, material.test, outcome.logits), training)
    _leave_results(facts, material, outcome, attempt)


def _prepare(task: TrainingTask[E], recipe: Recipe, data: TrainingData[E], attempt: Attempt) -> trainer.Material:
    """The rows as the base reads them, and the model, from the attempt's checkpoint where there is one."""
    config = load_config(recipe, task, data.labels)
    processor = load_processor(recipe, task, config)
    length = fitting_length(recipe, processor, config)
    if length < recipe.parameters.max_length:
        text = f"The base reads {length} tokens at most; the rest is cut."
        attempt.events.emit("warning", text=text, kind="user")
    train, validation, test = (
        task.encode(part, data.labels, processor, length) for part in (data.train, data.validation, data.test)
    )
    step = attempt.resumed_from
    checkpoint = checkpoint_path(attempt.run_dir, step) if step else None
    model = load_model(recipe, task, config, checkpoint)
    trainer.freeze(model, recipe.parameters.freeze)
    return trainer.Material(
        model=model,
        processor=processor,
        collator=task.collator(processor, trainer.padding_multiple()),
        train=train,
        validation=Validation(task, data, validation),
        test=test,
    )


def _leave_results(facts: Facts, material: trainer.Material, outcome: trainer.Outcome, attempt: Attempt) -> None:
    metrics, run_dir = facts.metrics(), attempt.run_dir
    shown = {figure.name: figure.value for figure in facts.figures}
    shown |= {key: metrics[key] for key in ("loss", "rows")}
    figures = dump_figures(facts.figures)
    # What is tested is never what is chosen by.
    attempt.events.emit("evaluated", split="test", metrics=shown, figures=figures, best=False)
    results.write_predictions(facts.assessment, run_dir)
    files = results.write_model(facts, material.model, material.processor, run_dir)
    size = results.tell_of_results(facts, files, attempt)
    machine = {
        "seconds": round(attempt.seconds, 1),
        "samples_per_second": round(outcome.samples_per_second, 2),
        "model_bytes": size,
    }
    attempt.events.emit("finished", split="test", metrics=metrics | machine, figures=figures)
    # Several times the model's size, and of no use once the model is there.
    shutil.rmtree(run_dir / CHECKPOINTS, ignore_errors=True)


def _tell_of_data(task: TrainingTask[E], data: TrainingData[E], truncated: float, events: EventLog) -> None:
    dropped = {"empty": data.empty, "unlabelled": data.unlabelled, "leaking": data.leaking}
    unreadable = {"unreadable": data.unreadable.total()} if data.unreadable else {}
    events.emit(
        "data",
        splits={"train": len(data.train), "validation": len(data.validation), "test": len(data.test)},
        made=data.made,
        **task.summary(data),
        truncated=truncated,
        dropped=dropped | unreadable,
    )
