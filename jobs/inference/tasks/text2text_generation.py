"""A text made out of another by an encoder and a decoder; what is wanted stands in the text itself."""

from typing import Any

import torch
from transformers import AutoModelForSeq2SeqLM

from jobs.inference.generation import rewrite
from jobs.inference.loading import Loaded

AUTO = AutoModelForSeq2SeqLM


@torch.inference_mode()
def run(loaded: Loaded, groups: list[list[str]], options: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Per text `{"text": what was written, "new_tokens": n}`."""
    return [[rewrite(loaded, text, options, {}) for text in group] for group in groups]
