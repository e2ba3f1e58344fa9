"""The files of a dataset as splits: CSV and JSON by the reader that chat uses, others by `datasets`. Torch-free."""

import html
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, NamedTuple, cast

import pyarrow as pa
from datasets import (
    BuilderConfig,
    Dataset,
    DatasetBuilder,
    DatasetDict,
    DownloadManager,
    Features,
    NamedSplit,
    load_dataset_builder,
)
from datasets.packaged_modules.csv.csv import CsvConfig
from datasets.packaged_modules.json.json import JsonConfig

from core.dialects import NUMBER
from core.errors import Mistake
from core.recipe import DatasetSource
from core.tables import Table, cell_text, is_csv, is_table, read_table
from jobs.training.cells import undecoded
from jobs.training.errors import DataError

TRUTH = {"true": True, "false": False, "True": True, "False": False, "TRUE": True, "FALSE": False}
# What every builder has, and what says nothing about how a file is read.
NEUTRAL = {field.name for field in fields(BuilderConfig)} | {"features", "sep", "delimiter", "chunksize"}
LARGEST = 2**63


class LoadedDataset(NamedTuple):
    """Every split of a dataset, and a sentence for each file that is not written as most are."""

    splits: DatasetDict
    notes: tuple[str, ...] = ()


def load(source: DatasetSource) -> LoadedDataset:
    """The dataset at its revision; the files, splits and types are those that its README declares, else all there are.

    Raises DataError for a file that cannot be read, and what `datasets` raises.
    """
    where: dict[str, Any] = {"path": source.repo, "name": source.config, "revision": source.revision}
    if source.folder:
        # A file is all rows there are, also when it is called like a split.
        where |= {"path": source.folder, "data_files": {"train": "*"}}
    builder = load_dataset_builder(**where)
    if _is_ours(builder.config):
        return _from_tables(builder, source.repo)
    # A README that says how its CSV is read is followed; but a class called `None` is no gap there either.
    if isinstance(builder.config, CsvConfig) and builder.config.na_values is None:
        gaps = {"keep_default_na": False, "na_values": [""]}
        builder = load_dataset_builder(**where, **gaps)
    builder.download_and_prepare()
    return LoadedDataset(undecoded(builder.as_dataset()))


def _is_ours(config: BuilderConfig) -> bool:
    """Whether these are CSV or JSON files of which the README does not say how they are read."""
    if not isinstance(config, (CsvConfig, JsonConfig)):
        return False
    return all(
        getattr(config, field.name) == field.default
        for field in fields(config)
        if field.name not in NEUTRAL and field.default is not MISSING
    )


def _from_tables(builder: DatasetBuilder, repo: str) -> LoadedDataset:
    declared = getattr(builder.config, "sep", None)
    # Commas and tabs are what `datasets` takes by itself, by the name of a file.
    separator = None if declared in (",", "\t") else declared
    manager = DownloadManager(dataset_name=builder.dataset_name, base_path=builder.base_path)
    tables: dict[str, list[Table]] = {}
    for split, addresses in builder.config.data_files.items():
        paths = manager.download_and_extract([str(address) for address in addresses])
        tables[str(split)] = [
            _read(repo, name, path, separator)
            for address, place in zip(addresses, paths, strict=True)
            for name, path in _files(manager, str(address), place, builder.config)
        ]
    filled = {split: [each for each in parts if each.rows] for split, parts in tables.items()}
    if not any(filled.values()):
        raise DataError(f"{repo} has no rows. Fill its files, or choose another dataset.")
    types = _types([each for parts in filled.values() for each in parts])
    splits = {
        split: _dataset(split, parts, types, builder.info.features, repo) for split, parts in filled.items() if parts
    }
    return LoadedDataset(undecoded(DatasetDict(splits)), _notes([each for parts in tables.values() for each in parts]))


def _files(manager: DownloadManager, address: str, place: str, config: BuilderConfig) -> Iterable[tuple[str, Path]]:
    """Name and place of each file behind an address, which may be an archive; in the cache it has another name."""
    is_archive = Path(place).is_dir()
    for path in map(Path, manager.iter_files([place])):
        name = path.name if is_archive else address.rpartition("/")[2]
        name = re.sub(r"\.(gz|bz2|xz|zst|lz4)$", "", name, flags=re.IGNORECASE)
        yield (name if is_table(name) else f"{name}{'.csv' if isinstance(config, CsvConfig) else '.json'}"), path


def _read(repo: str, name: str, path: Path, separator: str | None) -> Table:
    content = path.read_bytes()
    if not content.strip():
        return Table(name, (), [])
    try:
        return read_table(name, content, separator)
    except Mistake as mistake:
        if mistake.facts.get("is_empty"):
            return Table(name, (), [])
        # Reasons are escaped where they are shown.
        raise DataError(f"A file of {repo} cannot be read: {html.unescape(mistake.sentence)}") from mistake


def _notes(tables: Sequence[Table]) -> tuple[str, ...]:
    """One sentence for all files that are written the same way."""
    names: dict[tuple[str, ...], list[str]] = {}
    for table in tables:
        if table.remarks:
            names.setdefault(table.remarks, []).append(table.name)
    return tuple(
        f"`{files[0]}`{f' and {len(files) - 1} more are' if files[1:] else ' is'} {', '.join(remarks)}."
        for remarks, files in names.items()
    )


def _types(tables: Sequence[Table]) -> dict[str, type]:
    """One type a column over all splits: bool, int, float, str, or object for lists and objects."""
    kinds: dict[str, set[type]] = {}
    for table in tables:
        is_text = is_csv(table.name)
        for at, column in enumerate(table.columns):
            cells = [row[at] for row in table.rows]
            kinds.setdefault(column, set()).update(_text_types(cells) if is_text else map(type, cells))
    return {column: _common(each - {type(None)}) for column, each in kinds.items()}


def _text_types(cells: Sequence[object]) -> set[type]:
    """The type that all texts of a CSV column can be read as; none for a column without any."""
    texts = {text for cell in cells if (text := str(cell).strip())}
    if not texts:
        return set()
    if all(text in TRUTH for text in texts):
        return {bool}
    if not all(NUMBER.fullmatch(text) and not _is_code(text) for text in texts):
        return {str}
    return {int} if all(_is_whole(text) for text in texts) else {float}


def _is_code(text: str) -> bool:
    """`007`, which would lose its zeros as a number."""
    digits = text.lstrip("+-")
    return len(digits) > 1 and digits[0] == "0" and digits[1].isdecimal()


def _is_whole(text: str) -> bool:
    return text.lstrip("+-").isdecimal() and -LARGEST <= int(text) < LARGEST


def _common(kinds: set[type]) -> type:
    if not kinds or kinds == {str}:
        return str
    if kinds <= {int, float}:
        return float if float in kinds else int
    if len(kinds) == 1 and kinds <= {bool, list, dict}:
        return bool if kinds == {bool} else object
    return str


def _dataset(
    split: str, tables: Sequence[Table], types: dict[str, type], declared: Features | None, repo: str
) -> Dataset:
    columns = list(dict.fromkeys(column for table in tables for column in table.columns))
    arrays = {
        column: _array([cell for table in tables for cell in _cells(table, column)], types[column])
        for column in columns
    }
    rows = Dataset(pa.table(arrays), split=NamedSplit(split))
    if declared is None:
        return rows
    if absent := [column for column in declared if column not in columns]:
        raise DataError(f"The README of {repo} declares a column `{absent[0]}`, which its files do not have.")
    try:
        return cast("Dataset", rows.select_columns(list(declared)).cast(declared))
    except (ValueError, TypeError, pa.ArrowException) as error:
        raise DataError(
            f"The rows of {repo} are not of the types that its README declares. Correct `dataset_info` there."
        ) from error


def _cells(table: Table, column: str) -> list[object]:
    if column not in table.columns:
        return [None] * len(table.rows)
    at = table.columns.index(column)
    return [row[at] for row in table.rows]


def _array(cells: Sequence[object], kind: type) -> pa.Array:
    if kind is object:
        try:
            return pa.array(cells)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
            kind = str
    if kind is str and all(type(cell) is str for cell in cells):
        return pa.array([cell or None for cell in cells], pa.string())
    types = {bool: pa.bool_(), int: pa.int64(), float: pa.float64(), str: pa.string()}
    try:
        return pa.array([_value(cell, kind) for cell in cells], types[kind])
    except OverflowError:
        return pa.array([cell_text(cell) or None for cell in cells], pa.string())


def _value(cell: object, kind: type) -> object:
    """A cell as a value of its column's type; None for an empty one."""
    if cell is None or cell == "":
        return None
    if kind is str:
        # As a class, 1.0 is 1.
        whole = isinstance(cell, float) and math.isfinite(cell) and cell.is_integer()
        return cell_text(int(cast("float", cell)) if whole else cell)
    if isinstance(cell, str):
        text = cell.strip()
        if not text:
            return None
        return TRUTH[text] if kind is bool else kind(text)
    return kind(cell)
