"""SQLite: one file, one connection a thread, one writer at a time."""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.store.migrations import migrate

Row = sqlite3.Row


class Database:
    """The state of hugops. Rows are `sqlite3.Row`; times are Unix seconds in UTC; structures are JSON text."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = path
        self._local = threading.local()
        migrate(path)

    def connection(self) -> sqlite3.Connection:
        """This thread's connection, in autocommit mode; writes go through `transaction`."""
        existing: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if existing is not None:
            return existing
        # A pool's thread may be closed by the interpreter at exit from another one.
        connection = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        # What a person was told must survive a power cut; 0.3 ms a transaction is what that costs.
        connection.execute("PRAGMA synchronous = FULL")
        self._local.connection = connection
        self._local.depth = 0
        self._local.after = []
        return connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One atomic change; a transaction inside a transaction joins it."""
        connection = self.connection()
        if self._local.depth:
            yield connection
            return
        connection.execute("BEGIN IMMEDIATE")
        self._local.depth = 1
        try:
            yield connection
            connection.execute("COMMIT")
            after = self._local.after
        except BaseException:
            # A COMMIT that fails leaves the transaction open; on a full disk SQLite has rolled back by itself.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        finally:
            self._local.depth = 0
            self._local.after = []
        for act in after:
            act()

    @contextmanager
    def savepoint(self) -> Iterator[sqlite3.Connection]:
        """A part of the running transaction that can fail alone: what it changed is undone, the rest stays."""
        with self.transaction() as connection:
            connection.execute("SAVEPOINT part")
            after = len(self._local.after)
            try:
                yield connection
            except BaseException:
                if connection.in_transaction:  # on a full disk SQLite has rolled all of it back by itself
                    connection.execute("ROLLBACK TO part")
                    connection.execute("RELEASE part")
                del self._local.after[after:]
                raise
            connection.execute("RELEASE part")

    def on_commit(self, act: Callable[[], None]) -> None:
        """Calls `act` when this thread's transaction is committed (at once outside of one), never on a rollback."""
        self.connection()
        if self._local.depth:
            self._local.after.append(act)
        else:
            act()

    def one(self, sql: str, parameters: Sequence[object] = ()) -> Row | None:
        row: Row | None = self.connection().execute(sql, parameters).fetchone()
        return row

    def all(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        return self.connection().execute(sql, parameters).fetchall()

    def close(self) -> None:
        """Closes this thread's connection."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            del self._local.connection


def dump(value: object) -> str:
    """JSON for a column."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def load(text: str | None) -> Any:
    """The structure in a JSON column; None for NULL."""
    return None if text is None else json.loads(text)
