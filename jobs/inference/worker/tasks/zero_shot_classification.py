"""Labels that the model was never trained on: does the text entail that it is about them?"""

from collections.abc import Sequence

import numpy as np

from core.results import Score, Scores
from jobs.inference.protocol import Request
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.errors import CannotAnswer
from jobs.inference.worker.loading import Loaded, forward, read
from jobs.inference.worker.rows import Row, softmax

AUTO = "AutoModelForSequenceClassification"
BATCH = 32
NEEDS = ("tokenizer",)
OUTPUTS = ("logits",)
MOST_LABELS = 20
HYPOTHESIS = "This example is {}."


def prepare(loaded: Loaded, entry: Entry) -> list[Row]:
    """A row for each label of each text. CannotAnswer without labels, or for a model without entailment."""
    labels = _labels(entry.request)
    _entailment(loaded)
    texts = [text for text in entry.request.texts for _ in labels]
    return read(loaded, texts, pairs=[HYPOTHESIS.format(label) for label in labels] * len(entry.request.texts))


def run(loaded: Loaded, rows: Sequence[Row]) -> list[float]:
    """How far each text entails its label, as the logit of an NLI model (https://arxiv.org/abs/1909.00161)."""
    logits: list[float] = forward(loaded, rows, *OUTPUTS)["logits"][:, _entailment(loaded)].tolist()
    return logits


def finish(_loaded: Loaded, request: Request, rows: Sequence[Row], outputs: Sequence[float]) -> list[Scores]:
    """The scores of `labels` for each text; together they make one."""
    labels, results = _labels(request), []
    for at in range(0, len(rows), len(labels)):
        chances = softmax(np.array(outputs[at : at + len(labels)])).tolist()
        scores = [Score(label, score) for label, score in zip(labels, chances, strict=True)]
        note = next((row.note for row in rows[at : at + len(labels)] if row.note), None)
        results.append(Scores(tuple(sorted(scores, key=lambda each: -each.score)), note=note))
    return results


def _labels(request: Request) -> list[str]:
    typed = str(request.options.get("labels", ""))
    labels = list(dict.fromkeys(label.strip() for label in typed.split(",") if label.strip()))
    if not 2 <= len(labels) <= MOST_LABELS:
        raise CannotAnswer("input", f'Say between which labels, 2 to {MOST_LABELS}: labels="sport, politics, music".')
    return labels


def _entailment(loaded: Loaded) -> int:
    for number, name in loaded.labels.items():
        if name.lower().startswith("entail"):
            return number
    raise CannotAnswer(
        "model",
        "Labels of your own need a model for natural language inference; this one is not. "
        "Search for one with task=zero-shot-classification.",
    )
