"""The Hub's SQLite file: one connection a transaction, so threads and processes may share it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS repos(
  number INTEGER PRIMARY KEY, oid TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL COLLATE NOCASE,
  owner TEXT NOT NULL, private INTEGER NOT NULL, gated TEXT, created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
  downloads INTEGER NOT NULL DEFAULT 0, likes INTEGER NOT NULL DEFAULT 0, UNIQUE(kind, id)
);
CREATE TABLE IF NOT EXISTS moved(
  kind TEXT NOT NULL, old_id TEXT NOT NULL COLLATE NOCASE,
  repo INTEGER NOT NULL REFERENCES repos ON DELETE CASCADE, PRIMARY KEY(kind, old_id)
);
CREATE TABLE IF NOT EXISTS members(
  org TEXT NOT NULL COLLATE NOCASE, account TEXT NOT NULL, PRIMARY KEY(org, account)
);
CREATE TABLE IF NOT EXISTS commits(
  repo INTEGER NOT NULL REFERENCES repos ON DELETE CASCADE, sha TEXT NOT NULL, parent TEXT, title TEXT NOT NULL,
  message TEXT NOT NULL, author TEXT NOT NULL, date TEXT NOT NULL, tree TEXT NOT NULL, PRIMARY KEY(repo, sha)
);
CREATE TABLE IF NOT EXISTS refs(
  repo INTEGER NOT NULL REFERENCES repos ON DELETE CASCADE, name TEXT NOT NULL, sha TEXT NOT NULL,
  message TEXT, PRIMARY KEY(repo, name)
);
CREATE TABLE IF NOT EXISTS discussions(
  repo INTEGER NOT NULL REFERENCES repos ON DELETE CASCADE, num INTEGER NOT NULL, title TEXT NOT NULL,
  author TEXT NOT NULL, status TEXT NOT NULL, is_pull_request INTEGER NOT NULL, created_at TEXT NOT NULL,
  start_sha TEXT, merge_sha TEXT, PRIMARY KEY(repo, num)
);
CREATE TABLE IF NOT EXISTS events(
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, repo INTEGER NOT NULL REFERENCES repos ON DELETE CASCADE,
  num INTEGER NOT NULL, type TEXT NOT NULL, author TEXT NOT NULL, created_at TEXT NOT NULL, data TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS access_requests(
  id TEXT PRIMARY KEY, repo INTEGER NOT NULL REFERENCES repos ON DELETE CASCADE, account TEXT NOT NULL,
  status TEXT NOT NULL, at TEXT NOT NULL, UNIQUE(repo, account)
);
CREATE TABLE IF NOT EXISTS webhooks(
  id TEXT PRIMARY KEY, account TEXT NOT NULL, url TEXT NOT NULL, watched TEXT NOT NULL, domains TEXT NOT NULL,
  secret TEXT, disabled INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS collections(
  slug TEXT PRIMARY KEY, owner TEXT NOT NULL COLLATE NOCASE, title TEXT NOT NULL, description TEXT,
  private INTEGER NOT NULL, theme TEXT NOT NULL, updated_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS collection_entries(
  id TEXT PRIMARY KEY, slug TEXT NOT NULL REFERENCES collections ON DELETE CASCADE, place INTEGER NOT NULL,
  kind TEXT NOT NULL, name TEXT NOT NULL, note TEXT
);
CREATE TABLE IF NOT EXISTS providers(
  repo INTEGER NOT NULL REFERENCES repos ON DELETE CASCADE, place INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY(repo, place)
);
CREATE TABLE IF NOT EXISTS inference_accounts(
  name TEXT PRIMARY KEY COLLATE NOCASE, credits REAL, permitted INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS inference_calls(
  number INTEGER PRIMARY KEY, account TEXT NOT NULL, billed_to TEXT NOT NULL COLLATE NOCASE, model TEXT NOT NULL,
  provider TEXT NOT NULL, task TEXT NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
  cost REAL NOT NULL, at TEXT NOT NULL
);
"""


class HubDatabase:
    def __init__(self, path: Path) -> None:
        self._path = path
        with closing(self._connect()) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(SCHEMA)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=30, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        with closing(self._connect()) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction that holds the write lock from its start; rolled back on any error."""
        with closing(self._connect()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
