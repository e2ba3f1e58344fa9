"""Rows of data files: which person gave which file to train on, by its hash."""

from collections.abc import Iterable
from dataclasses import dataclass
from sqlite3 import Connection

from core.store import Database

# Runs and schedules name their data by its hash; what they were planned with stays as long as they do.
UNUSED = """
SELECT DISTINCT sha256 FROM data_files AS one
WHERE NOT EXISTS (SELECT 1 FROM data_files WHERE sha256 = one.sha256 AND at >= ?)
AND NOT EXISTS (SELECT 1 FROM runs WHERE json_extract(recipe, '$.dataset.revision') = one.sha256)
AND NOT EXISTS (SELECT 1 FROM schedules WHERE json_extract(plan, '$.dataset.revision') = one.sha256)
"""


@dataclass(frozen=True)
class DataFile:
    """A file that somebody gave to train on, by its own name."""

    name: str
    sha256: str
    bytes: int


def add(connection: Connection, file: DataFile, user: str, now: float) -> None:
    """The person has this file now, once or again."""
    connection.execute(
        "INSERT INTO data_files(sha256, user, name, bytes, at) VALUES (?,?,?,?,?) "
        "ON CONFLICT(sha256, user, name) DO UPDATE SET at = excluded.at",
        (file.sha256, user, file.name, file.bytes, now),
    )


def find(database: Database, user: str, name: str, start: str) -> DataFile | None:
    """The newest file of this person and name whose hash begins so."""
    row = database.one(
        "SELECT name, sha256, bytes FROM data_files WHERE user = ? AND name = ? COLLATE NOCASE AND "
        "substr(sha256, 1, length(?)) = ? ORDER BY at DESC LIMIT 1",
        (user, name, start, start),
    )
    return DataFile(row["name"], row["sha256"], row["bytes"]) if row else None


def names(database: Database, user: str, most: int) -> list[str]:
    """What this person's files are called, the newest first."""
    rows = database.all(
        "SELECT name FROM data_files WHERE user = ? GROUP BY name ORDER BY MAX(at) DESC LIMIT ?", (user, most)
    )
    return [row["name"] for row in rows]


def unused(database: Database, before: float) -> list[str]:
    """Hashes of files that nobody gave since then, and that no run or schedule is about."""
    return [row["sha256"] for row in database.all(UNUSED, (before,))]


def drop(connection: Connection, hashes: Iterable[str]) -> None:
    connection.executemany("DELETE FROM data_files WHERE sha256 = ?", [(each,) for each in hashes])
