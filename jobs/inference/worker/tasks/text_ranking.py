"""How well each text answers a query, read together with it by a cross-encoder."""

from collections.abc import Sequence

from core.results import Ranked
from jobs.inference.protocol import Request
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.errors import CannotAnswer
from jobs.inference.worker.loading import Loaded, forward, read
from jobs.inference.worker.rows import Row, sigmoid

AUTO = "AutoModelForSequenceClassification"
BATCH = 32
NEEDS = ("tokenizer",)
OUTPUTS = ("logits",)


def prepare(loaded: Loaded, entry: Entry) -> list[Row]:
    """A row for each text after the query. CannotAnswer without one, and for a model that gives labels."""
    if len(loaded.labels) != 1:
        raise CannotAnswer("model", "This model gives labels, not one score, so it cannot rank texts.")
    query, *texts = entry.request.texts
    if not texts:
        raise CannotAnswer("input", 'Ranking needs a query and then texts: "a warm film" "It is lovely." "It is dull."')
    return read(loaded, [query] * len(texts), pairs=texts)


def run(loaded: Loaded, rows: Sequence[Row]) -> list[float]:
    """The texts' scores, from 0 to 1."""
    scores: list[float] = sigmoid(forward(loaded, rows, *OUTPUTS)["logits"][:, 0]).tolist()
    return scores


def finish(_loaded: Loaded, request: Request, rows: Sequence[Row], outputs: Sequence[float]) -> list[Ranked]:
    """The score of each text after the query."""
    return [
        Ranked(text, score, note=row.note) for text, row, score in zip(request.texts[1:], rows, outputs, strict=True)
    ]
