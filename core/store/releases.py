"""Rows of releases and votes."""

from collections.abc import Sequence
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any

from core.store import Database, Row, load

UNDECIDED = ("checking", "waiting")
AT_WORK = ("checking", "approved", "publishing")


@dataclass(frozen=True)
class Release:
    """One request to publish a run; `head` and `files` are what the approvers saw."""

    number: int
    state: str
    run: int
    repo: str
    public: bool
    requested_by: str
    requested_in: str
    created: float
    decided: float | None
    reason: str | None
    pull_request: int | None
    head: str | None
    files: list[list[Any]]
    commit_sha: str | None
    version: str | None
    problem: str | None
    votes: dict[str, str]

    @property
    def id(self) -> str:
        return f"P{self.number}"

    @property
    def approved_by(self) -> list[str]:
        return [user for user, verdict in self.votes.items() if verdict == "approve"]


def read(database: Database, row: Row) -> Release:
    """The release in this row, with its votes in the order they came."""
    votes = database.all("SELECT user, verdict FROM votes WHERE release = ? ORDER BY at", (row["id"],))
    plain = {
        key: row[key]
        for key in (
            "state",
            "run",
            "repo",
            "requested_by",
            "requested_in",
            "created",
            "decided",
            "reason",
            "pull_request",
            "head",
            "commit_sha",
            "version",
            "problem",
        )
    }
    return Release(
        number=row["id"],
        public=bool(row["public"]),
        files=load(row["files"]) or [],
        votes={vote["user"]: vote["verdict"] for vote in votes},
        **plain,
    )


def find(database: Database, number: int) -> Release | None:
    row = database.one("SELECT * FROM releases WHERE id = ?", (number,))
    return read(database, row) if row else None


def in_states(database: Database, states: Sequence[str]) -> list[Release]:
    """All releases in one of these states, oldest first."""
    marks = ",".join("?" * len(states))
    rows = database.all(f"SELECT * FROM releases WHERE state IN ({marks}) ORDER BY id", states)  # noqa: S608  # only question marks are put in
    return [read(database, row) for row in rows]


def to_close(database: Database) -> list[Release]:
    """Releases that ended without a publication and whose pull request still has to be closed."""
    rows = database.all(
        "SELECT * FROM releases WHERE state IN ('rejected', 'withdrawn', 'void')"
        " AND pull_request IS NOT NULL AND NOT closed ORDER BY id"
    )
    return [read(database, row) for row in rows]


def newest(database: Database, limit: int, repo: str | None) -> list[Release]:
    rows = database.all("SELECT * FROM releases WHERE ?1 IS NULL OR repo = ?1 ORDER BY id DESC LIMIT ?2", (repo, limit))
    return [read(database, row) for row in rows]


def published(database: Database) -> frozenset[str]:
    """The repos that a release went to."""
    rows = database.all("SELECT DISTINCT repo FROM releases WHERE state = 'published'")
    return frozenset(row["repo"] for row in rows)


def open_for(connection: Connection, run: int, repo: str) -> int | None:
    """The number of a release of this run to this repo that is not decided or not finished yet."""
    row = connection.execute(
        "SELECT id FROM releases WHERE run = ? AND repo = ?"
        " AND state IN ('checking', 'waiting', 'approved', 'publishing')",
        (run, repo),
    ).fetchone()
    return int(row["id"]) if row else None


def taken_versions(connection: Connection, repo: str) -> list[str]:
    """Versions that releases of this repo have, also those whose tag is still to come."""
    found = connection.execute(
        "SELECT version FROM releases WHERE repo = ? AND version IS NOT NULL AND state IN ('publishing', 'published')",
        (repo,),
    )
    return [row["version"] for row in found]


def insert(connection: Connection, values: dict[str, object]) -> int:
    names = ", ".join(values)
    marks = ", ".join("?" * len(values))
    cursor = connection.execute(f"INSERT INTO releases({names}) VALUES ({marks})", tuple(values.values()))  # noqa: S608  # column names come from code
    return int(cursor.lastrowid or 0)


def move(connection: Connection, number: int, sources: Sequence[str], target: str, **columns: object) -> bool:
    """Compare-and-set of the state; False when the release was in none of `sources`."""
    sets = ", ".join(f"{name} = ?" for name in ("state", *columns))
    marks = ",".join("?" * len(sources))
    cursor = connection.execute(
        f"UPDATE releases SET {sets} WHERE id = ? AND state IN ({marks})",  # noqa: S608  # column names come from code
        (target, *columns.values(), number, *sources),
    )
    return cursor.rowcount == 1


def vote(connection: Connection, number: int, user: str, verdict: str, at: float) -> bool:
    """Keeps the vote; False when this person has voted already."""
    cursor = connection.execute(
        "INSERT OR IGNORE INTO votes(release, user, verdict, at) VALUES (?,?,?,?)",
        (number, user, verdict, at),
    )
    return cursor.rowcount == 1
