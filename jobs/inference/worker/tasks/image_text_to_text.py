"""What a model writes about pictures: a caption, the text in them, the answer to a question."""

from transformers import AutoModelForImageTextToText

from jobs.inference.worker.describing import Talk, finish_written, one_talk, write
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.loading import Loaded

AUTO = AutoModelForImageTextToText
NEEDS = ("tokenizer", "processor")
# Each has its own options and its own end, so each is run alone.
BATCH = 1
run, finish = write, finish_written


def prepare(_loaded: Loaded, entry: Entry) -> list[Talk]:
    """One row: all pictures of the request are looked at together."""
    return one_talk(entry)
