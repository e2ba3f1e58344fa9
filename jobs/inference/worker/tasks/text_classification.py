"""Labels with scores; several may hold at once where the model was trained so."""

from collections.abc import Sequence

from core.results import Score, Scores
from jobs.inference.protocol import Request
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.loading import Loaded, forward, read
from jobs.inference.worker.rows import Row, sigmoid, softmax

AUTO = "AutoModelForSequenceClassification"
BATCH = 32
NEEDS = ("tokenizer",)
OUTPUTS = ("logits",)
REGRESSION = "regression"


def prepare(loaded: Loaded, entry: Entry) -> list[Row]:
    return read(loaded, entry.request.texts)


def run(loaded: Loaded, rows: Sequence[Row]) -> list[list[float]]:
    """The labels' scores, in the order of the model's labels."""
    logits = forward(loaded, rows, *OUTPUTS)["logits"]
    if loaded.problem == REGRESSION:
        scores = logits
    elif loaded.problem == "multi_label_classification" or logits.shape[-1] == 1:
        scores = sigmoid(logits)
    else:
        scores = softmax(logits)
    found: list[list[float]] = scores.tolist()
    return found


def finish(loaded: Loaded, _request: Request, rows: Sequence[Row], outputs: Sequence[list[float]]) -> list[Scores]:
    """The scores of each text."""
    results = []
    for row, scores in zip(rows, outputs, strict=True):
        order = sorted(range(len(scores)), key=lambda number: -scores[number])
        named = tuple(Score(loaded.labels[at], scores[at]) for at in order)
        results.append(Scores(named, plain=loaded.problem == REGRESSION, note=row.note))
    return results
