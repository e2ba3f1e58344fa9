"""Text classification with any number of classes a row: columns, rows, checks, tokens and figures. Torch-free.

Classes are counted as entities are (jobs/training/entities.py): right, predicted and true ones of each row and kind.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt
from datasets import ClassLabel, Dataset, Value

from core.figures import Figure
from core.recipe import Roles, pipeline_of
from jobs.training.columns import LABEL_NAMES, by_name, inner, is_plain, is_text, listing
from jobs.training.entities import Hits, f1_margin, figures_by_kind, precision_recall_f1
from jobs.training.errors import DataError
from jobs.training.labelled import absent, ensure_any, ensure_enough, ensure_enough_of_each, named
from jobs.training.tasks import CardTable, Cell, Encoded, Guess, Logits, SplitRows, TrainingData, named_head
from jobs.training.texts import TextRows, TextTask, choose_texts, encode_texts, label_among, read_texts, text_sources

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from jobs.training.charts import Panel

C = TypeVar("C")
MAXIMUM_CLASSES = 1000
_SEPARATORS = re.compile(r"\s*[|;]\s*")
# Text is clearly several classes where so many rows have more than one, and so few classes stand in all of them.
_SEVERAL, _CLASSES_A_ROW = 0.1, 0.2
_SAMPLE_ROWS = 2000
_OFTEN = 0.5


@dataclass(frozen=True)
class ManyLabelledTexts(TextRows):
    """Rows of one split, as parallel lists; each has a list of class names, which may be empty."""

    labels: list[list[str]]

    def answers(self) -> list[str]:
        return [", ".join(sorted(labels)) for labels in self.labels]

    def groups(self) -> list[str]:
        """The rarest class of a row, so that each split gets some of it."""
        counts = self.counts()
        return [min(labels, key=lambda label: (counts[label], label)) if labels else "" for labels in self.labels]

    def counts(self) -> Counter[str]:
        """In how many rows each class is."""
        return Counter(label for labels in self.labels for label in labels)

    def renamed(self, names: Mapping[str, str]) -> "ManyLabelledTexts":
        return ManyLabelledTexts(self.texts, self.pairs, [[names[label] for label in labels] for labels in self.labels])


@dataclass(frozen=True)
class ManyLabelAssessment:
    """A classifier's answers on `examples`: every class that is likelier than not.

    `commonest` is the F1 of always answering the commonest training class.
    """

    examples: ManyLabelledTexts
    predicted: npt.NDArray[np.bool_]
    names: list[str]
    commonest: float

    @cached_property
    def true(self) -> npt.NDArray[np.bool_]:
        """Which classes each row has, in id order."""
        return _matrix(self.examples.labels, self.names).astype(bool)

    @cached_property
    def hits(self) -> Hits:
        """What is right, predicted and true, by row and class."""
        return np.stack([self.true & self.predicted, self.predicted, self.true], axis=-1).astype(np.int64)

    def figures(self, *, margins: bool) -> tuple[Figure, ...]:
        precision, recall, f1 = (float(share) for share in precision_recall_f1(self.hits.sum(axis=(0, 1))))
        margin = f1_margin(self.hits) if margins else None
        return (
            replace(MultiLabelClassification.main, value=f1, margin=margin),
            Figure("macro_f1", "macro F1", self._macro_f1()),
            Figure("precision", "precision", precision),
            Figure("recall", "recall", recall),
            Figure("subset_accuracy", "all classes right", float((self.true == self.predicted).all(axis=1).mean())),
        )

    def _macro_f1(self) -> float:
        """Mean F1 of the classes that are true or predicted anywhere."""
        totals = self.hits.sum(axis=0)
        present = totals.sum(axis=1) > 0
        return float(precision_recall_f1(totals[present])[:, 2].mean()) if present.any() else 0.0

    def metrics(self) -> dict[str, float | int]:
        return {"commonest_f1": self.commonest, "classes": int(self.true.sum())}

    def predictions(self) -> Iterator[dict[str, Cell]]:
        for at, labels in enumerate(self.examples.labels):
            found = [self.names[label] for label in np.flatnonzero(self.predicted[at])]
            yield {**self.examples.shown(at), "labels": labels, "predicted": found}

    def panel(self) -> "Panel":
        from jobs.training.charts import shares_panel

        by_class = figures_by_kind(self.hits, self.names)
        parts = [f"{one.kind} {one.f1:.3f} ({one.entities:,} test rows)" for one in by_class]
        return shares_panel({one.kind: one.f1 for one in by_class}, "F1 by class", f"F1 by class: {', '.join(parts)}.")

    def overall(self) -> CardTable:
        f1, *others = self.figures(margins=True)
        margin = "" if f1.margin is None else f" ± {f1.margin:.3f} (95 %, bootstrap over rows)"
        rows = [
            ["micro F1", f"{f1.value:.3f}{margin}"],
            ["micro F1 of always the commonest class", f"{self.commonest:.3f}"],
            *([one.words, f"{one.value:.3f}"] for one in others),
        ]
        return CardTable(["", "test"], rows)

    def by_label(self) -> CardTable:
        rows = [
            [one.kind, f"{one.precision:.3f}", f"{one.recall:.3f}", f"{one.f1:.3f}", f"{one.entities:,}"]
            for one in figures_by_kind(self.hits, self.names)
        ]
        return CardTable(["class", "precision", "recall", "F1", "rows"], rows)

    def details(self) -> dict[str, object]:
        return {"classes": [asdict(one) for one in figures_by_kind(self.hits, self.names)], "labels": self.names}


class MultiLabelClassification(TextTask):
    """Says of each of several classes whether a text, or a pair of texts, is of it."""

    name = "multi-label-classification"
    aim = "find all classes of a text"
    needs = "a text and a list of classes a row, or classes with `|` or `;` between them"
    learned = "list of classes"
    main = Figure("f1", "micro F1", None, is_main=True)
    index_names: Mapping[str, str] = {
        "f1": "Micro F1",
        "macro_f1": "Macro F1",
        "precision": "Precision",
        "recall": "Recall",
        "subset_accuracy": "Subset accuracy",
    }

    def choose(self, rows: Dataset, asked: Roles) -> Guess:
        lists = [name for name in rows.features if _is_list_of_classes(rows.features[name])]
        texts = [name for name in rows.features if is_text(rows.features[name]) and _are_several(rows, name)]
        few = [name for name in lists if _are_few(rows, name)]
        label = label_among(rows, asked, [*lists, *texts], [*few, *texts])
        return {**choose_texts(rows, asked, label), "label": label}

    def suits(self, rows: Dataset, asked: Roles, columns: Roles) -> bool:
        label = columns["label"]
        if is_text(rows.features[label]):
            is_list = _are_several(rows, label)
        else:
            is_list = _is_list_of_classes(rows.features[label])
        return is_list and ("label" in asked or not _has_one_class(rows, columns))

    def is_labelled(self, rows: Dataset, columns: Roles) -> bool:
        column = columns["label"]
        return column in rows.features and any(_class_lists(rows, column))

    def read(self, rows: Dataset, columns: Roles) -> SplitRows[ManyLabelledTexts]:
        if len(rows) == 0:
            return SplitRows(ManyLabelledTexts([], None, []))
        texts, pairs, filled = read_texts(rows, columns)
        labels = _class_lists(rows, columns["label"])
        unlabelled = labels.count(None)
        whole = [at for at in filled if labels[at] is not None]
        examples = ManyLabelledTexts(texts, pairs, [each or [] for each in labels]).select(whole)
        return SplitRows(examples, len(texts) - len(whole) - unlabelled, unlabelled)

    def row_answers(self, rows: Dataset, column: str) -> list[str | None]:
        try:
            return [None if labels is None else ", ".join(sorted(labels)) for labels in _class_lists(rows, column)]
        except DataError:
            return super().row_answers(rows, column)

    def labels(self, rows: Dataset, columns: Roles, parts: Sequence[ManyLabelledTexts]) -> list[str]:
        feature = inner(rows.features[columns["label"]])
        if isinstance(feature, ClassLabel):
            return list(feature.names)
        return sorted({label for part in parts for label in part.counts()})

    def check(self, examples: ManyLabelledTexts, columns: Roles) -> None:
        rows, counts, column = len(examples), examples.counts(), columns["label"]
        ensure_any(rows, "a text")
        if not counts:
            raise DataError(f"No row has a class in the column `{column}`. Choose another with `label=…`.")
        if len(counts) > MAXIMUM_CLASSES:
            raise DataError(f"The column `{column}` has {len(counts):,} classes; {MAXIMUM_CLASSES:,} at most.")
        if all(count == rows for count in counts.values()):
            raise DataError(f"Every row has all classes ({listing(sorted(counts))}): there is nothing to tell apart.")
        ensure_enough(rows)
        ensure_enough_of_each(counts, "class")

    def lack(self, examples: ManyLabelledTexts) -> str:
        return "" if examples.counts() else "rows without a class"

    def imbalance(self, examples: ManyLabelledTexts, rows: str) -> list[str]:  # noqa: ARG002
        """Most rows have few of the classes in any such data, and F1 does not count what they have not."""
        return []

    def oddities(self, examples: ManyLabelledTexts, labels: Sequence[str]) -> list[str]:
        return absent(labels, examples.counts(), "No training row is of the class")

    def summary(self, data: TrainingData[ManyLabelledTexts]) -> dict[str, object]:
        counts = data.train.counts()
        return {"classes": {label: counts[label] for label in data.labels}}

    def head(self, labels: Sequence[str]) -> dict[str, object]:
        return named_head(labels) | {"problem_type": "multi_label_classification"}

    def encode(
        self,
        examples: ManyLabelledTexts,
        labels: Sequence[str],
        tokenizer: "PreTrainedTokenizerBase",
        max_length: int,
    ) -> Encoded:
        return encode_texts(examples, _matrix(examples.labels, labels).tolist(), tokenizer, max_length)

    def assess(
        self,
        data: TrainingData[ManyLabelledTexts],
        examples: ManyLabelledTexts,
        encoded: Encoded,  # noqa: ARG002  # a row has one answer, however many tokens it has
        logits: Logits,
    ) -> ManyLabelAssessment:
        return ManyLabelAssessment(examples, np.asarray(logits) > 0, data.labels, _commonest(data, examples))

    def purpose(self, labels: Sequence[str]) -> str:
        return f"say which of {len(labels)} classes a text is of, each for itself: {named(labels)}"

    def sources(self, columns: Roles) -> str:
        return f"{text_sources(columns)}, classes from `{columns['label']}`"

    def usage(self, model: str) -> str:
        return (
            f'classify = pipeline("{pipeline_of(self.name)}", model="{model}", top_k=None)\n'
            f'print([each["label"] for each in classify(["A text."])[0] if each["score"] > {_OFTEN}])'
        )


def _is_list_of_classes(feature: object) -> bool:
    held = inner(feature)
    is_number = isinstance(held, Value) and held.dtype.startswith(("int", "uint"))
    return isinstance(held, ClassLabel) or is_text(held) or is_number or held == Value("null")


def _are_few(rows: Dataset, column: str) -> bool:
    """Whether these are classes rather than, say, words: they come again and again."""
    cells = rows[column][:_SAMPLE_ROWS]
    classes = {label for cell in cells for label in cell or ()}
    return len(classes) <= len(cells) * _CLASSES_A_ROW


def _are_several(rows: Dataset, column: str) -> bool:
    """Whether a column of text clearly has several classes a row."""
    cells = [cell for cell in rows[column][:_SAMPLE_ROWS] if cell and cell.strip()]
    parts = [_SEPARATORS.split(cell.strip()) for cell in cells]
    if sum(len(each) > 1 for each in parts) < max(1, len(cells) * _SEVERAL):
        return False
    classes = {part for each in parts for part in each}
    return "" not in classes and len(classes) <= len(cells) * _CLASSES_A_ROW


def _has_one_class(rows: Dataset, columns: Roles) -> bool:
    """Whether another column has one class a row, by its name or as declared."""
    plain = [name for name in rows.features if is_plain(rows.features[name]) and name not in columns.values()]
    return by_name(LABEL_NAMES, plain) is not None or any(isinstance(rows.features[n], ClassLabel) for n in plain)


def _class_lists(rows: Dataset, column: str) -> list[list[str] | None]:
    """The classes of each row, None where there is no list. Raises DataError for a column that holds something else."""
    feature, cells = rows.features[column], rows[column][:]
    if is_text(feature):
        _ensure_told_apart(cells, column)
        return [_SEPARATORS.split(cell.strip()) if cell and cell.strip() else None for cell in cells]
    if not _is_list_of_classes(feature):
        fitting = [name for name in rows.features if _is_list_of_classes(rows.features[name])]
        raise DataError(f"The column `{column}` does not hold lists of classes. Columns that do: {listing(fitting)}.")
    held = inner(feature)
    if isinstance(held, ClassLabel):
        names = held.names
        return [_whole(cell, lambda one: names[one] if one >= 0 else "") for cell in cells]
    if not is_text(held):
        _ensure_named(cells, column)
    return [_whole(cell, lambda one: str(one).strip()) for cell in cells]


def _whole(cell: Sequence[C | None] | None, name: Callable[[C], str]) -> list[str] | None:
    """Each class of a cell once; None where there is no list."""
    if cell is None:
        return None
    return [label for label in dict.fromkeys(name(one) for one in cell if one is not None) if label]


def _ensure_told_apart(cells: Sequence[str | None], column: str) -> None:
    """Raise DataError where classes seem to have commas between them, which may be part of a name."""
    filled = [cell for cell in cells if cell]
    if any(_SEPARATORS.search(cell) for cell in filled) or sum("," in cell for cell in filled) <= _OFTEN * len(filled):
        return
    raise DataError(f"The classes in `{column}` have commas between them. Write `|` or `;` there, or a list.")


def _ensure_named(cells: Sequence[Sequence[int | None] | None], column: str) -> None:
    """Raise DataError for lists that have a 0 or a 1 for each class: they do not say what the classes are called."""
    filled = [cell for cell in cells if cell]
    lengths, values = {len(cell) for cell in filled}, {one for cell in filled for one in cell}
    if len(lengths) == 1 and max(lengths) > 1 and values == {0, 1}:
        raise DataError(f"The lists in `{column}` are 0s and 1s. Write the names of the classes that each row has.")


def _matrix(labels: Sequence[Sequence[str]], names: Sequence[str]) -> npt.NDArray[np.float32]:
    """A row of 0s and 1s for each, in id order."""
    ids = {label: at for at, label in enumerate(names)}
    matrix = np.zeros((len(labels), len(names)), dtype=np.float32)
    for at, each in enumerate(labels):
        matrix[at, [ids[label] for label in each]] = 1
    return matrix


def _commonest(data: TrainingData[ManyLabelledTexts], rows: ManyLabelledTexts) -> float:
    """Micro F1 of always answering the commonest training class alone."""
    commonest = data.train.counts().most_common(1)[0][0]
    counts = rows.counts()
    return 2 * counts[commonest] / max(len(rows) + sum(counts.values()), 1)


TASK = MultiLabelClassification()
