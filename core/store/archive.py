"""Rows of the archive: which try is about which file, by its hash."""

from sqlite3 import Connection

from core.store import Database

# Newest first, as far as they fit together; the others are the oldest.
OLDEST = """
SELECT sha256 FROM (
    SELECT sha256, SUM(MAX(bytes)) OVER (ORDER BY MAX(try) DESC, sha256) AS so_far FROM archive GROUP BY sha256
) WHERE so_far > ?
"""


def add(connection: Connection, sha256: str, number: int, size: int) -> None:
    """The try is about this file, once or more often."""
    connection.execute("INSERT OR IGNORE INTO archive(sha256, try, bytes) VALUES (?,?,?)", (sha256, number, size))


def drop(connection: Connection, number: int) -> bool:
    """Forgets the files of this try; whether it had any."""
    return connection.execute("DELETE FROM archive WHERE try = ?", (number,)).rowcount > 0


def drop_forgotten(connection: Connection) -> None:
    """Forgets the files of tries whose inputs are not kept any more."""
    connection.execute("DELETE FROM archive WHERE try IN (SELECT id FROM tries WHERE inputs IS NULL)")


def drop_oldest(connection: Connection, most: int) -> bool:
    """Forgets what was asked about longest ago, until the others have at most so many bytes; whether there was any."""
    return connection.execute(f"DELETE FROM archive WHERE sha256 IN ({OLDEST})", (most,)).rowcount > 0  # noqa: S608


def hashes(connection: Connection) -> set[str]:
    """All files that a try is about."""
    return {row["sha256"] for row in connection.execute("SELECT DISTINCT sha256 FROM archive")}


def size_of(database: Database, sha256: str) -> int | None:
    """How many bytes the file of this hash has; None for one that no try is about."""
    row = database.one("SELECT bytes FROM archive WHERE sha256 = ?", (sha256,))
    return int(row["bytes"]) if row else None
