"""Tables as people paste them, read into rows of texts of which the first names the columns."""

import csv
import io
import json
from typing import Any

from core.errors import Mistake

MOST_CHARACTERS, MOST_ROWS, MOST_COLUMNS = 1_000_000, 2_000, 50
LONGEST_CELL = 200
DELIMITERS = ",;\t|"
HOW = 'Paste JSON, as in `[{"city": "Bonn", "people": 330000}]`, or attach a CSV file.'

Rows = list[list[str]]


def read_table(text: str) -> Rows:
    """A table of a CSV or TSV text, or of JSON: a list of objects, a list of lists, an object of columns.

    Mistake where it is none, or larger than is ever read.
    """
    if len(text) > MOST_CHARACTERS:
        raise Mistake(f"The table has {len(text):,} characters; {MOST_CHARACTERS:,} are the most I take.")
    text = text.removeprefix("\ufeff").strip()
    return table_of(_json(text)) if text[:1] in ("[", "{") else _checked(_csv(text))


def table_of(found: Any) -> Rows:
    """The same of JSON that was read already."""
    if isinstance(found, dict) and set(found) <= {"table", "question", "query"} and "table" in found:
        found = found["table"]
    if isinstance(found, str):
        return read_table(found)
    if isinstance(found, dict) and found and all(isinstance(column, list) for column in found.values()):
        longest = max(len(column) for column in found.values())
        return _checked(
            [
                list(found),
                *([column[at] if at < len(column) else "" for column in found.values()] for at in range(longest)),
            ]
        )
    if isinstance(found, dict) and found and not any(isinstance(value, (dict, list)) for value in found.values()):
        found = [found]
    if isinstance(found, list) and found and all(isinstance(row, dict) for row in found):
        names = list(dict.fromkeys(name for row in found for name in row))
        return _checked([names, *([row.get(name, "") for name in names] for row in found)])
    if isinstance(found, list) and found and all(isinstance(row, list) for row in found):
        return _checked(found)
    raise Mistake(f"This JSON is no table. {HOW}")


def is_table(text: str) -> bool:
    """Whether a typed text is meant as a table: JSON, and no question."""
    return text.lstrip()[:1] in ("[", "{")


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        where = f" near character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else ""
        raise Mistake(f"This table is not valid JSON{where}. {HOW}") from error


def _csv(text: str) -> list[list[Any]]:
    first = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    if "\0" in text:
        raise Mistake(f"This file holds no text, so it is no table. {HOW}")
    try:
        return list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error as error:
        raise Mistake(f"This CSV cannot be read. {HOW}") from error


def _checked(rows: list[list[Any]]) -> Rows:
    """Rows of equally many texts. Mistake for a table without rows, or with too many of them or of columns."""
    filled = [row for row in rows if any(_cell(cell) for cell in row)]
    if len(filled) < 2:
        raise Mistake(f"The table needs the columns' names and at least one row. {HOW}")
    width = len(filled[0])
    if len(filled) - 1 > MOST_ROWS or width > MOST_COLUMNS:
        raise Mistake(
            f"The table has {len(filled) - 1:,} rows and {width} columns; {MOST_ROWS:,} and {MOST_COLUMNS} "
            "are the most I take. Leave out what the question is not about."
        )
    return [[_cell(cell) for cell in (*row, *[""] * width)[:width]] for row in filled]


def _cell(value: Any) -> str:
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return " ".join(text[: 4 * LONGEST_CELL].split())[:LONGEST_CELL]
