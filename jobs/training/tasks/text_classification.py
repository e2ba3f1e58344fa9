"""Text classification, one class a row: columns, rows and tokens. Torch-free when imported."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from datasets import Dataset

from core.recipe import Roles, pipeline_of
from jobs.training.classes import ClassRows, ClassTask
from jobs.training.columns import choose_columns, require_column
from jobs.training.data import class_names
from jobs.training.errors import DataError
from jobs.training.labelled import named
from jobs.training.tasks import Encoded, Guess, SplitRows
from jobs.training.texts import TextRows, TextTask, encode_texts, read_texts, text_sources

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True)
class LabelledTexts(TextRows, ClassRows):
    """Rows of one split, as parallel lists; `labels` are class names."""

    labels: list[str]

    def renamed(self, names: Mapping[str, str]) -> "LabelledTexts":
        return LabelledTexts(self.texts, self.pairs, [names[label] for label in self.labels])


class TextClassification(ClassTask[LabelledTexts], TextTask):
    """Sorts a text, or a pair of texts, into one of several classes."""

    name = "text-classification"
    aim = "sort texts into classes"
    needs = "a text and a class a row"
    content = "text"

    def choose(self, rows: Dataset, asked: Roles) -> Guess:
        choice = choose_columns(rows, asked.get("text"), asked.get("label"), asked.get("text_pair"))
        pair = {"text_pair": choice.text_pair} if choice.text_pair else {}
        return {"text": choice.text, **pair, "label": choice.label}

    def read(self, rows: Dataset, columns: Roles) -> SplitRows[LabelledTexts]:
        if len(rows) == 0:
            return SplitRows(LabelledTexts([], None, []))
        label = columns["label"]
        texts, pairs, filled = read_texts(rows, columns)
        require_column(rows.features, label, "label")
        labels = class_names(rows, label)
        unlabelled = labels.count(None)
        if unlabelled == len(labels):
            raise DataError(f"No row has a value in the column `{label}`. Choose another with `label=…`.")
        whole = [i for i in filled if labels[i] is not None]
        examples = LabelledTexts(texts, pairs, [label or "" for label in labels]).select(whole)
        return SplitRows(examples, len(texts) - len(whole) - unlabelled, unlabelled)

    def encode(
        self, examples: LabelledTexts, labels: Sequence[str], tokenizer: "PreTrainedTokenizerBase", max_length: int
    ) -> Encoded:
        ids = {label: i for i, label in enumerate(labels)}
        return encode_texts(examples, [ids[label] for label in examples.labels], tokenizer, max_length)

    def purpose(self, labels: Sequence[str]) -> str:
        return f"sort a text into one of {len(labels)} classes: {named(labels)}"

    def sources(self, columns: Roles) -> str:
        return f"{text_sources(columns)}, class from `{columns['label']}`"

    def usage(self, model: str) -> str:
        return f'classify = pipeline("{pipeline_of(self.name)}", model="{model}")\nprint(classify("A text to sort."))'


TASK = TextClassification()
