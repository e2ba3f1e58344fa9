"""The workspace's documents on disk: one SQLite table of JSON, written through, read once at the start."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sandbox.documents import Document


class DocumentStore:
    """Documents by kind and id, in the order in which they were first put."""

    def __init__(self, path: Path) -> None:
        # Built in one thread, used by the event loop of another: never by two at once.
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS documents "
            "(kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, id))"
        )

    def all(self, kind: str) -> Iterator[Document]:
        rows = self._db.execute("SELECT body FROM documents WHERE kind = ? ORDER BY rowid", (kind,))
        return (json.loads(body) for (body,) in rows)

    def put(self, kind: str, key: str, document: Document) -> None:
        self._db.execute(
            "INSERT INTO documents (kind, id, body) VALUES (?, ?, ?) "
            "ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
            (kind, key, json.dumps(document)),
        )

    def remove(self, kind: str, key: str) -> None:
        self._db.execute("DELETE FROM documents WHERE kind = ? AND id = ?", (kind, key))

    def close(self) -> None:
        self._db.close()
