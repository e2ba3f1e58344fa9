"""Regression, a number a row: columns, rows, checks, tokens and figures. Torch-free when imported."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from datasets import Dataset, Value

from core.figures import Figure
from core.recipe import Roles, pipeline_of
from jobs.training.columns import choose_columns, is_text, listing
from jobs.training.errors import DataError
from jobs.training.labelled import ensure_any, ensure_enough
from jobs.training.numbers import (
    Numbers,
    mae,
    pearson,
    place,
    quarters,
    r2,
    rmse,
    shown,
    spearman,
    spearman_margin,
)
from jobs.training.tasks import CardTable, Cell, Encoded, Guess, Logits, SplitRows, TrainingData, place_of
from jobs.training.texts import (
    TextRows,
    TextTask,
    choose_texts,
    encode_texts,
    label_among,
    read_texts,
    text_sources,
)

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from jobs.training.charts import Panel

# Whole numbers with at most so many values are classes, and fewer values than the other are classes whatever they are.
MOST_CLASSES, FEWEST_NUMBERS = 20, 3


@dataclass(frozen=True)
class NumberedTexts(TextRows):
    """Rows of one split, as parallel lists of texts and numbers."""

    numbers: list[float]

    def answers(self) -> list[str]:
        return [str(number) for number in self.numbers]

    def groups(self) -> list[str]:
        """The quarter that the number is in."""
        values = np.array(self.numbers)
        return [str(part) for part in place(values, values)]

    def counts(self) -> Counter[str]:
        """There are no labels."""
        return Counter()

    def renamed(self, names: Mapping[str, str]) -> "NumberedTexts":  # noqa: ARG002
        return self


@dataclass(frozen=True)
class NumberAssessment:
    """A model's numbers for `examples`; `mean` is that of the training rows, which needs no model."""

    examples: NumberedTexts
    predicted: Numbers
    mean: float

    @cached_property
    def true(self) -> Numbers:
        return np.array(self.examples.numbers)

    @cached_property
    def errors(self) -> Numbers:
        """How much too high each prediction is."""
        return self.predicted - self.true

    def figures(self, *, margins: bool) -> tuple[Figure, ...]:
        margin = spearman_margin(self.true, self.predicted) if margins else None
        return (
            replace(Regression.main, value=spearman(self.true, self.predicted), margin=margin),
            Figure("pearson", "Pearson", pearson(self.true, self.predicted)),
            Figure("rmse", "RMSE", rmse(self.errors), higher_is_better=False),
            Figure("mae", "MAE", mae(self.errors), higher_is_better=False),
            Figure("r2", "R²", r2(self.errors, self.mean - self.true)),
        )

    def metrics(self) -> dict[str, float | int]:
        return {"mean_rmse": rmse(self.mean - self.true)}

    def predictions(self) -> Iterator[dict[str, Cell]]:
        for at, number in enumerate(self.examples.numbers):
            yield {**self.examples.shown(at), "label": number, "predicted": round(float(self.predicted[at]), 6)}

    def panel(self) -> "Panel":
        from jobs.training.charts import numbers_panel

        half, most = (shown(float(size)) for size in np.quantile(np.abs(self.errors), (0.5, 0.9)))
        bias = float(self.errors.mean())
        side = f"{shown(abs(bias))} too {'high' if bias > 0 else 'low'} on average"
        alt = (
            f"Predicted against true numbers of {len(self.true):,} test rows: half of the predictions are within "
            f"{half} of the truth, nine in ten within {most}; {side}."
        )
        return numbers_panel(self.true, self.predicted, alt)

    def overall(self) -> CardTable:
        main, *others = self.figures(margins=True)
        margin = "" if main.margin is None else f" ± {main.margin:.3f} (95 %, bootstrap over rows)"
        rows = [["Spearman", f"{main.value:.3f}{margin}"], *([one.words, f"{one.value:.3f}"] for one in others)]
        return CardTable(["", "test"], [*rows, ["RMSE of always the mean", f"{self.metrics()['mean_rmse']:.3f}"]])

    def by_label(self) -> CardTable:
        rows = []
        for part in quarters(self.true):
            true, errors = self.true[part], self.errors[part]
            extent = f"{shown(true.min())} to {shown(true.max())}"
            rows.append([extent, f"{mae(errors):.3f}", f"{errors.mean():+.3f}", f"{len(part):,}"])
        return CardTable(["true number", "MAE", "mean error", "rows"], rows)

    def details(self) -> dict[str, object]:
        return {"mean": self.mean}


class Regression(TextTask):
    """Reads a number off a text, or a pair of texts: a score, a price, how alike two sentences are."""

    name = "regression"
    aim = "predict a number"
    needs = "a text and a number a row"
    learned = "number"
    main = Figure("spearman", "Spearman", None, is_main=True)
    index_names: Mapping[str, str] = {
        "spearman": "Spearman",
        "pearson": "Pearson",
        "rmse": "RMSE",
        "mae": "MAE",
        "r2": "R2",
    }

    def choose(self, rows: Dataset, asked: Roles) -> Guess:
        numbers = [name for name in rows.features if _is_number(rows.features[name])]
        label = label_among(rows, asked, numbers, [name for name in numbers if _are_fractions(rows, name)])
        return {**choose_texts(rows, asked, label), "label": label}

    def suits(self, rows: Dataset, asked: Roles, columns: Roles) -> bool:
        rival = choose_columns(rows, asked.get("text"), asked.get("label"), asked.get("text_pair")).label
        return rival in (None, columns["label"]) and _are_measured(rows, columns["label"])

    def is_labelled(self, rows: Dataset, columns: Roles) -> bool:
        column = columns["label"]
        return column in rows.features and any(number is not None for number in _numbers(rows, column))

    def read(self, rows: Dataset, columns: Roles) -> SplitRows[NumberedTexts]:
        if len(rows) == 0:
            return SplitRows(NumberedTexts([], None, []))
        label = columns["label"]
        texts, pairs, filled = read_texts(rows, columns)
        numbers = _numbers(rows, label)
        unlabelled = numbers.count(None)
        if unlabelled == len(numbers):
            raise DataError(f"No row has a number in the column `{label}`. Choose another with `label=…`.")
        whole = [at for at in filled if numbers[at] is not None]
        examples = NumberedTexts(texts, pairs, [number or 0.0 for number in numbers]).select(whole)
        return SplitRows(examples, len(texts) - len(whole) - unlabelled, unlabelled)

    def labels(self, rows: Dataset, columns: Roles, parts: Sequence[NumberedTexts]) -> list[str]:  # noqa: ARG002
        """What the number is called."""
        return [columns["label"]]

    def check(self, examples: NumberedTexts, columns: Roles) -> None:
        ensure_any(len(examples), "a text")
        if len(set(examples.numbers)) == 1:
            raise DataError(
                f"Every row has the number {shown(examples.numbers[0])} in `{columns['label']}`: there is nothing to "
                "predict. Choose another column with `label=…`."
            )
        ensure_enough(len(examples))

    def lack(self, examples: NumberedTexts) -> str:
        return "one number" if len(set(examples.numbers)) == 1 else ""

    def imbalance(self, examples: NumberedTexts, rows: str) -> list[str]:  # noqa: ARG002
        """Numbers are spread as they are, and no figure misleads by it."""
        return []

    def oddities(self, examples: NumberedTexts, labels: Sequence[str]) -> list[str]:  # noqa: ARG002
        return []

    def spread(self, examples: NumberedTexts) -> str:
        numbers = np.array(examples.numbers)
        return f"{shown(numbers.min())} to {shown(numbers.max())}, {shown(numbers.mean())} on average"

    def summary(self, data: TrainingData[NumberedTexts]) -> dict[str, object]:
        return {"numbers": self.spread(data.train)}

    def head(self, labels: Sequence[str]) -> dict[str, object]:
        name = labels[0]
        return {"num_labels": 1, "id2label": {0: name}, "label2id": {name: 0}, "problem_type": "regression"}

    def encode(
        self,
        examples: NumberedTexts,
        labels: Sequence[str],  # noqa: ARG002
        tokenizer: "PreTrainedTokenizerBase",
        max_length: int,
    ) -> Encoded:
        return encode_texts(examples, examples.numbers, tokenizer, max_length)

    @contextmanager
    def in_training(self, model: "PreTrainedModel", data: TrainingData[NumberedTexts]) -> Iterator[None]:
        """The model learns numbers of the size of 1, whatever the size of those in the data."""
        from jobs.training.scaling import scaled

        with scaled(model, data.train.numbers):
            yield

    def assess(
        self,
        data: TrainingData[NumberedTexts],
        examples: NumberedTexts,
        encoded: Encoded,  # noqa: ARG002  # a row has one answer, however many tokens it has
        logits: Logits,
    ) -> NumberAssessment:
        return NumberAssessment(
            examples, np.asarray(logits, dtype=np.float64).reshape(-1), float(np.mean(data.train.numbers))
        )

    def purpose(self, labels: Sequence[str]) -> str:
        return f"predict a number, `{labels[0]}`, from a text"

    def sources(self, columns: Roles) -> str:
        return f"{text_sources(columns)}, number from `{columns['label']}`"

    def usage(self, model: str) -> str:
        options = f'"{pipeline_of(self.name)}", model="{model}", function_to_apply="none"'
        return f'measure = pipeline({options})\nprint(measure("A text.")[0]["score"])'


def _is_number(feature: object) -> bool:
    return isinstance(feature, Value) and feature.dtype.startswith(("int", "uint", "float"))


def _are_measured(rows: Dataset, column: str) -> bool:
    """Whether these numbers were measured: fractions, or whole ones of many values that count nothing off."""
    if not _is_number(rows.features[column]):
        return False
    if _are_fractions(rows, column):
        return True
    values = _values(rows, column)
    # 0, 1, 2 … up to the number of classes are classes.
    first = min(values, default=0)
    is_counted = first in (0, 1) and max(values, default=0) - first + 1 == len(values)
    return len(values) > MOST_CLASSES and not is_counted


def _are_fractions(rows: Dataset, column: str) -> bool:
    values = _values(rows, column)
    return len(values) >= FEWEST_NUMBERS and any(value != int(value) for value in values)


def _values(rows: Dataset, column: str) -> set[float]:
    return {cell for cell in rows[column][:] if cell is not None and math.isfinite(cell)}


def _numbers(rows: Dataset, column: str) -> list[float | None]:
    """The number of each row, None where there is none. Raises DataError for a cell that is something else."""
    feature = rows.features[column]
    if not (_is_number(feature) or is_text(feature) or feature == Value("null")):
        fitting = [name for name in rows.features if _is_number(rows.features[name])]
        raise DataError(f"The column `{column}` does not hold numbers. Columns that do: {listing(fitting)}.")
    cells: Sequence[Any] = rows[column][:]
    return [_number(cell, rows, at, column) for at, cell in enumerate(cells)]


def _number(cell: object, rows: Dataset, at: int, column: str) -> float | None:
    if cell is None or cell == "":
        return None
    try:
        number = float(str(cell))
    except ValueError:
        number = math.inf
    if math.isnan(number) and isinstance(cell, float):
        return None
    if not math.isfinite(number):
        raise DataError(
            f"{place_of(rows, at)} has `{str(cell)[:40]}` in `{column}`, which is no number. Mend it, leave it empty, "
            "or choose another column with `label=…`."
        )
    return number


TASK = Regression()
