"""Long texts in windows that overlap, so that nothing of them goes unread."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from jobs.inference.errors import CannotAnswer
from jobs.inference.loading import Loaded, Row, pad


@dataclass(frozen=True)
class Window(Row):
    """A stretch of the request's text number `text`, with what each token stands for: its word, which of a pair it
    is of (None for special tokens), and its first and last character."""

    text: int = 0
    words: list[int | None] = field(default_factory=list)
    parts: list[int | None] = field(default_factory=list)
    offsets: list[tuple[int, int]] = field(default_factory=list)


def windows(loaded: Loaded, texts: list[str], pairs: list[str] | None = None) -> list[Window]:
    """Each text in as many windows as it needs; with `pairs` every window begins with the text, and the pair is cut.

    CannotAnswer where the tokenizer cannot say which characters a token stands for.
    """
    if not loaded.tokenizer.is_fast:
        raise CannotAnswer("model", "This model's tokenizer does not say where in the text its pieces are.")
    cut = loaded.tokenizer(
        texts, pairs, truncation="only_second" if pairs else True, max_length=loaded.longest,
        stride=loaded.longest // 4, return_overflowing_tokens=True, return_offsets_mapping=True, verbose=False,
    )  # fmt: skip
    names = [name for name in loaded.tokenizer.model_input_names if name in cut]
    return [
        Window(
            {name: cut[name][at] for name in names}, len(cut["input_ids"][at]), text=text,
            words=cut.word_ids(at), parts=cut.sequence_ids(at), offsets=cut["offset_mapping"][at],
        )
        for at, text in enumerate(cut["overflow_to_sample_mapping"])
    ]  # fmt: skip


def look(loaded: Loaded, rows: Sequence[Window], *names: str) -> list[tuple[Any, ...]]:
    """The model's outputs of these names for each window, without its padding."""
    out = loaded.model(**pad(loaded, rows))
    return [tuple(out[name][at, : row.read].float().cpu() for name in names) for at, row in enumerate(rows)]


def by_text(rows: Sequence[Window], outputs: Sequence[Any]) -> list[tuple[list[Window], list[Any]]]:
    """The windows of each text with their outputs."""
    texts = groupby(zip(rows, outputs, strict=True), key=lambda pair: pair[0].text)
    grouped = [list(pairs) for _, pairs in texts]
    return [([row for row, _ in pairs], [output for _, output in pairs]) for pairs in grouped]
