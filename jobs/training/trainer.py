"""The training itself: the Hugging Face Trainer, set up for speed and for being stopped at any moment."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file
from torch import nn
from transformers import (
    DataCollatorWithPadding,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    PrinterCallback,
    Trainer,
    TrainerState,
    TrainingArguments,
    set_seed,
)

from jobs.cores import threads
from jobs.training.attempt import Attempt
from jobs.training.checkpoints import CHECKPOINTS, STATE_FILE, checkpoint_path
from jobs.training.progress import Plan, Progress, Reporter
from jobs.training.recipe import Parameters, Recipe
from jobs.training.sampling import LengthGroupedSampler
from jobs.training.tasks.text_classification import Tokenized, evaluation_metrics

_LOGGED_POINTS = 100
_EVALUATION_BATCH = 64


@dataclass(frozen=True)
class Material:
    """What the trainer works on."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    train: Tokenized
    validation: Tokenized
    test: Tokenized


@dataclass(frozen=True)
class Outcome:
    """The best model's answers on the test rows, in their order, and how it got there."""

    probabilities: npt.NDArray[np.float32]
    loss: float
    best_step: int
    samples_per_second: float
    history: list[dict[str, Any]]


class _ReportingTrainer(Trainer):
    def __init__(self, progress: Progress, lengths: list[int], **kwargs: Any) -> None:
        self._progress = progress
        self._lengths = lengths
        super().__init__(**kwargs)

    def _get_train_sampler(self, train_dataset: Any = None) -> LengthGroupedSampler:  # noqa: ARG002
        return LengthGroupedSampler(self._lengths, self.args.train_batch_size, self.args.seed)

    def training_step(self, model: nn.Module, inputs: dict[str, Any], num_items_in_batch: Any = None) -> torch.Tensor:
        loss = super().training_step(model, inputs, num_items_in_batch)
        self._progress.saw_batch(loss.item(), len(inputs["labels"]))
        return loss


def seed_everything(seed: int) -> None:
    """Make the new head, the order and the dropout repeatable, and use every core this process may use."""
    set_seed(seed)
    torch.set_num_threads(threads())


def fit(recipe: Recipe, material: Material, plan: Plan, attempt: Attempt) -> Outcome:
    """Train, on from the attempt's checkpoint, and test the best weights; they stay in the model."""
    run_dir, resumed_from = attempt.run_dir, attempt.resumed_from
    with Progress(attempt, plan, recipe.parameters) as progress:
        progress.tell()
        trainer = _ReportingTrainer(
            progress,
            material.train.lengths(),
            model=material.model,
            args=_arguments(recipe.parameters, plan, run_dir),
            data_collator=DataCollatorWithPadding(material.tokenizer, pad_to_multiple_of=8 if _on_gpu() else None),
            train_dataset=material.train.rows,
            eval_dataset=_by_length(material.validation),
            processing_class=material.tokenizer,
            compute_metrics=evaluation_metrics,
        )
        trainer.remove_callback(PrinterCallback)
        trainer.add_callback(Reporter(attempt, plan, progress))
        if resumed_from < plan.steps:
            start = str(checkpoint_path(run_dir, resumed_from)) if resumed_from else None
            trainer.train(resume_from_checkpoint=start)
        else:
            trainer.state = TrainerState.load_from_json(str(checkpoint_path(run_dir, resumed_from) / STATE_FILE))
        best_step = trainer.state.best_global_step or trainer.state.global_step
        weights = load_file(checkpoint_path(run_dir, best_step) / "model.safetensors")
        # Weights that the model shares between two places are stored once.
        material.model.load_state_dict(weights, strict=False)
        probabilities, loss = _test(trainer, material.test)
        return Outcome(probabilities, loss, best_step, progress.samples_per_second, trainer.state.log_history)


def _arguments(parameters: Parameters, plan: Plan, run_dir: Path) -> TrainingArguments:
    on_gpu = _on_gpu()
    bf16 = on_gpu and torch.cuda.is_bf16_supported()
    return TrainingArguments(
        output_dir=str(run_dir / CHECKPOINTS),
        max_steps=plan.steps,
        per_device_train_batch_size=parameters.batch,
        per_device_eval_batch_size=_EVALUATION_BATCH,
        learning_rate=parameters.lr,
        weight_decay=parameters.weight_decay,
        warmup_steps=parameters.warmup,
        seed=parameters.seed,
        optim="adamw_torch_fused",
        bf16=bf16,
        fp16=on_gpu and not bf16,
        use_cpu=not on_gpu,
        dataloader_pin_memory=on_gpu,
        # The reporter asks for evaluations and checkpoints; with "steps" the trainer notes the best one.
        eval_strategy="no",
        save_strategy="steps",
        save_steps=plan.steps,
        save_total_limit=2,
        metric_for_best_model="accuracy",
        greater_is_better=True,
        logging_strategy="steps",
        logging_steps=max(1, plan.steps // _LOGGED_POINTS),
        logging_nan_inf_filter=False,
        disable_tqdm=True,
        report_to="none",
        label_names=["labels"],
    )


def _on_gpu() -> bool:
    return torch.cuda.is_available()


def _by_length(tokenized: Tokenized) -> list[dict[str, Any]]:
    return sorted(tokenized.rows, key=lambda row: len(row["input_ids"]))


def _test(trainer: Trainer, test: Tokenized) -> tuple[npt.NDArray[np.float32], float]:
    order = np.argsort(test.lengths(), kind="stable")
    predicted = trainer.predict([test.rows[i] for i in order], metric_key_prefix="test")  # type: ignore[arg-type]
    logits = np.empty_like(np.asarray(predicted.predictions, dtype=np.float32))
    logits[order] = predicted.predictions
    probabilities = torch.softmax(torch.from_numpy(logits), dim=-1).numpy()
    return probabilities, float((predicted.metrics or {})["test_loss"])
