"""The likeliest words for a gap."""

from collections.abc import Sequence

import numpy as np

from core.results import Word, Words
from jobs.inference.protocol import Request
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.errors import CannotAnswer
from jobs.inference.worker.loading import Loaded, forward, read
from jobs.inference.worker.rows import Row, softmax

AUTO = "AutoModelForMaskedLM"
# Every place has a score for every word, which is a lot of memory.
BATCH = 8
NEEDS = ("tokenizer",)
OUTPUTS = ("logits",)
TOP = 5
# What people write for the gap, whatever the model calls it.
GAPS = ("[MASK]", "<mask>", "____", "___")


def prepare(loaded: Loaded, entry: Entry) -> list[Row]:
    """CannotAnswer without exactly one gap in each text, within what the model reads."""
    if loaded.cutter.marks.mask is None:
        raise CannotAnswer(
            "model", f"{entry.request.model} has no mask token, so it cannot fill a gap. Try another `task=`."
        )
    rows = read(loaded, [_with_gap(loaded, text) for text in entry.request.texts])
    for row in rows:
        if loaded.cutter.marks.mask_id not in row.tokens["input_ids"]:
            raise CannotAnswer("input", f"The gap lies beyond the {row.read} tokens that this model reads.")
    return rows


def run(loaded: Loaded, rows: Sequence[Row]) -> list[list[tuple[int, float]]]:
    """The likeliest tokens for the gap with their scores."""
    places = [row.tokens["input_ids"].index(loaded.cutter.marks.mask_id) for row in rows]
    scores = softmax(forward(loaded, rows, *OUTPUTS)["logits"][np.arange(len(rows)), places])
    best = np.argsort(-scores, axis=-1)[:, :TOP]
    return [
        [(int(number), float(own[number])) for number in numbers] for numbers, own in zip(best, scores, strict=True)
    ]


def finish(
    loaded: Loaded, request: Request, rows: Sequence[Row], outputs: Sequence[list[tuple[int, float]]]
) -> list[Words]:
    """The likeliest words for each text."""
    results = []
    for text, row, best in zip(request.texts, rows, outputs, strict=True):
        masked = _with_gap(loaded, text)
        words = [(loaded.cutter.word(number).strip(), score) for number, score in best]
        filled = [Word(word, score, masked.replace(loaded.cutter.marks.mask, word)) for word, score in words]
        results.append(Words(tuple(filled), note=row.note))
    return results


def _with_gap(loaded: Loaded, text: str) -> str:
    mask: str = loaded.cutter.marks.mask
    for gap in GAPS:
        text = text.replace(gap, mask)
    if text.count(mask) != 1:
        raise CannotAnswer("input", f"This model fills one gap. Mark it with {mask}, for example: the film is {mask}.")
    return text
