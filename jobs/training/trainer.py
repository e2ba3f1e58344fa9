"""The training itself: the Hugging Face Trainer, set up for speed and for being stopped at any moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn
from transformers import (
    PreTrainedModel,
    PrinterCallback,
    Trainer,
    TrainerState,
    TrainingArguments,
    set_seed,
)

from core.figures import Figure
from core.recipe import Recipe, TrainParameters
from jobs.cores import threads
from jobs.training.attempt import Attempt
from jobs.training.checkpoints import CHECKPOINTS, STATE_FILE, checkpoint_path
from jobs.training.errors import RunError
from jobs.training.progress import Extent, Progress, Reporter
from jobs.training.sampling import LengthGroupedSampler
from jobs.training.tasks import Encoded, Logits
from jobs.training.validation import Validation, by_length, in_order

if TYPE_CHECKING:
    from jobs.training.tasks import Processor

_LOGGED_POINTS = 100
_OPTIMIZERS = {"adamw": "adamw_torch_fused", "adafactor": "adafactor", "sgd": "sgd"}
_SCHEDULES = {"constant": "constant_with_warmup"}
# What follows the last layer, by the beginnings of its names; it learns on when layers are frozen.
_AFTER_LAYERS = ("pooler", "norm", "ln_f", "final")
_EVALUATION_BATCH = 64
# The tensor cores of a GPU want lengths that are a multiple of it.
_GPU_MULTIPLE = 8


@dataclass(frozen=True)
class Material:
    """What the trainer works on."""

    model: PreTrainedModel
    processor: "Processor"
    collator: Any
    train: Encoded
    validation: Validation
    test: Encoded


@dataclass(frozen=True)
class Outcome:
    """The best model's answers on the test rows, in their order, and how it got there."""

    logits: Logits
    loss: float
    best_step: int
    samples_per_second: float
    history: list[dict[str, float]]


class _ReportingTrainer(Trainer):
    def __init__(self, progress: Progress, lengths: Sequence[int], **kwargs: Any) -> None:
        self._progress = progress
        self._lengths = lengths
        super().__init__(**kwargs)

    def _get_train_sampler(self, train_dataset: object = None) -> LengthGroupedSampler:  # noqa: ARG002
        return LengthGroupedSampler(self._lengths, self.args.train_batch_size, self.args.seed)

    def training_step(self, model: nn.Module, inputs: dict[str, Any], num_items_in_batch: Any = None) -> torch.Tensor:
        loss = super().training_step(model, inputs, num_items_in_batch)
        # Each batch of a step gives its part of the mean.
        whole = loss.item() * self.current_gradient_accumulation_steps
        self._progress.saw_batch(whole, len(inputs["labels"]))
        return loss


def seed_everything(seed: int) -> None:
    """Make the new head, the order and the dropout repeatable, and use every core this process may use."""
    set_seed(seed)
    torch.set_num_threads(threads())


def padding_multiple() -> int | None:
    """What the length of a batch should be a multiple of on this machine."""
    return _GPU_MULTIPLE if _on_gpu() else None


def optimize(recipe: Recipe, material: Material, extent: Extent, attempt: Attempt) -> Outcome:
    """Train, on from the attempt's checkpoint, and test the best weights; they stay in the model."""
    run_dir, resumed_from = attempt.run_dir, attempt.resumed_from
    with Progress(attempt, extent, recipe.parameters) as progress:
        progress.tell()
        trainer = _ReportingTrainer(
            progress,
            material.train.lengths(),
            model=material.model,
            args=_arguments(recipe.parameters, extent, material.validation.main, run_dir),
            data_collator=material.collator,
            train_dataset=material.train.rows,
            eval_dataset=material.validation.rows,
            processing_class=material.processor,
            compute_metrics=material.validation.measure,
            preprocess_logits_for_metrics=_first_output,
        )
        if recipe.parameters.label_smoothing:
            # The smoothed loss is the mean of its own batch, whatever the model's own is.
            trainer.loss_is_scaled_for_ga = False
        trainer.remove_callback(PrinterCallback)
        trainer.add_callback(Reporter(attempt, extent, recipe.parameters, progress, material.validation))
        if resumed_from < extent.steps:
            start = str(checkpoint_path(run_dir, resumed_from)) if resumed_from else None
            trainer.train(resume_from_checkpoint=start)
        else:
            trainer.state = TrainerState.load_from_json(str(checkpoint_path(run_dir, resumed_from) / STATE_FILE))
        kept = trainer.state.best_global_step if recipe.parameters.keep == "best" else None
        best_step = kept or trainer.state.global_step
        weights = load_file(checkpoint_path(run_dir, best_step) / "model.safetensors")
        # Weights that the model shares between two places are stored once.
        material.model.load_state_dict(weights, strict=False)
        logits, loss = _test(trainer, material.test)
        return Outcome(logits, loss, best_step, progress.samples_per_second, trainer.state.log_history)


def _first_output(outputs: torch.Tensor | tuple[torch.Tensor, ...], _labels: torch.Tensor) -> torch.Tensor:
    """The logits: some models give what they remember as well, which would be kept for every row."""
    return outputs[0] if isinstance(outputs, tuple) else outputs


def _arguments(parameters: TrainParameters, extent: Extent, main: Figure, run_dir: Path) -> TrainingArguments:
    on_gpu = _on_gpu()
    bf16, fp16 = half_precision(parameters.precision)
    return TrainingArguments(
        output_dir=str(run_dir / CHECKPOINTS),
        max_steps=extent.steps,
        per_device_train_batch_size=parameters.batch,
        per_device_eval_batch_size=_EVALUATION_BATCH,
        learning_rate=parameters.lr,
        weight_decay=parameters.weight_decay,
        warmup_steps=parameters.warmup,
        seed=parameters.seed,
        optim=_OPTIMIZERS[parameters.optimizer],
        lr_scheduler_type=_SCHEDULES.get(parameters.schedule, parameters.schedule),
        gradient_accumulation_steps=parameters.accumulate,
        label_smoothing_factor=parameters.label_smoothing,
        bf16=bf16,
        fp16=fp16,
        use_cpu=not on_gpu,
        dataloader_pin_memory=on_gpu,
        # The reporter asks for evaluations and checkpoints; with "steps" the trainer notes the best one.
        eval_strategy="no",
        save_strategy="steps",
        save_steps=extent.steps,
        save_total_limit=2,
        metric_for_best_model=main.name,
        greater_is_better=main.higher_is_better,
        logging_strategy="steps",
        logging_steps=max(1, extent.steps // _LOGGED_POINTS),
        logging_nan_inf_filter=False,
        disable_tqdm=True,
        report_to="none",
        label_names=["labels"],
        # What a row holds is made into what the model takes by the collator.
        remove_unused_columns=False,
    )


def half_precision(precision: str) -> tuple[bool, bool]:
    """Whether bf16 and fp16 are computed with. Raises RunError for what this machine has not."""
    if precision != "auto":
        if precision == "fp16" and not _on_gpu():
            raise RunError("`precision=fp16` needs a GPU, and there is none here. Leave it out, or take bf16.", "user")
        return precision == "bf16", precision == "fp16"
    has_bf16 = _on_gpu() and torch.cuda.is_bf16_supported()
    return has_bf16, _on_gpu() and not has_bf16


def freeze(model: PreTrainedModel, what: str) -> None:
    """Keeps weights as they are: of the whole `base` below the head, or of so many first layers and what is below.

    Raises RunError where there are not so many layers.
    """
    if what == "none":
        return
    base: nn.Module = model.base_model
    if base is model:
        raise RunError("This base has no part of its own to freeze. Leave out `freeze=`.", "user")
    frozen = list(base.parameters())
    if what != "base":
        layers = max((part for part in base.modules() if isinstance(part, nn.ModuleList)), key=len, default=())
        if int(what) > len(layers):
            raise RunError(f"`freeze={what}` is more than the base has: {len(layers)} layers.", "user")
        above = {id(weight) for layer in layers[int(what) :] for weight in layer.parameters()}
        after = {id(weight) for name, weight in base.named_parameters() if name.startswith(_AFTER_LAYERS)}
        frozen = [weight for weight in frozen if id(weight) not in above | after]
    for weight in frozen:
        weight.requires_grad = False


def _on_gpu() -> bool:
    return torch.cuda.is_available()


def _test(trainer: Trainer, test: Encoded) -> tuple[Logits, float]:
    # The answers are measured by the caller, and `measure` knows the validation rows only.
    trainer.compute_metrics = None
    order = by_length(test)
    predicted = trainer.predict(test.in_order(order), metric_key_prefix="test")  # type: ignore[arg-type]
    return in_order(order, np.asarray(predicted.predictions)), float((predicted.metrics or {})["test_loss"])
