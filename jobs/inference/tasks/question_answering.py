"""The stretch of a text that answers a question."""

from typing import Any

import torch
from transformers import AutoModelForQuestionAnswering

from jobs.inference.errors import CannotAnswer
from jobs.inference.loading import Loaded, read_windows, windows

AUTO = AutoModelForQuestionAnswering
LONGEST_ANSWER = 30  # tokens


@torch.inference_mode()
def run(loaded: Loaded, groups: list[list[str]], _options: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Per text after the question `{"text", "answer", "score", "start", "end", "unanswerable"}`, in characters.

    CannotAnswer for fewer than two texts, or a question that leaves no room for a text.
    """
    for group in groups:
        if len(group) < 2:
            raise CannotAnswer(
                "input", 'A question needs a text to find the answer in: "Who directed it?" "The film was made by Ana."'
            )
        if len(loaded.tokenizer(group[0])["input_ids"]) > loaded.longest // 2:
            raise CannotAnswer("input", f"The question is too long: this model reads {loaded.longest} tokens in all.")
    return [[_answer(loaded, group[0], text) for text in group[1:]] for group in groups]


def _answer(loaded: Loaded, question: str, text: str) -> dict[str, Any]:
    cut = windows(loaded, [question], [text])
    starts, ends = read_windows(loaded, cut, "start_logits"), read_windows(loaded, cut, "end_logits")
    spans = [_span(loaded, cut, window, starts[window], ends[window]) for window in range(len(starts))]
    # The likeliest span of all windows; nothing is the answer only if no window would have one.
    score, start, end, _ = max(spans)
    nothing = min(none for *_, none in spans)
    read = {"windows": len(spans)} if len(spans) > 1 else {}
    return {
        "text": text, "answer": text[start:end], "score": score, "start": start, "end": end,
        "unanswerable": nothing > score, **read,
    }  # fmt: skip


def _span(loaded: Loaded, cut: Any, window: int, start: Any, end: Any) -> tuple[float, int, int, float]:
    """Probability, first and last character of a window's best span, and the probability that it has none.

    As in SQuAD 2.0 (https://arxiv.org/abs/1806.03822), the first special token stands for no answer.
    """
    allowed = torch.tensor([of == 1 for of in cut.sequence_ids(window)])
    none = (cut["input_ids"][window] == loaded.tokenizer.cls_token_id) & ~allowed
    start, end = (logits.masked_fill(~(allowed | none), -torch.inf).softmax(-1) for logits in (start, end))
    joint = (start * allowed)[:, None] * (end * allowed)[None, :]
    joint = joint.triu().tril(LONGEST_ANSWER - 1)
    first, last = divmod(int(joint.argmax()), joint.shape[1])
    offsets = cut["offset_mapping"][window]
    nothing = float((start * none).sum() * (end * none).sum())
    return float(joint[first, last]), int(offsets[first, 0]), int(offsets[last, 1]), nothing
