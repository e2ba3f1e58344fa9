"""JSON as rows, in the shapes that people and programs write: rows, columns, lines, and what pandas writes."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import cast

from core.errors import Mistake
from core.words import quote

# Under these names rows stand beside what is said about them.
WRAPPERS = ("data", "rows", "records", "items", "examples", "table")
# Half of an emoji, as programs leave it that cut texts; it can be written in no encoding.
HALVES = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
EXAMPLE = '`[{"city": "Bonn", "people": 330}]`'

Columns = tuple[str, ...]
Rows = list[list[object]]


def read_json(name: str, text: str) -> object:
    """The value of a JSON text, or the list of those on its lines. Mistake when it is neither."""
    text = HALVES.sub(r"\\ufffd", text)
    try:
        return cast("object", json.loads(text))
    except (ValueError, RecursionError) as error:
        lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
        if len(lines) > 1 and (name.lower().endswith((".jsonl", ".ndjson")) or _is_value(lines[0][1])):
            return [_line_value(name, number, line) for number, line in lines]
        place = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise Mistake(f"{quote(name)} is not JSON{place}. Attach it as a .txt file if it is a text.") from error


def _is_value(line: str) -> bool:
    try:
        return isinstance(json.loads(line), (dict, list))
    except (ValueError, RecursionError):
        return False


def _line_value(name: str, number: int, line: str) -> object:
    try:
        return cast("object", json.loads(line))
    except (ValueError, RecursionError) as error:
        raise Mistake(f"{quote(name)} is not JSON (line {number}). Each line of it must be one object.") from error


def columns_and_rows(name: str, value: object) -> tuple[Columns, Rows]:
    """A list of objects, of lists (the first has the names) or of texts, an object of columns, or one of rows.

    Mistake for anything else, and for what holds several tables.
    """
    if isinstance(value, dict):
        return _of_object(name, value)
    if isinstance(value, list) and value:
        if all(isinstance(row, dict) and row for row in value):
            return _of_records(value)
        if all(isinstance(row, list) for row in value):
            return _of_lists(name, value[0], value[1:])
        if all(isinstance(row, str) for row in value):
            return ("text",), [[row] for row in value]
        raise _odd_row(name, value)
    raise _no_table(name, is_empty=value == [])


def _of_object(name: str, value: Mapping[str, object]) -> tuple[Columns, Rows]:
    if "data" in value and isinstance(names := value.get("columns"), list) and isinstance(value["data"], list):
        return _of_lists(name, names, value["data"])
    tables = [key for key, rows in value.items() if _are_records(rows)]
    wrapped = [key for key in tables if key in WRAPPERS]
    if len(wrapped) == 1:
        return columns_and_rows(name, value[wrapped[0]])
    if len(tables) > 1 and len(tables) == len(value):
        listed = ", ".join(map(quote, tables[:10]))
        raise Mistake(f"{quote(name)} holds several tables ({listed}). Put each into a file of its own.")
    if len(tables) == len(value) == 1:
        return columns_and_rows(name, value[tables[0]])
    lists = [key for key, rows in value.items() if isinstance(rows, list)]
    if (
        len(lists) == 1
        and lists[0] in WRAPPERS
        and all(isinstance(row, list) for row in cast("list[object]", value[lists[0]]))
    ):
        return columns_and_rows(name, value[lists[0]])
    if value and len(lists) == len(value):
        return _of_columns(name, cast("Mapping[str, list[object]]", value))
    if value and all(isinstance(inner, dict) and inner for inner in value.values()):
        return _of_objects(name, cast("Mapping[str, Mapping[str, object]]", value))
    if value and not any(isinstance(inner, (dict, list)) for inner in value.values()):
        return _of_records([value])
    raise _no_table(name)


def _are_records(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) and row for row in value)


def _of_records(value: Sequence[Mapping[str, object]]) -> tuple[Columns, Rows]:
    columns = tuple(dict.fromkeys(key for row in value for key in row))
    return columns, [[row.get(column) for column in columns] for row in value]


def _of_lists(name: str, names: object, value: Sequence[object]) -> tuple[Columns, Rows]:
    """Rows as lists under a list of names; short ones are filled."""
    if not isinstance(names, list) or not names or not value:
        raise _no_table(name)
    columns = tuple(str(each) for each in names)
    if len(set(columns)) < len(columns):
        raise Mistake(f"Two columns of {quote(name)} have the same name. Call each differently.")
    rows: Rows = []
    for place, row in enumerate(value, 1):
        if not isinstance(row, list):
            raise _odd_row(name, value)
        if len(row) > len(columns):
            raise Mistake(
                f"Row {place:,} of {quote(name)} has {len(row)} cells, and {len(columns)} columns have names."
            )
        rows.append([*row, *[None] * (len(columns) - len(row))])
    return columns, rows


def _of_columns(name: str, value: Mapping[str, list[object]]) -> tuple[Columns, Rows]:
    if len({len(cells) for cells in value.values()}) > 1:
        raise Mistake(f"The columns in {quote(name)} are not equally long.")
    rows = [list(cells) for cells in zip(*value.values(), strict=True)]
    if not rows:
        raise _no_table(name)
    return tuple(value), rows


def _of_objects(name: str, value: Mapping[str, Mapping[str, object]]) -> tuple[Columns, Rows]:
    """What `to_json` of pandas writes: per column an object from row to value, or per row one from column to value."""
    inner = list(dict.fromkeys(key for each in value.values() for key in each))
    are_rows = all(key.isdecimal() for key in value) and not all(key.isdecimal() for key in inner)
    if are_rows or not all(key.isdecimal() for key in inner):
        # Rows under names of their own have most of their columns in common.
        if not are_rows and (len(value) < 2 or any(len(each) < len(inner) for each in value.values())):
            raise _no_table(name)
        if are_rows or len(value) >= len(inner):
            return _of_records(list(value.values()))
    return tuple(value), [[column.get(key) for column in value.values()] for key in inner]


def _no_table(name: str, *, is_empty: bool = False) -> Mistake:
    return Mistake(f"{quote(name)} is no table. Write it as a list of rows: {EXAMPLE}.", is_empty=is_empty)


def _odd_row(name: str, rows: Sequence[object]) -> Mistake:
    """The first row that is of another kind than the one before it."""
    kinds = [type(row) for row in rows]
    place = next((at for at, kind in enumerate(kinds, 1) if kind is not kinds[0]), 1)
    return Mistake(f"Row {place:,} of {quote(name)} is no row as the others are. Write them as in {EXAMPLE}.")
