"""Answers among the words of a document, for models that know where on the page each word stands (LayoutLM)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoImageProcessor

from jobs.inference.worker.documents import SCALE, PlacedWord, page_picture, page_words
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.errors import CannotAnswer
from jobs.inference.worker.loading import Loaded
from jobs.inference.worker.pictures import Source, sources
from jobs.inference.worker.vision import forward, placed
from jobs.inference.worker.windows import Window
from jobs.models.pictures import LONGEST_SIDE

MOST_PAGES = 4
LONGEST_ANSWER = 15
NOWHERE, EVERYWHERE = [0] * 4, [SCALE] * 4


@dataclass(frozen=True)
class Passage(Window):
    """A stretch of a page's words after the question; `text` is the number of the file."""

    page: int = 0
    page_words: list[PlacedWord] = field(default_factory=list)
    source: Source | None = None


@dataclass(frozen=True)
class WordSpan:
    """The likeliest answer of a passage: the numbers of its first and last word."""

    score: float
    first: int
    last: int


def passages(loaded: Loaded, entry: Entry, question: str) -> list[Passage]:
    """The first pages of each file, in as many passages as they need. CannotAnswer where a file has no words."""
    rows: list[Passage] = []
    for number, source in enumerate(sources(entry)):
        pages = [(page, page_words(source.path, page)) for page in range(min(source.pages, MOST_PAGES))]
        if not any(words for _, words in pages):
            raise CannotAnswer(
                "input",
                f"{entry.request.model} reads words by their places, and {source.path.name} is a picture without any. "
                "Attach a PDF with text in it, or try a model that reads pictures: task=image-text-to-text.",
            )
        for page, words in pages:
            rows += _cut(loaded, question, words, Passage({}, 0, text=number, page=page, source=source))
    return rows


def look_up(loaded: Loaded, row: Passage) -> WordSpan:
    """The likeliest span of the passage, of 15 tokens at most, as transformers' pipeline scores them."""
    inputs: dict[str, Any] = {name: torch.tensor([values]) for name, values in row.tokens.items()}
    if loaded.model.config.model_type != "layoutlm" and row.source is not None:
        picture = page_picture(row.source.path, row.page, LONGEST_SIDE)
        inputs["pixel_values"] = _pictures(loaded.folder)(images=picture, return_tensors="pt")["pixel_values"]
    seen = forward(loaded, placed(loaded, inputs))
    cls = loaded.tokenizer.cls_token_id
    ids = row.tokens["input_ids"]
    may = np.array([part == 1 or token == cls for part, token in zip(row.parts, ids, strict=True)])
    start, end = (_chances(seen[name][0, : len(ids)].numpy(), may) for name in ("start_logits", "end_logits"))
    both = np.tril(np.triu(np.outer(start, end)), LONGEST_ANSWER - 1)
    first, last = np.unravel_index(both.argmax(), both.shape)
    words = (row.words[int(first)], row.words[int(last)])
    return WordSpan(float(both[first, last]), words[0] or 0, words[1] or 0)


def place(words: Sequence[PlacedWord]) -> tuple[int, int, int, int]:
    """The box around the words, in thousandths of the page."""
    boxes = np.array([box for _, box in words])
    left, top, right, bottom = (int(value) for value in (*boxes[:, :2].min(0), *boxes[:, 2:].max(0)))
    return left, top, right, bottom


def _chances(logits: np.ndarray, may: np.ndarray) -> np.ndarray:
    """Probabilities over the tokens that may be in the answer; the first stands for there being none."""
    weights = np.exp(np.where(may, logits, -10_000.0) - logits[may].max())
    chances: np.ndarray = weights / weights.sum()
    chances[0] = 0.0
    return chances


def _cut(loaded: Loaded, question: str, words: list[PlacedWord], like: Passage) -> Iterator[Passage]:
    if not words:
        return
    texts, boxes = [word for word, _ in words], [list(box) for _, box in words]
    own: dict[str, Any] = {"text": question.split(), "text_pair": texts, "is_split_into_words": True}
    if loaded.model.config.model_type != "layoutlm":
        own = {"text": [question], "text_pair": [texts], "boxes": [boxes]}
    cut = loaded.tokenizer(
        truncation="only_second",
        max_length=loaded.longest,
        stride=min(loaded.longest // 2, 256),
        return_overflowing_tokens=True,
        return_token_type_ids=True,
        verbose=False,
        **own,
    )
    names = [name for name in cut if name != "overflow_to_sample_mapping"]
    for at, ids in enumerate(cut["input_ids"]):
        tokens = {name: cut[name][at] for name in names}
        parts, places = cut.sequence_ids(at), cut.word_ids(at)
        if "bbox" not in tokens:
            tokens["bbox"] = [
                boxes[place] if part == 1 else EVERYWHERE if token == loaded.tokenizer.sep_token_id else NOWHERE
                for token, part, place in zip(ids, parts, places, strict=True)
            ]
        yield Passage(
            tokens,
            len(ids),
            text=like.text,
            words=places,
            parts=parts,
            page=like.page,
            page_words=words,
            source=like.source,
        )


@lru_cache(maxsize=4)
def _pictures(folder: Path) -> Any:
    auto: Any = AutoImageProcessor
    return auto.from_pretrained(folder, local_files_only=True, trust_remote_code=False, apply_ocr=False)
