"""The same in fewer words, with the length and the beams that the model's config names for it."""

from typing import Any

import torch
from transformers import AutoModelForSeq2SeqLM

from jobs.inference.generation import rewrite, tuned
from jobs.inference.loading import Loaded

AUTO = AutoModelForSeq2SeqLM


@torch.inference_mode()
def run(loaded: Loaded, groups: list[list[str]], options: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Per text `{"text": the summary, "new_tokens": n}`."""
    own = tuned(loaded, "summarization")
    return [[rewrite(loaded, text, options, own) for text in group] for group in groups]
