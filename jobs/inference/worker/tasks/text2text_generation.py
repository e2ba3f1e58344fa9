"""A text made out of another by an encoder and a decoder; what is wanted stands in the text itself."""

from transformers import AutoModelForSeq2SeqLM

from jobs.inference.worker.entries import Entry
from jobs.inference.worker.generation import ensure_options, finish_rewriting, prepare_rewriting, run_rewriting
from jobs.inference.worker.loading import Loaded, Row

AUTO = AutoModelForSeq2SeqLM
# Each has its own end, so each is run alone.
BATCH = 1
NEEDS = ("tokenizer",)
run, finish = run_rewriting, finish_rewriting


def prepare(loaded: Loaded, entry: Entry) -> list[Row]:
    """CannotAnswer for options out of range."""
    ensure_options(entry.request)
    return prepare_rewriting(loaded, entry, {})
