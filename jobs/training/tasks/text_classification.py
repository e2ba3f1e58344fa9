"""Text classification, one class a row: columns, rows, checks, tokens and figures. Torch-free when imported."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from datasets import Dataset

from core.recipe import Roles
from jobs.training.classes import ClassRows, ClassTask
from jobs.training.columns import choose_columns, require_column
from jobs.training.data import class_names
from jobs.training.errors import DataError
from jobs.training.labelled import cut_off, named, rows_of, tokens_of
from jobs.training.tasks import Cell, Encoded, Guess, Reads, RowTexts, SplitRows

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True)
class LabelledTexts(ClassRows):
    """Rows of one split, as parallel lists; `labels` are class names."""

    texts: list[str]
    pairs: list[str] | None
    labels: list[str]

    def keys(self) -> list[str]:
        """The text without case and spacing."""
        pairs = self.pairs or [""] * len(self)
        return [" ".join(f"{a} \0 {b}".casefold().split()) for a, b in zip(self.texts, pairs, strict=True)]

    def renamed(self, names: Mapping[str, str]) -> "LabelledTexts":
        return LabelledTexts(self.texts, self.pairs, [names[label] for label in self.labels])

    def shown(self, at: int) -> dict[str, Cell]:
        return {"text": self.texts[at], "text_pair": self.pairs[at] if self.pairs is not None else None}


class TextClassification(ClassTask[LabelledTexts]):
    """Sorts a text, or a pair of texts, into one of several classes."""

    name = "text-classification"
    auto = "AutoModelForSequenceClassification"
    ability = "classify text"
    reads: Reads = "texts"
    content = "text"

    def choose(self, rows: Dataset, text: str | None, label: str | None) -> Guess:
        choice = choose_columns(rows, text, label)
        pair = {"text_pair": choice.text_pair} if choice.text_pair else {}
        return {"text": choice.text, **pair, "label": choice.label}

    def tokens(self, rows: Dataset, columns: Roles) -> float:
        read = [rows[columns[role]][:] for role in ("text", "text_pair") if role in columns]
        return tokens_of([sum(len(cell or "") for cell in cells) for cells in zip(*read, strict=True)])

    def row_texts(self, rows: Dataset, columns: Roles) -> RowTexts:
        text, pair, label = columns["text"], columns.get("text_pair"), columns.get("label", "")
        texts = [cell or "" for cell in rows[text][:]]
        pairs = [cell or "" for cell in rows[pair][:]] if pair else None
        answers: list[str | None] = [None] * len(texts)
        if label in rows.features:
            answers = class_names(rows, label)
        shown = [" ".join(both) for both in zip(texts, pairs, strict=True)] if pairs else texts
        return RowTexts(shown, LabelledTexts(texts, pairs, texts).keys(), answers)

    def read(self, rows: Dataset, columns: Roles) -> SplitRows[LabelledTexts]:
        if len(rows) == 0:
            return SplitRows(LabelledTexts([], None, []))
        text, pair, label = columns["text"], columns.get("text_pair"), columns["label"]
        require_column(rows.features, text, "text")
        require_column(rows.features, label, "label")
        if pair:
            require_column(rows.features, pair, "text")
        labels = class_names(rows, label)
        unlabelled = labels.count(None)
        if unlabelled == len(labels):
            raise DataError(f"No row has a value in the column `{label}`. Choose another with `label=…`.")
        texts = [cell or "" for cell in rows[text][:]]
        pairs = [cell or "" for cell in rows[pair][:]] if pair else None
        whole = [i for i, text in enumerate(texts) if text.strip() and labels[i] is not None]
        examples = LabelledTexts(texts, pairs, [label or "" for label in labels]).select(whole)
        return SplitRows(examples, len(texts) - len(whole) - unlabelled, unlabelled)

    def encode(
        self, examples: LabelledTexts, labels: Sequence[str], tokenizer: "PreTrainedTokenizerBase", max_length: int
    ) -> Encoded:
        ids = {label: i for i, label in enumerate(labels)}
        encoded = tokenizer(examples.texts, examples.pairs, truncation=True, max_length=max_length)
        rows = rows_of(encoded, tokenizer, [ids[label] for label in examples.labels])
        full = sum(len(row["input_ids"]) >= max_length for row in rows)
        return Encoded(rows, cut_off(encoded) if encoded.encodings else full)

    def collator(self, tokenizer: "PreTrainedTokenizerBase", multiple: int | None) -> Any:
        from transformers import DataCollatorWithPadding

        return DataCollatorWithPadding(tokenizer, pad_to_multiple_of=multiple)

    def limit(self, max_length: int) -> str:
        return f"{max_length} tokens"

    def purpose(self, labels: Sequence[str]) -> str:
        return f"sort a text into one of {len(labels)} classes: {named(labels)}"

    def sources(self, columns: Roles) -> str:
        pair = f" and `{columns['text_pair']}`" if "text_pair" in columns else ""
        return f"text from `{columns['text']}`{pair}, class from `{columns['label']}`"

    def usage(self, model: str) -> str:
        return f'classify = pipeline("{self.name}", model="{model}")\nprint(classify("A text to sort."))'


TASK = TextClassification()
