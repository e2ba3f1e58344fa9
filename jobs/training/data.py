"""The files of a dataset as rows, and cells as names of classes, for the worker and the examiner. Torch-free."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import httpx2
from datasets import ClassLabel, Dataset, DatasetDict
from datasets.exceptions import DatasetsError

from core.recipe import DatasetSource
from jobs.training.columns import listing
from jobs.training.errors import DataError, RunError, recognize
from jobs.training.files import LoadedDataset, load

# What many data sets have for "no label".
NO_LABEL = "-1"
# Beside 0 and 1 alone, -1 is a class of its own (negative, neutral, positive) unless hardly a row has it.
HARDLY = 0.05


def load_splits(source: DatasetSource) -> DatasetDict:
    """Every split of the dataset at its revision. Raises RunError with a sentence for whatever stops it."""
    return load_files(source).splits


def load_files(source: DatasetSource) -> LoadedDataset:
    """The same, with a sentence for each file that is not written as most are."""
    try:
        loaded = load(source)
    except (DatasetsError, ValueError, OSError, RuntimeError, httpx2.HTTPError) as error:
        raise _loading_failure(error, source) from error
    if not isinstance(loaded.splits, DatasetDict):
        raise DataError(f"{source.repo} has no splits.")
    return loaded


def _loading_failure(error: Exception, source: DatasetSource) -> RunError:
    said = str(error)
    if "Config name is missing" in said or "BuilderConfig" in said:
        offered = re.search(r"\[([^\]]*)\]", said)
        configs = listing(re.findall(r"'([^']+)'", offered[1] if offered else ""))
        return RunError(f"Name one of the configs of {source.repo} with `config=`: {configs}.", "user")
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
    if "Couldn't cast" in str(cause) or "as a scalar of type" in str(cause):
        return DataError(
            f"The files of {source.repo} differ in their columns or types. Give all of them the same ones."
        )
    if "tokenizing" in str(cause):
        line = re.search(r"(?:line|row) (\d+)", str(cause))
        where = f"; look at line {line[1]} of them" if line else ""
        return DataError(f"The CSV files of {source.repo} cannot be read as its README says{where}.")
    return DataError(f"A file of {source.repo} cannot be read: {_first_sentence(str(cause))}")


def _first_sentence(said: str) -> str:
    line = (said.strip() or "it is broken").splitlines()[0][:200].rstrip(". ")
    return f"{line}."


def class_names(rows: Dataset, column: str) -> list[str | None]:
    """The class of each row as text, None where there is none: an empty cell, or -1 where that means so."""
    feature = rows.features[column]
    cells: Sequence[Any] = rows[column][:]
    if isinstance(feature, ClassLabel):
        names: list[str] = feature.names
        return [names[cell] if cell is not None and cell >= 0 else None for cell in cells]
    found = [_class_name(cell) for cell in cells]
    return [None if name == NO_LABEL else name for name in found] if _means_none(Counter(found)) else found


def _means_none(counts: Mapping[str | None, int]) -> bool:
    """Whether -1 stands for no label: alone in a split, or beside classes that are counted from 0."""
    if NO_LABEL not in counts:
        return False
    others = {name for name in counts if name not in (None, NO_LABEL)}
    if not others:
        return True
    if "0" not in others or not all(name is not None and name.isdecimal() for name in others):
        return False
    return others - {"0", "1"} != set() or counts[NO_LABEL] < HARDLY * sum(counts.values())


def _class_name(cell: object) -> str | None:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return None
    if isinstance(cell, bool):
        return str(cell).lower()
    # A column of whole numbers with a gap is read from csv as floats.
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip() or None


def doubtful_classes(labels: Sequence[str]) -> list[str]:
    """Classes that may be meant as one, and one that may be meant as none."""
    alike: dict[str, list[str]] = {}
    for label in labels:
        alike.setdefault("".join(label.casefold().split()), []).append(label)
    said = [
        f"The classes {listing(names)} differ only by case or spacing. If they are one, write them alike."
        for names in alike.values()
        if len(names) > 1
    ]
    if set(labels) == {NO_LABEL, "0", "1"}:
        said.append(f"`{NO_LABEL}` is taken for a class of its own. If it means that there is none, leave it empty.")
    return said


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
