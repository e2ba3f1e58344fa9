"""Texts cut into the pieces that a model reads, by the tokenizers library alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tokenizers import Encoding, Tokenizer

from jobs.inference.worker.rows import Row, Window

FIELDS = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}


@dataclass(frozen=True)
class Marks:
    """The special tokens that tasks ask for; None where the model has none. `names` are what its model takes."""

    names: tuple[str, ...]
    padding: int
    mask: str | None = None
    mask_id: int | None = None
    first_id: int | None = None
    side: str = "right"


class Cutter(Protocol):
    """How the texts of one model are cut."""

    marks: Marks

    def read(self, texts: Sequence[str], pairs: Sequence[str] | None, longest: int) -> list[Row]:
        """A row a text, cut to `longest` tokens; of a text and its pair the longer is what gets cut."""

    def windows(self, texts: Sequence[str], pairs: Sequence[str] | None, longest: int) -> list[Window]:
        """Each text in as many windows as it needs, a quarter shared with the one before.

        With `pairs` every window begins with the text, and the pair is cut. CannotAnswer where the tokenizer cannot
        say which characters a token stands for.
        """

    def word(self, number: int) -> str:
        """The text of one token."""


class PieceCutter:
    """By the tokenizers library; its settings for cutting are those of the last call, so one thread at a time."""

    def __init__(self, backend: Tokenizer, marks: Marks) -> None:
        self.backend = backend
        self.marks = marks

    def read(self, texts: Sequence[str], pairs: Sequence[str] | None, longest: int) -> list[Row]:
        self.backend.no_padding()
        self.backend.no_truncation()
        inputs = list(zip(texts, pairs, strict=True)) if pairs is not None else list(texts)
        whole = self.backend.encode_batch(inputs)
        lengths = [len(encoded.ids) for encoded in whole]
        cut = whole
        if max(lengths) > longest:
            self.backend.enable_truncation(longest, strategy="longest_first", direction=self.marks.side)
            cut = self.backend.encode_batch(inputs)
        return [Row(self._tokens(encoded), length) for encoded, length in zip(cut, lengths, strict=True)]

    def windows(self, texts: Sequence[str], pairs: Sequence[str] | None, longest: int) -> list[Window]:
        self.backend.no_padding()
        self.backend.enable_truncation(
            longest,
            stride=longest // 4,
            strategy="only_second" if pairs is not None else "longest_first",
            direction=self.marks.side,
        )
        inputs = list(zip(texts, pairs, strict=True)) if pairs is not None else list(texts)
        return [
            Window(
                self._tokens(each),
                len(each.ids),
                text=at,
                words=each.word_ids,
                parts=each.sequence_ids,
                offsets=each.offsets,
            )
            for at, encoded in enumerate(self.backend.encode_batch(inputs))
            for each in (encoded, *encoded.overflowing)
        ]

    def word(self, number: int) -> str:
        return str(self.backend.decode([number], skip_special_tokens=False))

    def _tokens(self, encoded: Encoding) -> dict[str, list[int]]:
        return {name: getattr(encoded, FIELDS[name]) for name in self.marks.names}
