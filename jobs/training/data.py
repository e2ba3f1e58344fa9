"""The files of a dataset as rows, and cells as names of classes, for the worker and the examiner. Torch-free."""

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

import httpx2
from datasets import ClassLabel, Dataset, DatasetDict, load_dataset
from datasets.exceptions import DatasetsError

from core.recipe import DatasetSource
from jobs.training.columns import listing
from jobs.training.errors import DataError, RunError, recognize


def load_splits(source: DatasetSource) -> DatasetDict:
    """Every split of the dataset at its revision. Raises RunError with a sentence for whatever stops it."""
    try:
        loaded = load_dataset(source.repo, name=source.config, revision=source.revision)
    except (DatasetsError, ValueError, OSError, RuntimeError, httpx2.HTTPError) as error:
        raise _loading_failure(error, source) from error
    if not isinstance(loaded, DatasetDict):
        raise DataError(f"{source.repo} has no splits.")
    return loaded


def _loading_failure(error: Exception, source: DatasetSource) -> RunError:
    said = str(error)
    if "Config name is missing" in said or "BuilderConfig" in said:
        offered = re.search(r"\[([^\]]*)\]", said)
        configs = listing(re.findall(r"'([^']+)'", offered[1] if offered else ""))
        return RunError(f"Name one of the configs of {source.repo}: {configs}.", "user")
    if "scripts are no longer supported" in said:
        return DataError(f"{source.repo} comes as a script, and no code from the Hub is run here.")
    if failure := recognize(error, source.repo):
        return failure
    if isinstance(error, FileNotFoundError):
        return DataError(f"{source.repo} holds no file that can be read as data (csv, json, parquet, text).")
    cause: BaseException = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    if "corresponds to no data" in str(cause):
        return DataError(f"{source.repo} has no rows. Fill its files, or choose another dataset.")
    return DataError(f"A file of {source.repo} cannot be read: {_first_sentence(str(cause))}")


def _first_sentence(said: str) -> str:
    line = (said.strip() or "it is broken").splitlines()[0][:200].rstrip(". ")
    return f"{line}."


def class_names(rows: Dataset, column: str) -> list[str | None]:
    """The class of each row as text, None where there is none."""
    feature = rows.features[column]
    cells: Sequence[Any] = rows[column][:]
    if isinstance(feature, ClassLabel):
        names: list[str] = feature.names
        return [names[cell] if cell is not None and cell >= 0 else None for cell in cells]
    return [_class_name(cell) for cell in cells]


def _class_name(cell: object) -> str | None:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return None
    if isinstance(cell, bool):
        return str(cell).lower()
    # A column of whole numbers with a gap is read from csv as floats.
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip() or None


def ordered_labels(rows: Dataset, column: str, found: Iterable[str]) -> list[str]:
    """Class names in id order: as declared, else numbers by value, else words by alphabet."""
    feature = rows.features[column]
    if isinstance(feature, ClassLabel):
        return list(feature.names)
    names = set(found)
    return sorted(names, key=float) if all(_is_number(name) for name in names) else sorted(names)


def _is_number(name: str) -> bool:
    try:
        return math.isfinite(float(name))
    except ValueError:
        return False
