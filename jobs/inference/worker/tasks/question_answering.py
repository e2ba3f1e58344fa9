"""The stretch of a text that answers a question."""

from collections.abc import Sequence

import numpy as np

from core.results import Span
from jobs.inference.protocol import Request
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.errors import CannotAnswer
from jobs.inference.worker.loading import Loaded, read
from jobs.inference.worker.rows import Array, softmax
from jobs.inference.worker.windows import Window, by_text, in_windows, look, windows

AUTO = "AutoModelForQuestionAnswering"
BATCH = 16
NEEDS = ("tokenizer",)
OUTPUTS = ("start_logits", "end_logits")
LONGEST_ANSWER = 30  # tokens


def prepare(loaded: Loaded, entry: Entry) -> list[Window]:
    """The windows of each text after the question. CannotAnswer without one, or where none would have room."""
    question, *texts = entry.request.texts
    if not texts:
        raise CannotAnswer(
            "input", 'A question needs a text to find the answer in: "Who directed it?" "The film was made by Ana."'
        )
    if read(loaded, [question])[0].whole > loaded.longest // 2:
        raise CannotAnswer("input", f"The question is too long: this model reads {loaded.longest} tokens in all.")
    return windows(loaded, [question] * len(texts), texts)


def run(loaded: Loaded, rows: Sequence[Window]) -> list[tuple[Array, ...]]:
    """For each token how likely the answer starts there, and how likely it ends there."""
    return look(loaded, rows, *OUTPUTS)


def finish(
    loaded: Loaded, request: Request, rows: Sequence[Window], outputs: Sequence[tuple[Array, ...]]
) -> list[Span]:
    """The answer of each text after the question."""
    return [
        _answer(text, [_span(loaded, row, *logits) for row, logits in zip(own, found, strict=True)])
        for text, (own, found) in zip(request.texts[1:], by_text(rows, outputs), strict=True)
    ]


def _answer(text: str, spans: list[tuple[float, int, int, float]]) -> Span:
    # The likeliest span of all windows; nothing is the answer only if no window would have one.
    score, start, end, _ = max(spans)
    nothing = min(none for *_, none in spans)
    return Span(text, text[start:end], score, start, end, nothing > score, note=in_windows(len(spans)))


def _span(loaded: Loaded, row: Window, start: Array, end: Array) -> tuple[float, int, int, float]:
    """Probability, first and last character of a window's best span, and the probability that it has none.

    As in SQuAD 2.0 (https://arxiv.org/abs/1806.03822), the first special token stands for no answer.
    """
    allowed = np.array([part == 1 for part in row.parts])
    none = (np.array(row.tokens["input_ids"]) == loaded.cutter.marks.first_id) & ~allowed
    start, end = (softmax(np.where(allowed | none, logits, -np.inf)) for logits in (start, end))
    joint = (start * allowed)[:, None] * (end * allowed)[None, :]
    joint = np.tril(np.triu(joint), LONGEST_ANSWER - 1)
    first, last = divmod(int(joint.argmax()), joint.shape[1])
    nothing = float((start * none).sum() * (end * none).sum())
    return float(joint[first, last]), row.offsets[first][0], row.offsets[last][1], nothing
