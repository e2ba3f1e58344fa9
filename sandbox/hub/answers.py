"""Answers to the tasks of `hf-inference`, in the provider's shapes.

They are stand-ins: scores are drawn from a generator seeded with the model and the input, so that the same question
is always answered in the same way, and nothing is known about the world.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sandbox.hub.errors import BadRequest
from sandbox.hub.shapes import ScoreRecord
from sandbox.hub.standin import LABEL, reply, seeded, tokens_of

DIMENSIONS = 384
FILLERS = ("good", "new", "long", "great", "small")
NAME = re.compile(r"\b[A-ZÄÖÜ][\w-]+(?: [A-ZÄÖÜ][\w-]+)*")
MASK = re.compile(r"\[MASK\]|<mask>")


@dataclass(frozen=True)
class Ask:
    """One request: what the model is given (bytes for sound and pictures), and the labels that it knows."""

    model: str
    inputs: object
    parameters: Mapping[str, object]
    labels: Sequence[str]

    def text(self) -> str:
        if not isinstance(self.inputs, str):
            raise BadRequest("`inputs` must be a string.")
        return self.inputs

    def field(self, name: str) -> str:
        value = self.inputs.get(name) if isinstance(self.inputs, dict) else None
        if not isinstance(value, str):
            raise BadRequest(f"`inputs` must have a `{name}`.")
        return value

    def bytes(self) -> bytes:
        if not isinstance(self.inputs, bytes) or not self.inputs:
            raise BadRequest("The body must be the file itself.")
        return self.inputs


def _scores(ask: Ask, text: str, labels: Sequence[str]) -> list[ScoreRecord]:
    """The labels with scores that sum to one, the best first."""
    numbers = seeded(ask.model, text)
    weights = [math.exp(3 * numbers.gauss(0, 1)) for _ in labels]
    records = [
        ScoreRecord(label=label, score=weight / sum(weights)) for label, weight in zip(labels, weights, strict=True)
    ]
    ordered = sorted(records, key=lambda one: one["score"], reverse=True)
    limit = ask.parameters.get("top_k")
    return ordered[:limit] if isinstance(limit, int) and limit else ordered


def _classify(ask: Ask) -> list[list[ScoreRecord]]:
    texts = ask.inputs if isinstance(ask.inputs, list) else [ask.text()]
    return [_scores(ask, str(text), ask.labels) for text in texts]


def _classify_bytes(ask: Ask) -> list[ScoreRecord]:
    return _scores(ask, ask.bytes().hex(), ask.labels)


def _zero_shot(ask: Ask) -> list[ScoreRecord]:
    labels = ask.parameters.get("candidate_labels")
    if not isinstance(labels, list) or not labels:
        raise BadRequest("`parameters` must have `candidate_labels`.")
    return _scores(ask, ask.text(), labels)


def _entities(ask: Ask) -> list[dict[str, str | float]]:
    kinds = sorted({label.partition("-")[2] for label in ask.labels if "-" in label}) or ["MISC"]
    return [
        {
            "entity_group": seeded(ask.model, match.group()).choice(kinds),
            "score": 0.5 + seeded(ask.model, match.group()).random() / 2,
            "word": match.group(),
            "start": match.start(),
            "end": match.end(),
        }
        for match in NAME.finditer(ask.text())
    ]


def _answer(ask: Ask) -> dict[str, str | float]:
    question, context = ask.field("question"), ask.field("context")
    words = set(re.findall(r"\w+", question.lower()))
    sentences = re.findall(r"[^.!?]+", context) or [context]
    best = max(sentences, key=lambda sentence: len(words & set(re.findall(r"\w+", sentence.lower())))).strip()
    start = context.index(best)
    score = seeded(ask.model, question, context).random()
    return {"answer": best, "score": score, "start": start, "end": start + len(best)}


def _fill(ask: Ask) -> list[dict[str, str | float]]:
    text = ask.text()
    if not MASK.search(text):
        raise BadRequest("No mask_token ([MASK]) found on the input")
    records = _scores(ask, text, FILLERS)
    return [
        {
            "score": one["score"],
            "token": FILLERS.index(one["label"]),
            "token_str": one["label"],
            "sequence": MASK.sub(one["label"], text, count=1),
        }
        for one in records
    ]


def _embed(ask: Ask) -> list[float] | list[list[float]]:
    return [_vector(str(text)) for text in ask.inputs] if isinstance(ask.inputs, list) else _vector(ask.text())


def _vector(text: str) -> list[float]:
    """The sum of the words' own directions, of length one: what shares words is near."""
    words = re.findall(r"\w+", text.lower()) or [""]
    columns = zip(*([numbers.gauss(0, 1) for _ in range(DIMENSIONS)] for numbers in map(seeded, words)), strict=True)
    sums = [sum(column) for column in columns]
    length = math.sqrt(sum(value * value for value in sums))
    return [value / length for value in sums]


def _similarity(ask: Ask) -> list[float]:
    source = ask.field("source_sentence")
    others = ask.inputs.get("sentences") if isinstance(ask.inputs, dict) else None
    if not isinstance(others, list):
        raise BadRequest("`inputs` must have `sentences`.")
    mine = _vector(source)
    return [sum(a * b for a, b in zip(mine, _vector(str(other)), strict=True)) for other in others]


def _text(key: str) -> Callable[[Ask], list[dict[str, str]]]:
    """A text that says where it is from and begins as the input does."""

    def tell(ask: Ask) -> list[dict[str, str]]:
        return [{key: f"{LABEL} {''.join(tokens_of(ask.text())[:20]).strip()}"}]

    return tell


def _generate(ask: Ask) -> list[dict[str, str]]:
    options = {"max_tokens": ask.parameters.get("max_new_tokens"), "seed": ask.parameters.get("seed")}
    continuation = "".join(reply(ask.model, [ask.text()], options).tokens)
    return [{"generated_text": ask.text() + continuation if ask.parameters.get("return_full_text") else continuation}]


def _transcribe(ask: Ask) -> dict[str, str]:
    return {"text": f"{LABEL} a recording of {len(ask.bytes())} bytes"}


ANSWERS: Mapping[str, Callable[[Ask], object]] = {
    "text-classification": _classify,
    "zero-shot-classification": _zero_shot,
    "token-classification": _entities,
    "question-answering": _answer,
    "fill-mask": _fill,
    "feature-extraction": _embed,
    "sentence-similarity": _similarity,
    "summarization": _text("summary_text"),
    "translation": _text("translation_text"),
    "text-generation": _generate,
    "image-classification": _classify_bytes,
    "audio-classification": _classify_bytes,
    "automatic-speech-recognition": _transcribe,
}
