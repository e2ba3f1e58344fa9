"""The answer to a question about a picture: chosen from the answers that the model knows, or written."""

from collections.abc import Sequence
from typing import Any

import torch
from transformers import AutoModelForImageTextToText, AutoModelForVisualQuestionAnswering

from core.results import Scores, Written
from jobs.inference.protocol import Request
from jobs.inference.worker.autos import FirstThatFits
from jobs.inference.worker.describing import Talk, finish_written, one_talk, write
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.errors import CannotAnswer
from jobs.inference.worker.loading import Loaded
from jobs.inference.worker.pictures import sources
from jobs.inference.worker.vision import forward, placed, ranked

AUTO = FirstThatFits(AutoModelForVisualQuestionAnswering, AutoModelForImageTextToText)
NEEDS = ("tokenizer", "processor")
BATCH = 1


def prepare(loaded: Loaded, entry: Entry) -> list[Talk]:
    """A row a picture, all for the same question. CannotAnswer without one question."""
    if len(entry.request.texts) != 1:
        raise CannotAnswer("input", 'Ask one question about the picture, in quotes: "What colour is the car?"')
    if not _chooses(loaded):
        # The options belong to writing.
        one_talk(entry)
    (text,) = entry.request.texts
    return [Talk([source], text, entry, entry.deadline) for source in sources(entry)]


def run(loaded: Loaded, rows: Sequence[Talk]) -> list[Any]:
    """For each picture the scores of all answers, or what was written."""
    return [_scores(loaded, row) for row in rows] if _chooses(loaded) else list(write(loaded, rows))


def finish(
    loaded: Loaded, request: Request, rows: Sequence[Talk], outputs: Sequence[Any]
) -> Sequence[Scores | Written]:
    """Per picture the scores of the answers that the model knows, or what it wrote."""
    if not _chooses(loaded):
        return finish_written(loaded, request, rows, outputs)
    names = loaded.model.config.id2label
    return [Scores(ranked(names, scores), note=row.note) for row, scores in zip(rows, outputs, strict=True)]


@torch.inference_mode()
def _scores(loaded: Loaded, row: Talk) -> list[float]:
    inputs = loaded.processor(
        images=row.pictures[0].open(), text=row.text, truncation=True, max_length=loaded.longest, return_tensors="pt"
    )
    # Several answers may be right, so each has a score of its own (https://arxiv.org/abs/2102.03334).
    scores: list[float] = forward(loaded, placed(loaded, inputs))["logits"][0].sigmoid().tolist()
    return scores


def _chooses(loaded: Loaded) -> bool:
    return not loaded.model.can_generate()
