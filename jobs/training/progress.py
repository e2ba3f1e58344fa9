"""What the events file says while a model is trained."""
# ruff: noqa: ARG002 (the trainer hands every callback the same arguments)

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from core.figures import dump_figures
from core.recipe import Recipe, TrainParameters
from jobs.training.attempt import Attempt
from jobs.training.charts import Curve, curve_panel, draw_panels
from jobs.training.checkpoints import checkpoint_path
from jobs.training.errors import RunError
from jobs.training.validation import Validation

_SHORTEST_PAUSE = 1.0
_LONGEST_PAUSE = 10.0
_CHECKPOINT_SECONDS = 60.0
_MINUTE = 60.0
# A picture is an upload of its own, so they come the rarer the longer a run goes on: a hundred or two at most.
_CURVE_SECONDS, _CURVES = 20.0, 40
_SMOOTHING = 0.05
# A row costs about a third without the backward pass: for the time before the first evaluation was timed.
_EVALUATION_SPEEDUP = 3.0


@dataclass(frozen=True)
class Extent:
    """How long the training is: in steps, and in rows that each evaluation and the final test read."""

    steps: int
    steps_per_epoch: int
    evaluate_every: int
    validation_rows: int
    test_rows: int

    def evaluates_at(self, step: int) -> bool:
        """Whether the model is measured after this step."""
        return step % self.evaluate_every == 0 or step == self.steps

    def evaluations_after(self, step: int) -> int:
        """How many are still to come."""
        return -(-self.steps // self.evaluate_every) - step // self.evaluate_every if step < self.steps else 0


class Progress:
    """Counts steps and rows, and tells of them about once a second, and at least every ten seconds."""

    def __init__(self, attempt: Attempt, extent: Extent, parameters: TrainParameters) -> None:
        self._events = attempt.events
        self._extent = extent
        self._parameters = parameters
        self._step = attempt.resumed_from
        self._steps_done = 0
        self._rows = 0
        self._seconds = 0.0
        # Of the first step, which also finds the caches cold; what follows says more of the speed.
        self._cold = (0, 0.0)
        self._evaluation_seconds: float | None = None
        self._loss: float | None = None
        self._lr = 0.0
        self._told = 0.0
        self._stop = threading.Event()
        self._telling = threading.Lock()
        self._heartbeat = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> "Progress":
        self._heartbeat.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._heartbeat.join()

    def saw_batch(self, loss: float, rows: int) -> None:
        """Take in one batch. Raises RunError when the loss is no number any more."""
        if not math.isfinite(loss):
            step, smaller = self._step + 1, f"{self._parameters.lr / 10:.0e}".replace("e-0", "e-")
            reason = f"The loss became NaN at step {step}. Try a smaller lr, e.g. lr={smaller}."
            raise RunError(reason, "user")
        weight = max(_SMOOTHING, 1 / (self._steps_done + 1))
        self._loss = loss if self._loss is None else self._loss + weight * (loss - self._loss)
        self._rows += rows

    def finished_step(self, step: int, seconds: float, lr: float) -> None:
        """Take in one optimizer step."""
        self._step, self._lr = step, lr
        self._steps_done += 1
        self._seconds += seconds
        if self._steps_done == 1:
            self._cold = (self._rows, self._seconds)
        if time.monotonic() - self._told >= _SHORTEST_PAUSE or step == self._extent.steps:
            self.tell()

    def evaluated(self, seconds: float) -> None:
        """Take in how long the validation rows took."""
        self._evaluation_seconds = seconds

    @property
    def samples_per_second(self) -> float:
        """Training rows a second of training in this attempt, evaluations and saves not counted."""
        rows, seconds = self._cold if self._steps_done > 1 else (0, 0.0)
        return (self._rows - rows) / (self._seconds - seconds) if self._seconds > seconds else 0.0

    def tell(self) -> None:
        """Write a `progress` event now."""
        with self._telling:
            self._told = time.monotonic()
            eta = self._eta()
            self._events.emit(
                "progress",
                step=self._step,
                steps=self._extent.steps,
                epoch=round(self._step / self._extent.steps_per_epoch, 3),
                loss=None if self._loss is None else round(self._loss, 5),
                lr=self._lr,
                samples_per_second=round(self.samples_per_second, 2),
                eta_seconds=None if eta is None else round(eta, 1),
                memory_bytes=memory_bytes(),
            )

    def _eta(self) -> float | None:
        left = self._extent.steps - self._step
        if left and self._steps_done < 2:
            return None
        steps = left * (self._seconds - self._cold[1]) / max(1, self._steps_done - 1)
        rate = self.samples_per_second * _EVALUATION_SPEEDUP
        if self._evaluation_seconds:
            rate = self._extent.validation_rows / self._evaluation_seconds
        rows = self._extent.evaluations_after(self._step) * self._extent.validation_rows + self._extent.test_rows
        return steps + (rows / rate if rate else 0.0)

    def _beat(self) -> None:
        while not self._stop.wait(1.0):
            if time.monotonic() - self._told >= _LONGEST_PAUSE - 1.5:
                self.tell()


class Reporter(TrainerCallback):
    """Decides when to evaluate and save, and turns what the trainer did into events."""

    def __init__(
        self,
        attempt: Attempt,
        extent: Extent,
        parameters: TrainParameters,
        progress: Progress,
        validation: Validation,
    ) -> None:
        self._attempt = attempt
        self._events = attempt.events
        self._parameters = parameters
        self._extent = extent
        self._progress = progress
        self._validation = validation
        self._began = self._step_began = self._saved = self._curve_drawn = time.monotonic()

    def on_step_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object) -> None:
        """Start the clock of a step."""
        self._step_began = time.monotonic()

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Report the step, and ask for an evaluation or a checkpoint when one is due."""
        now = time.monotonic()
        lr = float(kwargs["lr_scheduler"].get_last_lr()[0])
        self._progress.finished_step(state.global_step, now - self._step_began, lr)
        control.should_evaluate = self._extent.evaluates_at(state.global_step)
        is_last = state.global_step == self._extent.steps
        control.should_save = is_last or now - self._saved >= _CHECKPOINT_SECONDS
        limit = self._parameters.time_limit
        if limit and now - self._began >= limit * _MINUTE and not is_last:
            self._stop_early(state, control, f"the {limit} minutes that it was given are over")
            control.should_evaluate = True

    def on_evaluate(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Report the figures, and ask for a checkpoint where the model never was better."""
        metrics = kwargs["metrics"]
        self._progress.evaluated(metrics["eval_runtime"])
        figures = self._validation.figures
        measured = {figure.name: figure.value for figure in figures}
        is_best = self._validation.is_best(state.best_metric)
        control.should_save = control.should_save or is_best
        self._events.emit(
            "evaluated",
            split="validation",
            metrics=measured | {"loss": metrics["eval_loss"], "rows": self._extent.validation_rows},
            figures=dump_figures(figures),
            step=state.global_step,
            epoch=round(state.global_step / self._extent.steps_per_epoch, 3),
            best=is_best,
        )
        patience = self._parameters.early_stopping
        best_step = state.best_global_step or 0
        looks = sum("eval_loss" in entry and entry["step"] > best_step for entry in state.log_history)
        if patience and not is_best and looks >= patience and state.global_step < self._extent.steps:
            self._stop_early(state, control, f"the last {looks} looks were no better")

    def _stop_early(self, state: TrainerState, control: TrainerControl, why: str) -> None:
        control.should_save = control.should_training_stop = True
        text = f"Ended at step {state.global_step:,} of {self._extent.steps:,}: {why}."
        self._events.emit("warning", text=text, kind="user")

    def on_log(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Draw the curve again, now and then."""
        now = time.monotonic()
        if now - self._curve_drawn < max(_CURVE_SECONDS, (now - self._began) / _CURVES):
            return
        curve = Curve.from_history(state.log_history, self._validation.main)
        if curve.is_seen:
            self._curve_drawn = now
            # Each picture has a name of its own: one that was uploaded is not uploaded again.
            file = f"curve-{self._attempt.events.attempt}-{state.global_step}"
            tell_of_chart(self._attempt, "curve", lambda path: draw_panels([curve_panel(curve)], path), file)

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object) -> None:
        """Report the checkpoint."""
        self._saved = time.monotonic()
        run_dir = self._attempt.run_dir
        path = checkpoint_path(run_dir, state.global_step).relative_to(run_dir)
        self._events.emit("checkpoint", path=str(path), step=state.global_step)


def tell_of_chart(attempt: Attempt, name: str, draw: Callable[[Path], str], file: str = "") -> None:
    """Draw a chart under `charts/` and write its event; `draw` takes the path and returns the alt text."""
    path = attempt.run_dir / "charts" / f"{file or name}.png"
    alt = draw(path)
    shown = str(path.relative_to(attempt.run_dir))
    attempt.events.emit("artifact", kind="chart", name=name, path=shown, alt=alt)


def memory_bytes() -> int:
    """What the run takes of the memory that it trains in: the accelerator's, or the process's."""
    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_allocated())
    return int(psutil.Process().memory_info().rss)


def measure_extent(recipe: Recipe, train_rows: int, validation_rows: int, test_rows: int) -> Extent:
    """How long the training of these rows is; the model is measured as often as the recipe says."""
    steps, steps_per_epoch = recipe.parameters.extent(train_rows)
    times = recipe.evaluation.times
    every = max(1, round(steps / times)) if times else min(steps_per_epoch, steps)
    every = recipe.parameters.eval_every or every
    return Extent(steps, steps_per_epoch, every, validation_rows, test_rows)
