"""The one reader of tables: the bytes of a CSV, TSV, JSON or JSON lines file as rows, for chat, try and training."""

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from core.dialects import SAMPLE, SEPARATORS, Dialect, TornQuote, is_comma_column, records, sniff, with_point
from core.encoding import WORDS, decode, encoding_of
from core.errors import Mistake
from core.json_tables import columns_and_rows, read_json
from core.words import plural, quote

# A line of more cells is a whole file in one line.
MOST_CELLS = 5_000
CSV_NAMES = (".csv", ".tsv")
TABLE_NAMES = (*CSV_NAMES, ".json", ".jsonl", ".ndjson")


@dataclass(frozen=True)
class Table:
    """The rows of a file, each as long as `columns`: texts of CSV, values of JSON. `name` is the file's.

    `remarks` say what is not as in most files: its encoding, its separator, a line of names that is not there.
    """

    name: str
    columns: tuple[str, ...]
    rows: list[list[object]]
    remarks: tuple[str, ...] = ()

    def records(self) -> list[dict[str, str]]:
        """Each row as texts by column."""
        return [dict(zip(self.columns, map(cell_text, row), strict=True)) for row in self.rows]

    def texts(self, column: str) -> list[str]:
        """What is in a column, as texts."""
        at = self.columns.index(column)
        return [cell_text(row[at]) for row in self.rows]


def is_table(name: str) -> bool:
    """Whether a text of this name is to be read as a table; a CSV cannot be told from prose by its bytes."""
    return name.lower().endswith(TABLE_NAMES)


def is_csv(name: str) -> bool:
    """Whether the file is named as CSV or TSV, and not as JSON."""
    return name.lower().endswith(CSV_NAMES)


def read_table(name: str, content: bytes, separator: str | None = None) -> Table:
    """The table in a file. `separator`: what its owner says. Mistake in one sentence when there is none."""
    if is_csv(name):
        return _csv(name, content, separator)
    text, encoding = decode(name, content)
    return table_of(name, read_json(name, text), encoding)


def table_of(name: str, value: object, encoding: str = "utf-8") -> Table:
    """The table that a JSON value is; Mistake for one that is none."""
    columns, rows = columns_and_rows(name, value)
    return Table(name, columns, rows, encoding_remarks(encoding))


def encoding_remarks(encoding: str) -> tuple[str, ...]:
    """What is to be said about the encoding of a text; nothing about UTF-8."""
    return (f"read as {WORDS[encoding]}",) if encoding in WORDS else ()


def cell_text(cell: object) -> str:
    """A cell as text, empty for none."""
    if cell is None:
        return ""
    return cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False)


def _csv(name: str, content: bytes, separator: str | None) -> Table:
    encoding = encoding_of(name, content)
    sample = _sample(content, encoding)
    if name.lower().endswith(".tsv") and sample and "\t" in sample[0]:
        separator = "\t"
    dialect = replace(sniff(sample, name, separator), encoding=encoding)
    try:
        columns, rows, repeated = _rows(name, content, dialect)
    except TornQuote:
        # Tab-separated files are often written without any quoting.
        if dialect.separator != "\t":
            raise
        dialect = replace(dialect, quote="")
        columns, rows, repeated = _rows(name, content, dialect)
    if dialect.decimal == ",":
        _with_points(rows)
    again = (f"without {plural(repeated, 'line')} that {'repeats' if repeated == 1 else 'repeat'} its names",)
    return Table(name, columns, rows, dialect.words(name) + (again if repeated else ()))


def _lines(content: bytes, encoding: str) -> Iterator[str]:
    """The lines with their ends, which csv wants to see."""
    return iter(io.TextIOWrapper(io.BytesIO(content), encoding=encoding, newline=""))


def _sample(content: bytes, encoding: str) -> list[str]:
    # No line is longer than what is looked at, lest a file without line ends is looked at as a whole.
    head = io.TextIOWrapper(io.BytesIO(content), encoding=encoding, newline="").read(SAMPLE)
    return list(islice(io.StringIO(head, newline=""), None))


def _rows(name: str, content: bytes, dialect: Dialect) -> tuple[tuple[str, ...], list[list[object]], int]:
    """Names, the rows under them, and how often the names come again. Mistake for a row that does not fit."""
    lines = islice(_lines(content, dialect.encoding), dialect.before, None)
    numbered = records(lines, dialect, name)
    start, first = next(numbered, (0, []))
    if not first:
        raise Mistake(f"{quote(name)} is empty. Attach one with something in it.", is_empty=True)
    if len(first) > MOST_CELLS:
        raise Mistake(
            f"Line {start:,} of {quote(name)} has {len(first):,} cells; {MOST_CELLS:,} are the most I read. "
            "Write each row on a line of its own."
        )
    header = first if dialect.names else [""] * len(first)
    rows: list[list[object]] = []
    repeated = 0
    for line, cells in numbered if dialect.names else chain([(start, first)], numbered):
        if len(cells) != len(header):
            rows.append(_fitted(name, line, cells, header, dialect))
        elif cells == header and len(header) > 1:
            repeated += 1
        else:
            rows.append([*cells])
    if not rows:
        raise Mistake(f"{quote(name)} has no rows under its header. Attach one with rows.", is_empty=True)
    width = len(header)
    while width > 1 and not header[width - 1].strip() and not any(row[width - 1] for row in rows):
        width -= 1
    return column_names(header)[:width], [row[:width] for row in rows] if width < len(header) else rows, repeated


def _fitted(name: str, line: int, cells: list[str], header: Sequence[str], dialect: Dialect) -> list[object]:
    """A row that is longer or shorter than the first, with as many cells. Mistake where that would tear it."""
    width = len(header)
    sign = SEPARATORS.get(dialect.separator, "commas")
    if len(cells) > width and any(cell.strip() for cell in cells[width:]):
        than = "its header has names" if dialect.names else "in line 1"
        raise Mistake(f"{quote(name)} has more cells in line {line:,} than {than}. Quote cells with {sign}.")
    if len(cells) < width and not dialect.names:
        raise Mistake(f"{quote(name)} has fewer cells in line {line:,} than in line 1. Quote cells with {sign}.")
    return [*cells[:width], *[""] * (width - len(cells))]


def column_names(header: Sequence[str]) -> tuple[str, ...]:
    """The header's names, each once; a cell without a name is called after its place."""
    names: list[str] = []
    for place, cell in enumerate(header, 1):
        name = cell.strip() or f"column {place}"
        names.append(f"{name} ({place})" if name in names else name)
    return tuple(names)


def _with_points(rows: list[list[object]]) -> None:
    """Writes the numbers of a file with decimal commas with points."""
    for at in range(len(rows[0])):
        cells = [str(row[at]).strip() for row in rows]
        if is_comma_column([cell for cell in cells if cell]):
            for row, cell in zip(rows, cells, strict=True):
                row[at] = with_point(cell)
