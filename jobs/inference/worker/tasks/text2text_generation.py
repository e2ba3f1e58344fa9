"""A text made out of another by an encoder and a decoder; what is wanted stands in the text itself."""

from transformers import AutoModelForSeq2SeqLM

from jobs.inference.worker.asked import Asked
from jobs.inference.worker.generation import ensure_options, finish_rewriting, prepare_rewriting, run_rewriting
from jobs.inference.worker.loading import Loaded, Row

AUTO = AutoModelForSeq2SeqLM
# Each has its own end, so each is run alone.
BATCH = 1
run, finish = run_rewriting, finish_rewriting


def prepare(loaded: Loaded, asked: Asked) -> list[Row]:
    """CannotAnswer for options out of range."""
    ensure_options(asked.request)
    return prepare_rewriting(loaded, asked, {})
