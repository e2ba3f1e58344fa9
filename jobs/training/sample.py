"""Rows of a dataset for a comparison: texts, and classes where there are any. Torch-free."""

import random
from typing import Any

from datasets import ClassLabel, Dataset, DatasetDict
from pydantic import BaseModel, Field

from jobs.training.access import require_readable
from jobs.training.columns import Choice, choose_columns, listing
from jobs.training.data import class_names, load_splits, ordered_labels
from jobs.training.errors import DataError
from jobs.training.examination import split_roles
from jobs.training.recipe import DatasetSource

SEED = 42
LONGEST_TEXT = 20_000


class Request(BaseModel):
    """How many rows of which split; split and columns are chosen where they are not given."""

    repo: str
    revision: str
    config: str | None = None
    split: str | None = None
    text: str | None = None
    label: str | None = None
    rows: int = Field(100, ge=1, le=1000)


def draw(request: Request) -> dict[str, Any]:
    """`split`, its `total` of rows, columns `text` and `label`, and the drawn `texts`, the same ones each time.

    `labels` are their class names, None where a row has none; `names` are all class names in id order, and `declared`
    says whether that order is the dataset's own; `empty` rows have no text and are left out. Raises RunError.
    """
    require_readable(request.repo, "dataset")
    loaded = load_splits(DatasetSource(repo=request.repo, revision=request.revision, config=request.config))
    split = _split(loaded, request)
    rows = loaded[split]
    choice = choose_columns(rows, request.text, request.label)
    if choice.text is None:
        raise DataError(f"No column of {request.repo} looks like a text. The columns are {listing(rows.features)}.")
    if choice.text_pair:
        raise DataError(
            f"The rows of {request.repo} are pairs (`{choice.text}`, `{choice.text_pair}`), which I cannot compare on. "
            "Name one column with `text=…`."
        )
    filled = _filled(rows, choice.text)
    # Many files are sorted by class, so that their first rows would be of one.
    chosen = sorted(random.Random(SEED).sample(filled, min(request.rows, len(filled))))  # noqa: S311  # no secret
    return {
        "ok": True,
        "split": split,
        "total": len(rows),
        "empty": len(rows) - len(filled),
        "text": choice.text,
        "label": choice.label,
        "texts": [cell[:LONGEST_TEXT] for cell in rows.select(chosen)[choice.text][:]],
        **_classes(rows, chosen, choice),
    }


def _split(loaded: DatasetDict, request: Request) -> str:
    """The split asked for; else the first with classes of test, validation and train."""
    if request.split:
        if request.split not in loaded:
            raise DataError(f"{request.repo} has no split `{request.split}`. The splits are {listing(loaded)}.")
        return request.split
    filled = {name: len(rows) for name, rows in loaded.items() if len(rows)}
    if not filled:
        raise DataError(f"{request.repo} has no rows. Choose another dataset.")
    roles = split_roles(filled)
    names = [name for role in ("test", "validation", "train") if (name := roles[role])]
    return next((name for name in names if _is_labelled(loaded[name], request)), names[0])


def _is_labelled(rows: Dataset, request: Request) -> bool:
    # A column that only another split has is no reason to fail here.
    given = [name if name in rows.features else None for name in (request.text, request.label)]
    label = choose_columns(rows, *given).label
    return label is not None and any(name is not None for name in class_names(rows, label))


def _filled(rows: Dataset, text: str) -> list[int]:
    """The places of the rows with a text."""
    filled = [at for at, cell in enumerate(rows[text][:]) if (cell or "").strip()]
    if not filled:
        raise DataError(f"The column `{text}` has no text in this split. Choose another with `text=…` or `split=…`.")
    return filled


def _classes(rows: Dataset, chosen: list[int], choice: Choice) -> dict[str, Any]:
    if choice.label is None:
        return {"labels": [None] * len(chosen), "names": [], "declared": False}
    # What -1 means is told by the whole split.
    labels = class_names(rows, choice.label)
    names = ordered_labels(rows, choice.label, {name for name in labels if name is not None})
    is_counted = names == [str(at) for at in range(len(names))]
    declared = isinstance(rows.features[choice.label], ClassLabel) or is_counted
    return {"labels": [labels[at] for at in chosen], "names": names, "declared": declared}
