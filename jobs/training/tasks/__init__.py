"""What differs from one training task to the next; the rest of the worker, and the examiner, know no task by name.

A task is one file here, named like the task, whose `TASK` is the object. Its upper half (columns, rows, checks,
figures) must stay torch-free: the examiner reads it too, and has to be quick. What tasks with labels do alike is in
`jobs/training/labelled.py`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeVar

import numpy as np
import numpy.typing as npt
from datasets import Dataset
from typing_extensions import TypeVar as DefaultTypeVar

from core.figures import Figure
from core.recipe import Roles

if TYPE_CHECKING:
    from transformers import BaseImageProcessor, PreTrainedModel, PreTrainedTokenizerBase, SequenceFeatureExtractor

    from jobs.training.charts import Panel

    Processor = PreTrainedTokenizerBase | BaseImageProcessor | SequenceFeatureExtractor

Reads = Literal["texts", "words", "images", "sounds"]
Logits = npt.NDArray[np.float32]
Guess = dict[str, str | None]
Cell = str | int | float | None | list[str]
Self = TypeVar("Self", bound="Examples")


class Examples(Protocol):
    """Rows of one split as the task reads them."""

    def __len__(self) -> int: ...

    def select(self: Self, indices: Iterable[int]) -> Self:
        """These rows, in this order."""

    def keys(self) -> list[str]:
        """What two rows share when one would give the other away."""

    def answers(self) -> list[str]:
        """What is to be learned of each row, as one text."""

    def groups(self) -> list[str]:
        """The group of each row; a split that is made, and a limit, keep each group's share."""

    def counts(self) -> Counter[str]:
        """How often each label stands there."""

    def renamed(self: Self, names: Mapping[str, str]) -> Self:
        """The same rows with other names of labels."""

    def fingerprint(self) -> str:
        """Same rows in the same order, same fingerprint."""


E = TypeVar("E", bound=Examples)


@dataclass(frozen=True)
class SplitRows(Generic[E]):
    """The rows of a split that can be learned from, and how many are left out: without content, without an answer.

    `unreadable` are those whose content is no such thing, by what is wrong with it.
    """

    examples: E
    empty: int = 0
    unlabelled: int = 0
    unreadable: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class RowTexts:
    """Every row of a split as it stands: its text, what it shares with rows alike, its answer or None."""

    texts: list[str]
    keys: list[str]
    answers: list[str | None]


@dataclass
class TrainingData(Generic[E]):
    """What a run learns from and is judged by; `labels` are names in id order."""

    train: E
    validation: E
    test: E
    labels: list[str]
    made: list[str] = field(default_factory=list)
    empty: int = 0
    unlabelled: int = 0
    unreadable: Counter[str] = field(default_factory=Counter)
    leaking: int = 0
    warnings: list[str] = field(default_factory=list)


class Rows(Protocol):
    """Rows as the model takes them, with their answers; each may be made when it is asked for."""

    def __len__(self) -> int: ...

    def __getitem__(self, at: int, /) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Reordered:
    """Rows in another order."""

    rows: Rows
    order: Sequence[int]

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, at: int, /) -> dict[str, Any]:
        return self.rows[self.order[at]]


@dataclass(frozen=True)
class Encoded:
    """Rows for the model, in the order of the examples; `truncated` of them did not fit.

    `pieces` has the first piece of each word that was not cut off, where rows are words; `sizes` how long each row is,
    where it has no tokens.
    """

    rows: Rows
    truncated: int
    pieces: tuple[Mapping[int, int], ...] = ()
    sizes: Sequence[int] | None = None

    def lengths(self) -> Sequence[int]:
        """How long each row is: rows of about the same length go well together."""
        if self.sizes is not None:
            return self.sizes
        return [len(self.rows[at]["input_ids"]) for at in range(len(self.rows))]

    def in_order(self, order: Sequence[int]) -> Rows:
        """The rows at these places, in this order."""
        return Reordered(self.rows, order)


@dataclass(frozen=True)
class CardTable:
    """A table of a model card; all columns but the first are numbers."""

    head: list[str]
    rows: list[list[str]]


class Assessment(Protocol):
    """How a model did on rows whose answers are known."""

    def figures(self, *, margins: bool) -> tuple[Figure, ...]:
        """The main figure and others, with their 95 % intervals where `margins` are asked for."""

    def metrics(self) -> dict[str, float | int]:
        """What the `finished` event tells beside the figures."""

    def predictions(self) -> Iterator[dict[str, Cell]]:
        """One entry a row, in the split's order."""

    def panel(self) -> "Panel":
        """The part of the run's picture that fits the task."""

    def overall(self) -> CardTable:
        """The figures for the model card."""

    def by_label(self) -> CardTable:
        """Figures of each label, for the model card."""

    def details(self) -> dict[str, object]:
        """What `metrics.json` has of it beside the metrics."""


# What rows are made ready for the model with; a task that is any has any.
P_contra = DefaultTypeVar("P_contra", contravariant=True, default=Any)


class TrainingTask(Protocol[E, P_contra]):
    """One training task."""

    name: str
    """What the task is called, as its file and in `task=`."""
    aim: str
    """What a model learns, after `to`."""
    needs: str
    """What the columns of its data hold, after `needs`."""
    learned: str
    """What is to be learned of a row, in a word."""
    auto: str
    """The class of transformers that adds the head: `AutoModelFor…`."""
    ability: str
    """What a base must be able to do, after `cannot`."""
    main: Figure
    """The figure that decides what is best, without its value."""
    reads: Reads
    """What is in a row, and so what it is read with: a tokenizer, an image processor or a feature extractor."""
    content: str
    """What people call the content of one row: a text, a picture."""
    index_names: Mapping[str, str]
    """Figures by name, as the model index on the Hub calls them."""

    def choose(self, rows: Dataset, asked: Roles) -> Guess:
        """Columns by role: those asked for, and a guess for each other one; None where nothing fits.

        Raises DataError where a column that was asked for is missing or cannot be what it is meant for.
        """

    def tokens(self, rows: Dataset, columns: Roles) -> float:
        """About how many tokens, or what costs as much, a row has on average."""

    def suits(self, rows: Dataset, asked: Roles, columns: Roles) -> bool:
        """Whether data with these columns, of which some were asked for, is learned so where nobody said how."""

    def is_labelled(self, rows: Dataset, columns: Roles) -> bool:
        """Whether any row has its answer."""

    def row_texts(self, rows: Dataset, columns: Roles) -> RowTexts:
        """All rows, also those that cannot be learned from; `columns` may lack the label."""

    def read(self, rows: Dataset, columns: Roles) -> SplitRows[E]:
        """The rows with content and an answer. Raises DataError for a row that cannot be learned from."""

    def labels(self, rows: Dataset, columns: Roles, parts: Sequence[E]) -> list[str]:
        """Names in id order: as declared in `rows`, else those that stand in `parts`."""

    def check(self, examples: E, columns: Roles) -> None:
        """Raise DataError with one sentence when these rows are no training split."""

    def lack(self, examples: E) -> str:
        """What a limited training split has `… only`; empty where there is enough to tell apart."""

    def imbalance(self, examples: E, rows: str) -> list[str]:
        """A sentence where one answer is so common that a figure misleads; `rows` is what the examples are called."""

    def oddities(self, examples: E, labels: Sequence[str]) -> list[str]:
        """What a person should know of the training rows, one sentence each."""

    def spread(self, examples: E) -> str:
        """What the plan says of the answers where they are no labels; else empty."""

    def summary(self, data: TrainingData[E]) -> dict[str, object]:
        """What the `data` event tells of the labels."""

    def head(self, labels: Sequence[str]) -> dict[str, object]:
        """Options of the model's config for these labels."""

    def encode(self, examples: E, labels: Sequence[str], processor: P_contra, max_length: int) -> Encoded:
        """Rows as the model reads them, and answers, without padding; `max_length` is that of texts, in tokens."""

    def collator(self, processor: P_contra, multiple: int | None) -> Any:
        """What makes a batch of encoded rows, padded to the longest of them."""

    def limit(self, max_length: int) -> str:
        """What a row is cut to that is longer, in words; empty where nothing is cut."""

    def in_training(self, model: "PreTrainedModel", data: TrainingData[E]) -> AbstractContextManager[None]:
        """The model as it is trained, the test included; afterwards it is as it is used."""

    def assess(self, data: TrainingData[E], examples: E, encoded: Encoded, logits: Logits) -> Assessment:
        """Compares the model's answers on `examples` with theirs."""

    def purpose(self, labels: Sequence[str]) -> str:
        """What the model was fine-tuned for, after `to`; for its card."""

    def sources(self, columns: Roles) -> str:
        """Which column is read as what; for the card."""

    def usage(self, model: str) -> str:
        """Python that asks the model something; for the card."""


def training_task(name: str) -> TrainingTask[Any]:
    """The task with this name, one of `core.recipe.TRAINING_TASKS`."""
    task: TrainingTask[Any] = import_module(f"jobs.training.tasks.{name.replace('-', '_')}").TASK
    return task


def place_of(rows: Dataset, at: int) -> str:
    """Which row it is, at the start of a sentence."""
    return f"Row {at + 1}" + (f" of `{rows.split}`" if rows.split else "")


def named_head(labels: Sequence[str]) -> dict[str, object]:
    """The config of a model that chooses among labels."""
    return {
        "num_labels": len(labels),
        "id2label": dict(enumerate(labels)),
        "label2id": {label: i for i, label in enumerate(labels)},
    }


def probabilities(logits: Logits) -> Logits:
    """Softmax over the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: Logits = powers / powers.sum(axis=-1, keepdims=True)
    return shares
