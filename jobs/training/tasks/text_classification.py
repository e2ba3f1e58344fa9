"""Text classification, one class a row: tokens, the model with its new head, and its figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import psutil
import torch
from transformers import (
    AutoConfig,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    EvalPrediction,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from jobs.training.data import Examples
from jobs.training.errors import RunError
from jobs.training.metrics import accuracy, confusion_matrix, macro_f1
from jobs.training.recipe import Recipe

PIPELINE_TAG = "text-classification"

# Weights, gradients and the two moments of AdamW, four bytes each.
_TRAINING_BYTES_PER_PARAMETER = 16

Row = dict[str, Any]


@dataclass(frozen=True)
class Tokenized:
    """Rows for the model, in the order of the examples; `truncated` of them did not fit."""

    rows: list[Row]
    truncated: int

    def lengths(self) -> list[int]:
        """Tokens of each row."""
        return [len(row["input_ids"]) for row in self.rows]


def load_config(recipe: Recipe, labels: list[str]) -> Any:
    """The base's config with the run's classes. Raises RunError for an architecture without such a head."""
    config = AutoConfig.from_pretrained(
        recipe.base.repo,
        revision=recipe.base.revision,
        trust_remote_code=False,
        num_labels=len(labels),
        id2label=dict(enumerate(labels)),
        label2id={label: i for i, label in enumerate(labels)},
        problem_type="single_label_classification",
    )
    if type(config) not in AutoModelForSequenceClassification._model_mapping:
        raise RunError(
            f"{recipe.base.repo} is of the kind `{config.model_type}`, which cannot classify text. "
            "Choose an encoder such as BERT, RoBERTa or DeBERTa.",
            "user",
        )
    return config


def load_tokenizer(recipe: Recipe) -> PreTrainedTokenizerBase:
    """The base's tokenizer, with a padding token."""
    tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
        recipe.base.repo, revision=recipe.base.revision, trust_remote_code=False
    )
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def fitting_length(recipe: Recipe, tokenizer: PreTrainedTokenizerBase, config: Any) -> int:
    """The recipe's `max_length`, or what the base can read where that is less."""
    positions = getattr(config, "max_position_embeddings", None) or recipe.parameters.max_length
    return int(min(recipe.parameters.max_length, tokenizer.model_max_length, positions))


def tokenize(
    examples: Examples, label_ids: Mapping[str, int], tokenizer: PreTrainedTokenizerBase, max_length: int
) -> Tokenized:
    """Token ids without padding; the collator pads each batch to its longest row."""
    encoded = tokenizer(examples.texts, examples.pairs, truncation=True, max_length=max_length)
    names = [name for name in encoded if name in tokenizer.model_input_names]
    rows = [
        {name: encoded[name][i] for name in names} | {"labels": label_ids[label]}
        for i, label in enumerate(examples.labels)
    ]
    if encoded.encodings:
        truncated = sum(bool(encoding.overflowing) for encoding in encoded.encodings)
    else:
        truncated = sum(len(row["input_ids"]) >= max_length for row in rows)
    return Tokenized(rows, truncated)


def load_model(
    recipe: Recipe, config: Any, tokenizer: PreTrainedTokenizerBase, checkpoint: Path | None
) -> PreTrainedModel:
    """The checkpoint's model, else the base with a new head. Raises RunError without safe weights or room."""
    _check_memory(recipe, config)
    if config.pad_token_id is None:
        config.pad_token_id = tokenizer.pad_token_id
    try:
        model: PreTrainedModel = AutoModelForSequenceClassification.from_pretrained(
            recipe.base.repo if checkpoint is None else checkpoint,
            revision=recipe.base.revision,
            config=config,
            dtype=torch.float32,
            use_safetensors=True,
            trust_remote_code=False,
            ignore_mismatched_sizes=checkpoint is None,
        )
    except OSError as error:
        if "safetensors" not in str(error):
            raise
        raise RunError(
            f"{recipe.base.repo} has no safetensors weights, and others are not loaded, for safety. "
            "Choose another base, or another revision.",
            "user",
        ) from error
    return model


def _check_memory(recipe: Recipe, config: Any) -> None:
    with torch.device("meta"):
        empty = AutoModelForSequenceClassification.from_config(config)  # type: ignore[no-untyped-call]
    needed = sum(weight.numel() for weight in empty.parameters()) * _TRAINING_BYTES_PER_PARAMETER
    free = torch.cuda.mem_get_info()[0] if torch.cuda.is_available() else psutil.virtual_memory().available
    if needed > free:
        raise RunError(
            f"Training {recipe.base.repo} needs at least {needed / 1e9:.1f} GB of memory, "
            f"and {free / 1e9:.1f} GB are free. Choose a smaller base, or wait until other work has ended.",
            "memory",
        )


def evaluation_metrics(prediction: EvalPrediction) -> dict[str, float]:
    """Accuracy and macro F1, for the trainer."""
    logits: npt.NDArray[np.float32] = np.asarray(prediction.predictions)
    confusion = confusion_matrix(np.asarray(prediction.label_ids), logits.argmax(axis=1), logits.shape[1])
    return {"accuracy": accuracy(confusion), "f1": macro_f1(confusion)}
