"""Text classification, one class a row: columns, rows, checks, tokens and figures. Torch-free when imported."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from datasets import Dataset

from core.figures import Figure
from core.recipe import Roles
from jobs.training.columns import choose_columns, require_column
from jobs.training.data import class_names, ordered_labels
from jobs.training.errors import DataError
from jobs.training.labelled import (
    MINIMUM_ROWS,
    absent,
    ensure_any,
    ensure_enough,
    ensure_enough_of_each,
    named,
)
from jobs.training.metrics import Counts, accuracy, class_figures, confusion_matrix, macro_f1, wilson_half_width
from jobs.training.tasks import (
    CardTable,
    Cell,
    Encoded,
    Guess,
    Logits,
    SplitRows,
    TrainingData,
    named_head,
    probabilities,
)
from jobs.training.texts import TextRows, TextTask, encode_texts, read_texts, text_sources

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from jobs.training.charts import Panel

MAXIMUM_CLASSES = 1000
IMBALANCE = 0.8


@dataclass(frozen=True)
class LabelledTexts(TextRows):
    """Rows of one split, as parallel lists; `labels` are class names."""

    labels: list[str]

    def answers(self) -> list[str]:
        return self.labels

    def groups(self) -> list[str]:
        return self.labels

    def counts(self) -> Counter[str]:
        return Counter(self.labels)

    def renamed(self, names: Mapping[str, str]) -> "LabelledTexts":
        return LabelledTexts(self.texts, self.pairs, [names[label] for label in self.labels])


@dataclass(frozen=True)
class ClassAssessment:
    """A classifier's answers on `examples`; `majority` is what always answering the commonest class gets right."""

    examples: LabelledTexts
    logits: Logits
    names: list[str]
    majority: float

    @cached_property
    def confusion(self) -> Counts:
        """Rows are true classes, columns predicted ones."""
        ids = {label: i for i, label in enumerate(self.names)}
        true = [ids[label] for label in self.examples.labels]
        return confusion_matrix(true, self.logits.argmax(axis=1), len(self.names))

    def figures(self, *, margins: bool) -> tuple[Figure, ...]:
        share = accuracy(self.confusion)
        margin = wilson_half_width(share, len(self.examples)) if margins else None
        return (
            replace(TextClassification.main, value=share, margin=margin),
            Figure("f1", "F1", macro_f1(self.confusion)),
        )

    def metrics(self) -> dict[str, float | int]:
        return {"majority": self.majority}

    def predictions(self) -> Iterator[dict[str, Cell]]:
        for index, scores in enumerate(probabilities(self.logits)):
            best = int(scores.argmax())
            yield {
                **self.examples.shown(index),
                "label": self.examples.labels[index],
                "predicted": self.names[best],
                "score": round(float(scores[best]), 6),
            }

    def panel(self) -> "Panel":
        from jobs.training.charts import confusion_panel

        return confusion_panel(self.confusion, self.names)

    def overall(self) -> CardTable:
        main, f1 = self.figures(margins=True)
        rows = [
            ["accuracy", f"{main.value:.3f} ± {main.margin:.3f} (95 %, Wilson)"],
            ["always answering the commonest class", f"{self.majority:.3f}"],
            ["macro F1", f"{f1.value:.3f}"],
        ]
        return CardTable(["", "test"], rows)

    def by_label(self) -> CardTable:
        rows = [
            [one.label, f"{one.precision:.3f}", f"{one.recall:.3f}", f"{one.f1:.3f}", f"{one.rows:,}"]
            for one in class_figures(self.confusion, self.names)
        ]
        return CardTable(["class", "precision", "recall", "F1", "rows"], rows)

    def details(self) -> dict[str, object]:
        classes = [asdict(one) for one in class_figures(self.confusion, self.names)]
        return {"classes": classes, "labels": self.names, "confusion": self.confusion.tolist()}


class TextClassification(TextTask):
    """Sorts a text, or a pair of texts, into one of several classes."""

    name = "text-classification"
    aim = "sort texts into classes"
    needs = "a text and a class a row"
    main = Figure("accuracy", "accuracy", None, is_main=True)
    index_names: Mapping[str, str] = {"accuracy": "Accuracy", "f1": "Macro F1"}

    def choose(self, rows: Dataset, asked: Roles) -> Guess:
        choice = choose_columns(rows, asked.get("text"), asked.get("label"), asked.get("text_pair"))
        pair = {"text_pair": choice.text_pair} if choice.text_pair else {}
        return {"text": choice.text, **pair, "label": choice.label}

    def is_labelled(self, rows: Dataset, columns: Roles) -> bool:
        column = columns["label"]
        return column in rows.features and any(label is not None for label in class_names(rows, column))

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

    def labels(self, rows: Dataset, columns: Roles, parts: Sequence[LabelledTexts]) -> list[str]:
        return ordered_labels(rows, columns["label"], (label for part in parts for label in part.labels))

    def check(self, examples: LabelledTexts, columns: Roles) -> None:
        rows, counts = len(examples), examples.counts()
        ensure_any(rows, "a text")
        if len(counts) > MAXIMUM_CLASSES or (rows >= MINIMUM_ROWS and len(counts) > rows / 2):
            raise DataError(
                f"The column `{columns['label']}` has {len(counts):,} different values in {rows:,} rows: "
                "it looks like an id, a number or text, not a class. Choose another with `label=…`."
            )
        if len(counts) == 1:
            only = next(iter(counts))
            raise DataError(f"Every row is of the class `{only}`. There must be at least two classes.")
        ensure_enough(rows)
        ensure_enough_of_each(counts, "class")

    def lack(self, examples: LabelledTexts) -> str:
        return "one class" if len(examples.counts()) == 1 else ""

    def imbalance(self, examples: LabelledTexts, rows: str) -> list[str]:
        label, count = examples.counts().most_common(1)[0]
        if count <= IMBALANCE * len(examples):
            return []
        return [f"{count / len(examples):.0%} of the {rows} are `{label}`: judge by F1, not accuracy."]

    def oddities(self, examples: LabelledTexts, labels: Sequence[str]) -> list[str]:
        sentences = absent(labels, examples.counts(), "No training row is of the class")
        return sentences + self.imbalance(examples, "training rows")

    def summary(self, data: TrainingData[LabelledTexts]) -> dict[str, object]:
        counts = data.train.counts()
        return {"classes": {label: counts[label] for label in data.labels}, "majority": _majority(data, data.test)}

    def head(self, labels: Sequence[str]) -> dict[str, object]:
        return named_head(labels) | {"problem_type": "single_label_classification"}

    def encode(
        self, examples: LabelledTexts, labels: Sequence[str], tokenizer: "PreTrainedTokenizerBase", max_length: int
    ) -> Encoded:
        ids = {label: i for i, label in enumerate(labels)}
        return encode_texts(examples, [ids[label] for label in examples.labels], tokenizer, max_length)

    def assess(
        self,
        data: TrainingData[LabelledTexts],
        examples: LabelledTexts,
        encoded: Encoded,  # noqa: ARG002  # a row has one answer, however many tokens it has
        logits: Logits,
    ) -> ClassAssessment:
        return ClassAssessment(examples, np.asarray(logits), data.labels, _majority(data, examples))

    def purpose(self, labels: Sequence[str]) -> str:
        return f"sort a text into one of {len(labels)} classes: {named(labels)}"

    def sources(self, columns: Roles) -> str:
        return f"{text_sources(columns)}, class from `{columns['label']}`"

    def usage(self, model: str) -> str:
        return f'classify = pipeline("{self.pipeline}", model="{model}")\nprint(classify("A text to sort."))'


def _majority(data: TrainingData[LabelledTexts], rows: LabelledTexts) -> float:
    """The share of rows that always answering the commonest training class gets right."""
    commonest = data.train.counts().most_common(1)[0][0]
    return rows.labels.count(commonest) / max(len(rows), 1)


TASK = TextClassification()
