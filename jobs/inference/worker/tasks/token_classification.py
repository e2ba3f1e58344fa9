"""Names, places, parts of speech: stretches of the text with a label, by characters."""

from collections.abc import Sequence
from dataclasses import replace

from core.results import Entities, Entity
from jobs.inference.protocol import Request
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.loading import Loaded
from jobs.inference.worker.rows import Array, softmax
from jobs.inference.worker.windows import Window, by_text, in_windows, look, windows

AUTO = "AutoModelForTokenClassification"
BATCH = 16
NEEDS = ("tokenizer",)
OUTPUTS = ("logits",)
OUTSIDE = "O"
# Schemes that mark where an entity begins: IOB2, IOBES, BILOU.
MARKS, BEGINNINGS = "BIESLU", "BSU"


def prepare(loaded: Loaded, entry: Entry) -> list[Window]:
    return windows(loaded, entry.request.texts)


def run(loaded: Loaded, rows: Sequence[Window]) -> list[Array]:
    """For each token the scores of all labels."""
    return [softmax(logits) for (logits,) in look(loaded, rows, *OUTPUTS)]


def finish(loaded: Loaded, request: Request, rows: Sequence[Window], outputs: Sequence[Array]) -> list[Entities]:
    """The entities of each text.

    A word has the label of its first token, and an entity's score is the mean of its words', as
    `aggregation_strategy="first"` has it in transformers.
    """
    results = []
    for text, (own, scores) in zip(request.texts, by_text(rows, outputs), strict=True):
        words = _words(own, scores, loaded.labels)
        results.append(Entities(_entities(words, text), note=in_windows(len(own))))
    return results


def _words(rows: list[Window], outputs: list[Array], names: dict[int, str]) -> list[Entity]:
    """The words in order, each as the window saw it that shows the most on both sides of it."""
    best: dict[int, tuple[int, Entity]] = {}
    for row, scores in zip(rows, outputs, strict=True):
        words = row.words
        places = [(at, number) for at, number in enumerate(words) if number is not None]
        for at, number in places:
            start, end = row.offsets[at]
            if at > 0 and words[at - 1] == number:
                # The word begins before this token, whose offsets make it longer.
                known, word = best[number]
                best[number] = (known, replace(word, end=max(word.end, end)))
                continue
            margin = min(at - places[0][0], places[-1][0] - at)
            if number in best and best[number][0] >= margin:
                continue
            label = int(scores[at].argmax())
            best[number] = (margin, Entity(names[label], float(scores[at][label]), start, end))
    return [word for _, (_, word) in sorted(best.items())]


def _entities(words: list[Entity], text: str) -> tuple[Entity, ...]:
    """Words of one kind that follow each other are one entity, unless the next is marked as a beginning."""
    entities: list[Entity] = []
    scores: list[list[float]] = []
    before = OUTSIDE
    for word in words:
        mark, kind = _split(word.label)
        if kind != OUTSIDE and kind == before and mark not in BEGINNINGS:
            entities[-1] = replace(entities[-1], end=word.end)
            scores[-1].append(word.score)
        elif kind != OUTSIDE:
            # Some tokenizers count the space before a word as part of it.
            seen = text[word.start : word.end]
            entities.append(replace(word, label=kind, start=word.end - len(seen.lstrip())))
            scores.append([word.score])
        before = kind
    return tuple(replace(entity, score=sum(row) / len(row)) for entity, row in zip(entities, scores, strict=True))


def _split(label: str) -> tuple[str, str]:
    """`("B", "PER")` for `B-PER`; a label without a mark is inside."""
    return (label[0], label[2:]) if label[1:2] == "-" and label[0] in MARKS else ("I", label)
