"""Long texts in windows that overlap, so that nothing of them goes unread."""

from collections.abc import Sequence
from itertools import groupby
from typing import TypeVar

from core.results import Reading
from jobs.inference.worker.loading import Loaded, forward
from jobs.inference.worker.rows import Array, Window, unstack

__all__ = ["Window", "by_text", "in_windows", "look", "windows"]
Output = TypeVar("Output")


def windows(loaded: Loaded, texts: list[str], pairs: list[str] | None = None) -> list[Window]:
    """Each text in as many windows as it needs; with `pairs` every window begins with the text, and the pair is cut.

    CannotAnswer where the tokenizer cannot say which characters a token stands for.
    """
    found: list[Window] = loaded.cutter.windows(texts, pairs, loaded.longest)
    return found


def look(loaded: Loaded, rows: Sequence[Window], *names: str) -> list[tuple[Array, ...]]:
    """The model's outputs of these names for each window, without its padding."""
    return unstack(forward(loaded, rows, *names), names, rows)


def in_windows(number: int) -> Reading | None:
    """The note on a text that was read in several windows."""
    return Reading("windows", number) if number > 1 else None


def by_text(rows: Sequence[Window], outputs: Sequence[Output]) -> list[tuple[list[Window], list[Output]]]:
    """The windows of each text with their outputs."""
    texts = groupby(zip(rows, outputs, strict=True), key=lambda pair: pair[0].text)
    grouped = [list(pairs) for _, pairs in texts]
    return [([row for row, _ in pairs], [output for _, output in pairs]) for pairs in grouped]
