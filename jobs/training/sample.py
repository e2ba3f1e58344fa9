"""Rows of a dataset for a comparison: texts, and classes where there are any. Torch-free."""

import random
from collections.abc import Sequence

from datasets import ClassLabel, Dataset, DatasetDict

from core.examination import RowSample, SampleQuestion
from jobs.training.access import require_data
from jobs.training.columns import choose_columns, listing
from jobs.training.data import class_names, load_splits, ordered_labels
from jobs.training.errors import DataError
from jobs.training.examination import split_roles

SEED = 42
LONGEST_TEXT = 20_000


def draw(question: SampleQuestion) -> RowSample:
    """Rows of a split of the dataset, drawn so that the same are drawn again. Raises RunError."""
    require_data(question.source)
    loaded = load_splits(question.source)
    split = _split(loaded, question)
    rows = loaded[split]
    choice = choose_columns(rows, question.text, question.label)
    if choice.text is None:
        raise DataError(f"No column of {question.repo} looks like a text. The columns are {listing(rows.features)}.")
    if choice.text_pair:
        raise DataError(
            f"The rows of {question.repo} are pairs (`{choice.text}`, `{choice.text_pair}`), which I cannot "
            "compare on. Name one column with `text=…`."
        )
    filled = _filled(rows, choice.text)
    # Many files are sorted by class, so that their first rows would be of one.
    chosen = sorted(random.Random(SEED).sample(filled, min(question.rows, len(filled))))  # noqa: S311  # no secret
    # What -1 means is told by the whole split.
    labels = class_names(rows, choice.label) if choice.label else [None] * len(rows)
    names = _names(rows, choice.label, labels)
    is_counted = names == [str(at) for at in range(len(names))]
    is_declared = choice.label is not None and isinstance(rows.features[choice.label], ClassLabel)
    return RowSample(
        ok=True,
        split=split,
        total=len(rows),
        empty=len(rows) - len(filled),
        text=choice.text,
        label=choice.label,
        texts=[cell[:LONGEST_TEXT] for cell in rows.select(chosen)[choice.text][:]],
        labels=[labels[at] for at in chosen],
        names=names,
        declared=is_declared or (choice.label is not None and is_counted),
    )


def _split(loaded: DatasetDict, question: SampleQuestion) -> str:
    """The split asked for; else the first with classes of test, validation and train."""
    if question.split:
        if question.split not in loaded:
            raise DataError(f"{question.repo} has no split `{question.split}`. The splits are {listing(loaded)}.")
        return question.split
    filled = {name: len(rows) for name, rows in loaded.items() if len(rows)}
    if not filled:
        raise DataError(f"{question.repo} has no rows. Choose another dataset.")
    roles = split_roles(filled)
    names = [name for name in (roles.test, roles.validation, roles.train) if name]
    return next((name for name in names if _is_labelled(loaded[name], question)), names[0])


def _is_labelled(rows: Dataset, question: SampleQuestion) -> bool:
    # A column that only another split has is no reason to fail here.
    given = [name if name in rows.features else None for name in (question.text, question.label)]
    label = choose_columns(rows, *given).label
    return label is not None and any(name is not None for name in class_names(rows, label))


def _filled(rows: Dataset, text: str) -> list[int]:
    """The places of the rows with a text."""
    filled = [at for at, cell in enumerate(rows[text][:]) if (cell or "").strip()]
    if not filled:
        raise DataError(f"The column `{text}` has no text in this split. Choose another with `text=…` or `split=…`.")
    return filled


def _names(rows: Dataset, label: str | None, labels: Sequence[str | None]) -> list[str]:
    if label is None:
        return []
    return ordered_labels(rows, label, (name for name in labels if name is not None))
