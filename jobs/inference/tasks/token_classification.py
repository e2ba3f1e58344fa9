"""Names, places, parts of speech: stretches of the text with a label, by characters."""

from typing import Any

import torch
from transformers import AutoModelForTokenClassification

from jobs.inference.loading import Loaded, read_windows, split_up, windows

AUTO = AutoModelForTokenClassification
OUTSIDE = "O"
# Schemes that mark where an entity begins: IOB2, IOBES, BILOU.
MARKS, BEGINNINGS = "BIESLU", "BSU"


@torch.inference_mode()
def run(loaded: Loaded, groups: list[list[str]], _options: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Per text `{"entities": [{"label", "score", "start", "end"}…]}`, in the order of the text, `end` exclusive.

    A word has the label of its first token, and an entity's score is the mean of its words', as
    `aggregation_strategy="first"` has it in transformers.
    """
    return split_up([_read(loaded, text) for group in groups for text in group], groups)


def _read(loaded: Loaded, text: str) -> dict[str, Any]:
    cut = windows(loaded, [text])
    scores = read_windows(loaded, cut, "logits").softmax(-1)
    words = _words(cut, scores, loaded.model.config.id2label)
    read = {"windows": len(scores)} if len(scores) > 1 else {}
    return {"entities": _entities(words, text), **read}


def _words(cut: Any, scores: Any, names: dict[int, str]) -> list[dict[str, Any]]:
    """The words in order, each as the window saw it that shows the most on both sides of it."""
    best: dict[int, tuple[int, dict[str, Any]]] = {}
    for window in range(len(scores)):
        words = cut.word_ids(window)
        places = [at for at, word in enumerate(words) if word is not None]
        for at in places:
            if at > 0 and words[at - 1] == words[at]:
                # The word begins before this token, whose offsets make it longer.
                _, word = best[words[at]]
                word["end"] = max(word["end"], int(cut["offset_mapping"][window, at, 1]))
                continue
            margin = min(at - places[0], places[-1] - at)
            if words[at] in best and best[words[at]][0] >= margin:
                continue
            start, end = cut["offset_mapping"][window, at].tolist()
            score, number = scores[window, at].max(-1)
            word = {"label": str(names[int(number)]), "score": float(score), "start": start, "end": end}
            best[words[at]] = (margin, word)
    return [word for _, (_, word) in sorted(best.items())]


def _entities(words: list[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    """Words of one kind that follow each other are one entity, unless the next is marked as a beginning."""
    entities: list[dict[str, Any]] = []
    scores: list[list[float]] = []
    before = OUTSIDE
    for word in words:
        mark, kind = _split(word["label"])
        if kind != OUTSIDE and kind == before and mark not in BEGINNINGS:
            entities[-1]["end"] = word["end"]
            scores[-1].append(word["score"])
        elif kind != OUTSIDE:
            # Some tokenizers count the space before a word as part of it.
            seen = text[word["start"] : word["end"]]
            start = word["end"] - len(seen.lstrip())
            entities.append({"label": kind, "start": start, "end": word["end"]})
            scores.append([word["score"]])
        before = kind
    return [entity | {"score": sum(row) / len(row)} for entity, row in zip(entities, scores, strict=True)]


def _split(label: str) -> tuple[str, str]:
    """`("B", "PER")` for `B-PER`; a label without a mark is inside."""
    return (label[0], label[2:]) if label[1:2] == "-" and label[0] in MARKS else ("I", label)
