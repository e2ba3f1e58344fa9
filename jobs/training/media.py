"""Pictures and sounds of a dataset, opened one at a time: rows of files with a class each. Torch-free when imported."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from datasets import Audio, Dataset, Image

from core.recipe import Roles
from jobs.cores import threads
from jobs.training.cells import open_cell
from jobs.training.classes import ClassRows, ClassTask
from jobs.training.columns import by_name, guess_label, listing, plain_sample, require_column
from jobs.training.data import class_names
from jobs.training.errors import DataError
from jobs.training.tasks import Cell, RowTexts, SplitRows

Feature = type[Image] | type[Audio]
# Rows that are ready for the model stay so from one pass to the next, as far as they fit.
_ROOM = 256 * 2**20


class Unreadable(Exception):
    """What is wrong with a file, in words that follow a number: `larger than …`."""


@dataclass(frozen=True)
class Glance:
    """What is known of a file that was read: a `key` of what is in it, and how long it is, in the task's own unit."""

    key: str
    length: int = 1


@dataclass(frozen=True)
class MediaFile:
    """One cell of a column of pictures or sounds, which is opened when its turn comes."""

    rows: Dataset
    column: str
    place: int
    look: Glance

    def open(self) -> BinaryIO:
        return open_cell(self.rows, self.rows[self.place][self.column])

    @property
    def name(self) -> str | None:
        """What the file is called, where it has a name."""
        path = self.rows[self.place][self.column]["path"]
        return Path(path).name if path else None


@dataclass(frozen=True)
class LabelledFiles(ClassRows):
    """Rows of one split, as parallel lists."""

    files: list[MediaFile]
    labels: list[str]

    def keys(self) -> list[str]:
        return [file.look.key for file in self.files]

    def renamed(self, names: Mapping[str, str]) -> "LabelledFiles":
        return LabelledFiles(self.files, [names[label] for label in self.labels])

    def fingerprint(self) -> str:
        return hashlib.blake2b(json.dumps([self.keys(), self.labels]).encode(), digest_size=16).hexdigest()

    def shown(self, at: int) -> dict[str, Cell]:
        """Its number in the split, from 0, and its name."""
        return {"row": self.files[at].place, "file": self.files[at].name}


class FileTask(ClassTask[LabelledFiles]):
    """The part of such a task that does not depend on what is in the files."""

    def row_texts(self, rows: Dataset, columns: Roles) -> RowTexts:
        """Rows without a text, each like itself alone."""
        answers = self.row_answers(rows, columns["label"])
        return RowTexts([""] * len(rows), [str(at) for at in range(len(rows))], answers)


def choose_medium(rows: Dataset, feature: Feature, known: Sequence[str], asked: Roles) -> tuple[str | None, str | None]:
    """The column of such files, and that of their classes, asked for or guessed.

    No columns where what was asked for is no such file, or is a pair. Raises DataError where the column of classes
    that was asked for cannot be it.
    """
    if "text_pair" in asked:
        return None, None
    named, label = asked.get("text"), asked.get("label")
    columns = [name for name in rows.features if isinstance(rows.features[name], feature)]
    column = (named if named in columns else None) if named else by_name(known, columns) or next(iter(columns), None)
    if column is None:
        return None, None
    if label:
        require_column(rows.features, label, "label")
    return column, label or guess_label(plain_sample(rows), set())


def read_files(
    rows: Dataset, columns: Roles, role: str, feature: Feature, look: Callable[[BinaryIO], Glance]
) -> SplitRows[LabelledFiles]:
    """The rows whose file `look` could read; it raises Unreadable. Raises DataError for columns that are no such."""
    if len(rows) == 0:
        return SplitRows(LabelledFiles([], []))
    column, label = columns[role], columns["label"]
    if column not in rows.features or not isinstance(rows.features[column], feature):
        fitting = [name for name in rows.features if isinstance(rows.features[name], feature)]
        raise DataError(f"There is no {role} column `{column}`. Columns that are: {listing(fitting)}.")
    require_column(rows.features, label, "label")
    labels = class_names(rows, label)
    unlabelled = labels.count(None)
    if unlabelled == len(labels):
        raise DataError(f"No row has a value in the column `{label}`. Choose another with `label=…`.")
    places = [place for place, name in enumerate(labels) if name is not None]
    files: list[MediaFile] = []
    unreadable: Counter[str] = Counter()
    empty = 0
    for place, found in zip(places, look_at(rows, column, places, look), strict=True):
        if isinstance(found, Glance):
            files.append(MediaFile(rows, column, place, found))
        elif found:
            unreadable[found] += 1
        else:
            empty += 1
    return SplitRows(LabelledFiles(files, [labels[file.place] or "" for file in files]), empty, unlabelled, unreadable)


def look_at(
    rows: Dataset, column: str, places: Iterable[int], look: Callable[[BinaryIO], Glance]
) -> list[Glance | str | None]:
    """For each row what was found, or what is wrong; None where there is no file."""

    def found(place: int) -> Glance | str | None:
        cell = rows[place][column]
        if cell is None or (not cell["bytes"] and not cell["path"]):
            return None
        try:
            with open_cell(rows, cell) as file:
                return look(file)
        except Unreadable as error:
            return str(error)
        except OSError:
            return "not there"

    with ThreadPoolExecutor(threads()) as pool:
        return list(pool.map(found, places))


class ReadyRows:
    """Rows that `make` makes ready for the model, one at a time; those that fit into the room are made once."""

    def __init__(self, make: Callable[[int], dict[str, Any]], count: int) -> None:
        self._make = make
        self._count = count
        self._kept: dict[int, dict[str, Any]] = {}
        self._room = _ROOM

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, at: int, /) -> dict[str, Any]:
        if at in self._kept:
            return self._kept[at]
        row = self._make(at)
        size = sum(int(getattr(value, "nbytes", 0)) for value in row.values())
        if size <= self._room:
            self._room -= size
            self._kept[at] = row
        return row
