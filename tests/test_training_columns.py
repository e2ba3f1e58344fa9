"""Which columns of a dataset are read as what, and which split is for what."""

from typing import Any

import pytest
from datasets import ClassLabel, Dataset, Features, Value

from core.recipe import Splits
from jobs.training.columns import Choice, choose_columns
from jobs.training.errors import RunError
from jobs.training.examination import split_roles


def dataset_of(**columns: list[Any]) -> Dataset:
    return Dataset.from_dict(columns)


N = 40
LONG = [f"a long text, number {i}" for i in range(N)]
TWO = ["yes", "no"] * (N // 2)


@pytest.mark.parametrize(
    ("rows", "choice"),
    [
        (dataset_of(Text=LONG, Label=TWO), Choice("Text", None, "Label")),
        (dataset_of(idx=list(range(N)), sentence=LONG, target=[0, 1] * 20), Choice("sentence", None, "target")),
        (dataset_of(premise=LONG, hypothesis=LONG, label=TWO), Choice("premise", "hypothesis", "label")),
        (dataset_of(kind=TWO, words=LONG), Choice("words", None, "kind")),
        (dataset_of(question=LONG, answer=LONG[::-1], source=TWO), Choice("question", None, "source")),
        (dataset_of(number=list(range(N)), text=LONG), Choice("text", None, None)),
        (dataset_of(label=TWO, parts=[["a", "b"]] * N), Choice(None, None, "label")),
    ],
)
def test_columns_are_found_by_name_and_else_by_content(rows: Dataset, choice: Choice) -> None:
    assert choose_columns(rows) == choice


def test_a_declared_class_column_wins_over_a_guess() -> None:
    features = Features({"text": Value("string"), "flag": Value("bool"), "mood": ClassLabel(names=["sad", "glad"])})
    rows = Dataset.from_dict({"text": LONG, "flag": [True, False] * 20, "mood": [0, 1] * 20}, features=features)
    assert choose_columns(rows) == Choice("text", None, "mood")


def test_columns_asked_for_are_taken_or_refused_by_name() -> None:
    rows = dataset_of(title=LONG, body=LONG, stars=[1, 5] * 20, spam=TWO)
    assert choose_columns(rows, text="title", label="spam") == Choice("title", None, "spam")
    with pytest.raises(RunError, match=r"The column `stars` does not hold text\. Columns that do: `title`, `body`"):
        choose_columns(rows, text="stars")


def test_splits_get_their_roles_by_name() -> None:
    assert split_roles({"train": 9, "dev": 2, "test": 3}) == Splits(train="train", validation="dev", test="test")
    mnli = split_roles({"train": 9, "validation_matched": 2, "validation_mismatched": 2, "test_matched": 0})
    assert mnli == Splits(train="train", validation="validation_matched", test=None)
    assert split_roles({"all": 9}) == Splits(train="all", validation=None, test=None)
