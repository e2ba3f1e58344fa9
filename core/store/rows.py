"""Inserts and updates of any table, written once. Names of tables and columns come from code, values never do."""

from collections.abc import Sequence
from sqlite3 import Connection

from core.store import dump

Column = object


def insert(connection: Connection, table: str, **columns: Column) -> int:
    """A new row; returns its number. Lists and mappings are kept as JSON."""
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    cursor = connection.execute(f"INSERT INTO {table}({names}) VALUES ({marks})", _values(columns))  # noqa: S608
    return int(cursor.lastrowid or 0)


def update(connection: Connection, table: str, number: int, **columns: Column) -> None:
    """Changes these columns of one row."""
    connection.execute(f"UPDATE {table} SET {_sets(columns)} WHERE id = ?", (*_values(columns), number))  # noqa: S608


def move(
    connection: Connection, table: str, number: int, sources: Sequence[str], target: str, **columns: Column
) -> bool:
    """Compare-and-set of a state; False when the row was in none of `sources`."""
    changes = {"state": target, **columns}
    cursor = connection.execute(
        f"UPDATE {table} SET {_sets(changes)} WHERE id = ? AND state IN ({marks(sources)})",  # noqa: S608
        (*_values(changes), number, *sources),
    )
    return cursor.rowcount == 1


def marks(values: Sequence[object]) -> str:
    """As many question marks as there are values, for `IN (…)`."""
    return ",".join("?" * len(values))


def _sets(columns: dict[str, Column]) -> str:
    return ", ".join(f"{name} = ?" for name in columns)


def _values(columns: dict[str, Column]) -> tuple[Column, ...]:
    return tuple(dump(value) if isinstance(value, list | dict | tuple) else value for value in columns.values())
