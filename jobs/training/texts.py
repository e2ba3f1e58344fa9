"""What tasks do alike whose rows are a text, or a pair of texts, and what is to be learned of it. Torch-free."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from datasets import Dataset

from core.recipe import Roles
from jobs.training.columns import LABEL_NAMES, by_name, known_texts, listing, longest_text, require_column
from jobs.training.errors import DataError
from jobs.training.labelled import LabelTask, ParallelLists, cut_off, rows_of, tokens_of
from jobs.training.tasks import Cell, Encoded, Reads, RowTexts

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True)
class TextRows(ParallelLists):
    """Rows of one split, as parallel lists; what is to be learned follows in a third."""

    texts: list[str]
    pairs: list[str] | None

    def keys(self) -> list[str]:
        """The text without case and spacing."""
        pairs = self.pairs or [""] * len(self)
        return [" ".join(f"{a} \0 {b}".casefold().split()) for a, b in zip(self.texts, pairs, strict=True)]

    def shown(self, at: int) -> dict[str, Cell]:
        """The text of a row, and the second one, for a list of predictions."""
        return {"text": self.texts[at], "text_pair": self.pairs[at] if self.pairs is not None else None}


class TextTask(LabelTask):
    """The half of such a task that is about the texts."""

    auto = "AutoModelForSequenceClassification"
    ability = "classify text"
    reads: Reads = "texts"
    content = "text"

    def tokens(self, rows: Dataset, columns: Roles) -> float:
        """About how many tokens a row has on average."""
        texts, pairs = _cells(rows, columns)
        return tokens_of([len(text) + len(pair) for text, pair in zip(texts, pairs or [""] * len(texts), strict=True)])

    def row_texts(self, rows: Dataset, columns: Roles) -> RowTexts:
        """All rows, also those that cannot be learned from; `columns` may lack the label."""
        texts, pairs = _cells(rows, columns)
        label = columns.get("label", "")
        answers: list[str | None] = [None] * len(texts)
        if label in rows.features:
            answers = self.row_answers(rows, label)
        shown = [" ".join(both) for both in zip(texts, pairs, strict=True)] if pairs else texts
        return RowTexts(shown, TextRows(texts, pairs).keys(), answers)

    def row_answers(self, rows: Dataset, column: str) -> list[str | None]:
        """What stands in each row as its answer, whether or not it can be learned."""
        return [None if cell is None or cell == "" else str(cell) for cell in rows[column][:]]

    def limit(self, max_length: int) -> str:
        """What a longer text is cut to."""
        return f"{max_length} tokens"

    def collator(self, tokenizer: "PreTrainedTokenizerBase", multiple: int | None) -> Any:
        """What makes a padded batch of encoded rows."""
        from transformers import DataCollatorWithPadding

        return DataCollatorWithPadding(tokenizer, pad_to_multiple_of=multiple)


def choose_texts(rows: Dataset, asked: Roles, label: str | None) -> dict[str, str | None]:
    """The columns of the texts by role: those asked for, else by their names; the label is none of them."""
    text, pair = known_texts(rows, asked.get("text"), asked.get("text_pair"), label)
    text = text or longest_text(rows, [pair, label])
    return {"text": text, **({"text_pair": pair} if pair else {})}


def label_among(rows: Dataset, asked: Roles, fitting: Sequence[str], clear: Sequence[str]) -> str | None:
    """The label that was asked for, else the one of the fitting columns that is called so, or the only clear one."""
    label = asked.get("label")
    if label and label not in rows.features:
        raise DataError(f"There is no label column `{label}`. The columns are {listing(rows.features)}.")
    taken = asked.values()
    only = [name for name in clear if name not in taken]
    named = by_name(LABEL_NAMES, [name for name in fitting if name not in taken])
    return label or named or (only[0] if len(only) == 1 else None)


def read_texts(rows: Dataset, columns: Roles) -> tuple[list[str], list[str] | None, list[int]]:
    """Texts, second texts where rows are pairs, and the places of the rows that have a text."""
    for role in ("text", "text_pair"):
        if role in columns:
            require_column(rows.features, columns[role], "text")
    texts, pairs = _cells(rows, columns)
    return texts, pairs, [at for at, text in enumerate(texts) if text.strip()]


def _cells(rows: Dataset, columns: Roles) -> tuple[list[str], list[str] | None]:
    """Texts, and second texts where rows are pairs; an empty cell is an empty text."""
    pair = columns.get("text_pair")
    texts = [cell or "" for cell in rows[columns["text"]][:]]
    return texts, [cell or "" for cell in rows[pair][:]] if pair else None


def encode_texts(
    examples: TextRows, answers: Sequence[object], tokenizer: "PreTrainedTokenizerBase", max_length: int
) -> Encoded:
    """Token ids of the texts, with an answer a row."""
    encoded = tokenizer(examples.texts, examples.pairs, truncation=True, max_length=max_length)
    rows = rows_of(encoded, tokenizer, answers)
    full = sum(len(row["input_ids"]) >= max_length for row in rows)
    return Encoded(rows, cut_off(encoded) if encoded.encodings else full)


def text_sources(columns: Roles) -> str:
    """Which columns are read as texts; for the card."""
    pair = f" and `{columns['text_pair']}`" if "text_pair" in columns else ""
    return f"text from `{columns['text']}`{pair}"
