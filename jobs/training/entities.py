"""Entities in tagged words (BIO): where they are, whether the tags are well formed, and figures of them. Torch-free."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

OUTSIDE = "O"
BEGINS, GOES_ON = "B-", "I-"
_RESAMPLES = 1000
_INTERVAL = (2.5, 97.5)
_SEED = 20

Entity = tuple[str, int, int]
# Documents by kinds by (right, predicted, true).
Hits = npt.NDArray[np.int64]


@dataclass(frozen=True)
class EntityFigures:
    """Precision, recall and F1 of one kind of entity, 0 where undefined; `entities` of it there are."""

    kind: str
    precision: float
    recall: float
    f1: float
    entities: int


def kind_of(tag: str) -> str:
    """`PERSON` of `B-PERSON`; empty where the tag is of no entity."""
    return tag[len(BEGINS) :] if tag.startswith((BEGINS, GOES_ON)) else ""


def is_tag(tag: str) -> bool:
    """Whether this is `O`, `B-…` or `I-…`."""
    return tag == OUTSIDE or kind_of(tag) != ""


def first_orphan(tags: Sequence[str]) -> int | None:
    """The place of the first `I-` that goes on with nothing of its kind; None where all have their `B-`."""
    before = ""
    for place, tag in enumerate(tags):
        if tag.startswith(GOES_ON) and kind_of(tag) != before:
            return place
        before = kind_of(tag)
    return None


def find_entities(tags: Sequence[str]) -> set[Entity]:
    """Kind, first word and end (exclusive) of each. An `I-` without its `B-` begins one, as for readers."""
    entities: set[Entity] = set()
    start, kind = 0, ""
    for place, tag in enumerate([*tags, OUTSIDE]):
        goes_on = tag.startswith(GOES_ON) and kind_of(tag) == kind
        if kind and not goes_on:
            entities.add((kind, start, place))
        if not goes_on:
            start, kind = place, kind_of(tag)
    return entities


def count_hits(true: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]], kinds: Sequence[str]) -> Hits:
    """For each document and kind: entities found with exactly their kind and extent, predicted ones, true ones."""
    ids = {kind: i for i, kind in enumerate(kinds)}
    hits = np.zeros((len(true), len(kinds), 3), dtype=np.int64)
    for document, (ours, theirs) in enumerate(zip(true, predicted, strict=True)):
        expected, answered = find_entities(ours), find_entities(theirs)
        for column, entities in enumerate((expected & answered, answered, expected)):
            for kind, _, _ in entities:
                hits[document, ids[kind], column] += 1
    return hits


def precision_recall_f1(totals: Hits) -> npt.NDArray[np.float64]:
    """The three figures of (right, predicted, true) in the last axis; 0 where undefined."""
    right, predicted, true = np.moveaxis(totals, -1, 0)
    shares = (
        right / np.maximum(predicted, 1),
        right / np.maximum(true, 1),
        2 * right / np.maximum(predicted + true, 1),
    )
    return np.stack(shares, axis=-1)


def figures_by_kind(hits: Hits, kinds: Sequence[str]) -> list[EntityFigures]:
    """One entry a kind, in their order."""
    totals = hits.sum(axis=0)
    return [
        EntityFigures(kind, float(precision), float(recall), float(f1), int(true))
        for kind, (precision, recall, f1), (_, _, true) in zip(kinds, precision_recall_f1(totals), totals, strict=True)
    ]


def f1_margin(hits: Hits) -> float | None:
    """Half the width of F1's 95 % interval: the bootstrap over documents (Efron, 1979), as entities of one document
    are right or wrong together. None where all resamples agree, which says nothing about other documents.
    """
    documents = hits.sum(axis=1)
    draws = np.random.default_rng(_SEED).multinomial(
        len(documents), np.full(len(documents), 1 / len(documents)), size=_RESAMPLES
    )
    low, high = np.percentile(precision_recall_f1(draws @ documents)[:, 2], _INTERVAL)
    return float(high - low) / 2 or None
