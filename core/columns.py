"""CSV, TSV and JSON as rows; and which column of them holds the texts."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from core.errors import Mistake
from core.words import quote

# As many rows or texts of a file are tried at once.
MOST_ROWS = 100
MOST_COLUMNS = 100
NAMES_LISTED = 10
# A column that is called so is the one with the texts, whatever else there is; the first counts.
TEXT_NAMES = (
    "text",
    "sentence",
    "review",
    "content",
    "message",
    "comment",
    "body",
    "document",
    "description",
    "title",
    "input",
)
DELIMITERS = ",;\t|"

Row = dict[str, str]


@dataclass(frozen=True)
class Table:
    """The rows of a file, cells as text; `name` is the file's."""

    name: str
    columns: tuple[str, ...]
    rows: list[Row]

    def texts(self, wanted: str | None) -> tuple[str, list[str]]:
        """The column with the texts and what is in it, without empty cells. Mistake when it cannot be told."""
        column = self._column(wanted)
        return column, [row[column] for row in self.rows if row[column].strip()]

    def _column(self, wanted: str | None) -> str:
        by_name = {column.casefold(): column for column in reversed(self.columns)}
        if wanted:
            if wanted.casefold() in by_name:
                return by_name[wanted.casefold()]
            raise Mistake(f"{quote(self.name)} has no column {quote(wanted)}. Its columns: {listed(self.columns)}.")
        for name in TEXT_NAMES:
            if name in by_name:
                return by_name[name]
        found = [column for column in self.columns if self._is_text(column)]
        if len(found) == 1:
            return found[0]
        if not found:
            raise Mistake(
                f"No column of {quote(self.name)} looks like text. Name one with `column=`: {listed(self.columns)}."
            )
        raise Mistake(f"Several columns of {quote(self.name)} have text. Name one with `column=`: {listed(found)}.")

    def _is_text(self, column: str) -> bool:
        cells = [row[column] for row in self.rows[:MOST_ROWS] if row[column].strip()]
        return sum(not _is_number(cell) for cell in cells) * 2 > len(cells)


def is_table(name: str) -> bool:
    """Whether a text of this name is to be read as a table; a CSV cannot be told from prose by its bytes."""
    return name.lower().endswith((".csv", ".tsv", ".json", ".jsonl", ".ndjson"))


def read_table(name: str, content: str) -> Table:
    """The table in a CSV, TSV, JSON or JSON lines file. Mistake with the reason when there is none."""
    if name.lower().endswith((".csv", ".tsv")):
        return _from_csv(name, content)
    return table_of(name, read_json(name, content))


def read_json(name: str, content: str) -> Any:
    """The value of a JSON text, or the list of those on its lines. Mistake when it is neither."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        lines = [line for line in content.splitlines() if line.strip()]
        try:
            if len(lines) > 1:
                return [json.loads(line) for line in lines]
        except (ValueError, RecursionError):
            pass  # the whole file's mistake says more than a line's
        place = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise Mistake(f"{quote(name)} is not JSON{place}. Attach it as a .txt file if it is a text.") from error


def table_of(name: str, value: Any) -> Table:
    """A list of objects, or an object of equally long lists, as a table; Mistake for anything else."""
    if isinstance(value, dict) and value and all(isinstance(cells, list) for cells in value.values()):
        if len({len(cells) for cells in value.values()}) > 1:
            raise Mistake(f"The columns in {quote(name)} are not equally long.")
        value = [dict(zip(value, cells, strict=True)) for cells in zip(*value.values(), strict=True)]
    if not isinstance(value, list) or not value or not all(isinstance(row, dict) and row for row in value):
        raise Mistake(f'{quote(name)} is no table. Write it as a list of rows: `[{{"city": "Bonn", "people": 330}}]`.')
    columns = tuple(dict.fromkeys(key for row in value for key in row))
    _ensure_narrow(name, columns)
    return Table(name, columns, [{column: _cell(row.get(column)) for column in columns} for row in value])


def listed(columns: Sequence[str]) -> str:
    """The names of columns for a sentence; of many the first ten."""
    more = f" and {len(columns) - NAMES_LISTED} more" if len(columns) > NAMES_LISTED else ""
    return ", ".join(quote(column) for column in columns[:NAMES_LISTED]) + more


def _from_csv(name: str, content: str) -> Table:
    delimiter = "\t" if name.lower().endswith(".tsv") else _delimiter(content)
    try:
        lines = [line for line in csv.reader(io.StringIO(content, newline=""), delimiter=delimiter) if any(line)]
    except csv.Error as error:
        raise Mistake(
            f"{quote(name)} cannot be read as CSV: a quote is not closed, or a cell is too long. Save it again as CSV."
        ) from error
    if len(lines) < 2:
        raise Mistake(f"{quote(name)} has no rows under its header. Attach one with rows.")
    columns = _names(lines[0])
    _ensure_narrow(name, columns)
    wrong = next((number for number, line in enumerate(lines[1:], 2) if len(line) > len(columns)), None)
    if wrong:
        raise Mistake(
            f"{quote(name)} has more cells in row {wrong} than its header has names. Quote cells with commas."
        )
    rows = [dict(zip(columns, [*line, *[""] * len(columns)], strict=False)) for line in lines[1:]]
    return Table(name, columns, rows)


def _delimiter(content: str) -> str:
    """The sign that stands in the header most often; a comma where there is none."""
    header = next(islice((line for line in content.splitlines() if line.strip()), 1), "")
    return max(DELIMITERS, key=header.count)


def _names(header: Sequence[str]) -> tuple[str, ...]:
    """The header's names, each once; a cell without a name is called after its place."""
    names: list[str] = []
    for place, cell in enumerate(header, 1):
        name = cell.strip() or f"column {place}"
        names.append(f"{name} ({place})" if name in names else name)
    return tuple(names)


def _ensure_narrow(name: str, columns: Sequence[str]) -> None:
    if len(columns) > MOST_COLUMNS:
        raise Mistake(f"{quote(name)} has {len(columns):,} columns; I read at most {MOST_COLUMNS}.")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _is_number(text: str) -> bool:
    try:
        float(text.strip().replace(",", ""))
    except ValueError:
        return False
    return True
