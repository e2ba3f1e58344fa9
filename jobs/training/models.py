"""The base as the run takes it: config, tokenizer, and the model with its new head."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import torch
import transformers
from transformers import (
    AutoConfig,
    AutoFeatureExtractor,
    AutoImageProcessor,
    AutoTokenizer,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from core.recipe import Recipe
from jobs.models.heads import cannot_head
from jobs.models.reading import fit_tokenizer, longest_text
from jobs.training.errors import RunError
from jobs.training.tasks import E, TrainingTask

if TYPE_CHECKING:
    from jobs.training.tasks import Processor

# Weights, gradients and the two moments of AdamW, four bytes each.
_TRAINING_BYTES_PER_PARAMETER = 16
# Tokenizers that count the space before a word as part of it, and have to be told that each word has one.
_SPACED_WORDS = ("bloom", "deberta", "gpt2", "roberta")
# What is not read with a tokenizer.
_PROCESSORS: dict[str, Any] = {"images": AutoImageProcessor, "sounds": AutoFeatureExtractor}


def load_config(recipe: Recipe, task: TrainingTask[E], labels: Sequence[str]) -> PreTrainedConfig:
    """The base's config with the run's labels. Raises RunError for an architecture without such a head."""
    raw, _ = PreTrainedConfig.get_config_dict(recipe.base.repo, revision=recipe.base.revision)
    model_type = str(raw.pop("model_type", ""))
    if wrong := cannot_head(model_type, task.auto, task.ability):
        raise RunError(f"{recipe.base.repo} {wrong}", "user")
    # What the base says of its own labels, true or not, goes with its head.
    own = {key: value for key, value in raw.items() if key not in ("label2id", "problem_type", "_num_labels")}
    config: PreTrainedConfig = AutoConfig.for_model(model_type, **own | task.head(labels))
    return config


def load_processor(recipe: Recipe, task: TrainingTask[E], config: PreTrainedConfig) -> "Processor":
    """What the base reads rows with: its tokenizer, image processor or feature extractor. Raises RunError."""
    if task.reads not in _PROCESSORS:
        return load_tokenizer(recipe, task, config)
    auto = _PROCESSORS[task.reads]
    processor: Processor = auto.from_pretrained(
        recipe.base.repo, revision=recipe.base.revision, trust_remote_code=False
    )
    return processor


def load_tokenizer(recipe: Recipe, task: TrainingTask[E], config: PreTrainedConfig) -> PreTrainedTokenizerBase:
    """The base's tokenizer, made to fit it. Raises RunError where it cannot say which piece is of which word."""
    in_words = task.reads == "words"
    spaced = {"add_prefix_space": True} if in_words and config.model_type in _SPACED_WORDS else {}
    tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
        recipe.base.repo, revision=recipe.base.revision, config=config, trust_remote_code=False, **spaced
    )
    if in_words and not tokenizer.is_fast:
        raise RunError(
            f"The tokenizer of {recipe.base.repo} does not say which piece belongs to which word. Choose another base.",
            "user",
        )
    fit_tokenizer(tokenizer, config, getattr(transformers, task.auto)._model_mapping[type(config)].forward)
    return tokenizer


def fitting_length(recipe: Recipe, processor: "Processor", config: PreTrainedConfig) -> int:
    """The recipe's `max_length` of texts, or what the base can read where that is less."""
    if not isinstance(processor, PreTrainedTokenizerBase):
        return recipe.parameters.max_length
    return min(recipe.parameters.max_length, longest_text(processor, config))


def load_model(
    recipe: Recipe,
    task: TrainingTask[E],
    config: PreTrainedConfig,
    checkpoint: Path | None,
) -> PreTrainedModel:
    """The checkpoint's model, else the base with a new head. Raises RunError without safe weights or room."""
    auto = getattr(transformers, task.auto)
    _check_memory(recipe, auto, config)
    try:
        model: PreTrainedModel = auto.from_pretrained(
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


def _check_memory(recipe: Recipe, auto: Any, config: PreTrainedConfig) -> None:
    with torch.device("meta"):
        empty = auto.from_config(config)
    needed = sum(weight.numel() for weight in empty.parameters()) * _TRAINING_BYTES_PER_PARAMETER
    free = torch.cuda.mem_get_info()[0] if torch.cuda.is_available() else psutil.virtual_memory().available
    if needed > free:
        raise RunError(
            f"Training {recipe.base.repo} needs at least {needed / 1e9:.1f} GB of memory, "
            f"and {free / 1e9:.1f} GB are free. Choose a smaller base, or wait until other work has ended.",
            "memory",
        )
