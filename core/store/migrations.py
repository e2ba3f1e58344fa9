"""The schema, as numbered migrations; a migration that is out is never edited."""

import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

# Under which the database notes the migrations that it has.
NAME = "hugops"


def migrate(path: Path) -> None:
    """Brings the database at `path` to the newest schema; a copy is kept before an existing one changes."""
    existed = path.exists() and path.stat().st_size > 0
    # What applies migrations takes a tenth of a second to import, and most starts have none to apply.
    if existed and _applied(path) >= MIGRATIONS.keys():
        path.chmod(0o600)
        return
    sqlite_utils, migrations = _migrations()
    db = sqlite_utils.Database(path)
    try:
        db.enable_wal()
        if not migrations.pending(db):
            return
        if existed and migrations.applied(db):
            _back_up(path)
        migrations.apply(db)
    finally:
        db.conn.close()
    path.chmod(0o600)


def _applied(path: Path) -> set[str]:
    """The migrations that this database has; none where it has no table of them."""
    with closing(sqlite3.connect(path)) as connection:
        try:
            rows = connection.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = ?", (NAME,))
            return {name for (name,) in rows}
        except sqlite3.OperationalError:
            return set()


def _back_up(path: Path) -> None:
    target = path.with_name(f"{path.name}.before-migration-{int(time.time())}")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
    target.chmod(0o600)


def _migrations() -> tuple[Any, Any]:
    # sqlite_utils imports these whenever they are installed, which costs 100 MiB and half a second for types of columns
    # that are never used here. A None in sys.modules makes such an optional import fail cleanly.
    absent = [name for name in ("pandas", "numpy") if name not in sys.modules]
    for name in absent:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        import sqlite_utils
        from sqlite_utils.migrations import Migrations
    finally:
        for name in absent:
            del sys.modules[name]
    migrations = Migrations(NAME)
    for name, migration in MIGRATIONS.items():
        migrations(name=name)(migration)
    return sqlite_utils, migrations


def _first(db: Any) -> None:
    _execute(db, FIRST)


def _tries(db: Any) -> None:
    _execute(db, TRIES)


def _execute(db: Any, statements: str) -> None:
    for statement in statements.split(";\n"):
        if statement.strip():
            db.execute(statement)


FIRST = """
CREATE TABLE plans (
    id TEXT PRIMARY KEY, requested_by TEXT NOT NULL, channel TEXT NOT NULL, created REAL NOT NULL,
    plan TEXT NOT NULL, became TEXT
);
CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, state TEXT NOT NULL, title TEXT NOT NULL, recipe TEXT NOT NULL,
    requested_by TEXT NOT NULL, channel TEXT NOT NULL, executor TEXT NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 1, schedule INTEGER REFERENCES schedules(id), slot REAL,
    created REAL NOT NULL, started REAL, ended REAL, read_to INTEGER NOT NULL DEFAULT 0,
    last_seq INTEGER NOT NULL DEFAULT 0, cancel_by TEXT, muted INTEGER NOT NULL DEFAULT 0,
    data TEXT, progress TEXT, best TEXT, metrics TEXT, failure TEXT, artifacts TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX runs_by_state ON runs(state);
CREATE UNIQUE INDEX runs_once_a_slot ON runs(schedule, slot) WHERE schedule IS NOT NULL;
CREATE TABLE events (
    run INTEGER NOT NULL REFERENCES runs(id), seq INTEGER NOT NULL, attempt INTEGER NOT NULL,
    type TEXT NOT NULL, at TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (run, seq)
) WITHOUT ROWID;
CREATE TABLE schedules (
    id INTEGER PRIMARY KEY AUTOINCREMENT, state TEXT NOT NULL, plan TEXT NOT NULL, requested_by TEXT NOT NULL,
    channel TEXT NOT NULL, zone TEXT NOT NULL, at REAL, cron TEXT, words TEXT NOT NULL,
    next_slot REAL, created REAL NOT NULL
);
CREATE TABLE releases (
    id INTEGER PRIMARY KEY AUTOINCREMENT, state TEXT NOT NULL, run INTEGER NOT NULL REFERENCES runs(id),
    repo TEXT NOT NULL, public INTEGER NOT NULL, requested_by TEXT NOT NULL, requested_in TEXT NOT NULL,
    created REAL NOT NULL, decided REAL, reason TEXT, pull_request INTEGER, head TEXT, files TEXT,
    commit_sha TEXT, version TEXT, closed INTEGER NOT NULL DEFAULT 0, problem TEXT
);
CREATE TABLE votes (
    release INTEGER NOT NULL REFERENCES releases(id), user TEXT NOT NULL, verdict TEXT NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (release, user)
) WITHOUT ROWID;
CREATE TABLE watches (
    id INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, target TEXT NOT NULL, kind TEXT NOT NULL,
    requested_by TEXT NOT NULL, created REAL NOT NULL, ended REAL
);
CREATE UNIQUE INDEX watches_once ON watches(channel, target) WHERE ended IS NULL;
CREATE TABLE heads (
    target TEXT NOT NULL, kind TEXT NOT NULL, repo TEXT NOT NULL, sha TEXT NOT NULL, seen REAL NOT NULL,
    PRIMARY KEY (target, kind, repo)
) WITHOUT ROWID;
CREATE TABLE pushes (
    kind TEXT NOT NULL, repo TEXT NOT NULL, sha TEXT NOT NULL, seen REAL NOT NULL, PRIMARY KEY (kind, repo, sha)
) WITHOUT ROWID;
CREATE TABLE deliveries (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, message TEXT NOT NULL,
    channel TEXT NOT NULL, thread TEXT, about TEXT NOT NULL, state TEXT NOT NULL, body TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'waiting', created REAL NOT NULL, tries INTEGER NOT NULL DEFAULT 0,
    not_before REAL NOT NULL DEFAULT 0, problem TEXT
);
CREATE INDEX deliveries_open ON deliveries(status, number) WHERE status IN ('waiting', 'sending');
CREATE INDEX deliveries_of_message ON deliveries(message, status);
CREATE TABLE messages (message TEXT PRIMARY KEY, channel TEXT NOT NULL, ts TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE uploads (path TEXT PRIMARY KEY, file TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE seen_events (key TEXT PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID;
"""

REMEMBERED = """
CREATE TABLE remembered (
    user TEXT NOT NULL, what TEXT NOT NULL, value TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (user, what)
) WITHOUT ROWID
"""
ANSWERS = """
CREATE TABLE answers (
    id TEXT PRIMARY KEY, user TEXT NOT NULL, at REAL NOT NULL, text TEXT NOT NULL, blocks TEXT NOT NULL,
    sounds TEXT NOT NULL
) WITHOUT ROWID
"""
TRIES = """
CREATE TABLE tries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, state TEXT NOT NULL, who TEXT NOT NULL, channel TEXT NOT NULL,
    message TEXT, thread TEXT, model TEXT NOT NULL, revision TEXT NOT NULL, typed TEXT, task TEXT NOT NULL,
    inputs TEXT, options TEXT NOT NULL DEFAULT '{}', via TEXT, follows INTEGER REFERENCES tries(id),
    talks INTEGER NOT NULL DEFAULT 0, over INTEGER NOT NULL DEFAULT 0, said TEXT, shown TEXT, device TEXT, engine TEXT,
    seconds REAL, at REAL NOT NULL
);
CREATE INDEX tries_of_model ON tries(model, revision);
CREATE INDEX tries_of_thread ON tries(channel, thread);
CREATE INDEX tries_of_message ON tries(channel, message);
CREATE INDEX tries_of_person ON tries(who);
CREATE INDEX tries_open ON tries(state) WHERE state = 'open';
CREATE INDEX tries_kept ON tries(at) WHERE inputs IS NOT NULL;
CREATE TABLE try_votes (
    try INTEGER NOT NULL REFERENCES tries(id), user TEXT NOT NULL, up INTEGER NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (try, user)
) WITHOUT ROWID;
CREATE INDEX messages_by_ts ON messages(channel, ts);
"""
SURROUNDINGS = """
ALTER TABLE releases ADD COLUMN surroundings TEXT;
ALTER TABLE releases ADD COLUMN questions TEXT
"""
TAGS = """
CREATE TABLE tags (
    kind TEXT NOT NULL, repo TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (kind, repo, name)
) WITHOUT ROWID
"""
# Seconds that the attempts before the present one took.
SPENT = "ALTER TABLE runs ADD COLUMN spent REAL NOT NULL DEFAULT 0"
FINDINGS = "ALTER TABLE releases ADD COLUMN findings TEXT"
ARCHIVE = """
CREATE TABLE archive (
    sha256 TEXT NOT NULL, try INTEGER NOT NULL REFERENCES tries(id), bytes INTEGER NOT NULL, PRIMARY KEY (sha256, try)
) WITHOUT ROWID;
CREATE INDEX archive_of_try ON archive(try);
"""
DATA_FILES = """
CREATE TABLE data_files (
    sha256 TEXT NOT NULL, user TEXT NOT NULL, name TEXT NOT NULL, bytes INTEGER NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (sha256, user, name)
) WITHOUT ROWID
"""
UNANSWERED = """
CREATE TABLE unanswered (
    id INTEGER PRIMARY KEY AUTOINCREMENT, line TEXT NOT NULL, who TEXT NOT NULL, channel TEXT NOT NULL,
    message TEXT, thread TEXT, has_files INTEGER NOT NULL, at REAL NOT NULL
)
"""
MUTED_WATCHES = "ALTER TABLE watches ADD COLUMN muted INTEGER NOT NULL DEFAULT 0"

MIGRATIONS: dict[str, Callable[[Any], None]] = {
    "0001_first": _first,
    "0002_remembered": lambda db: db.execute(REMEMBERED),
    "0003_answers": lambda db: db.execute(ANSWERS),
    "0004_tries": _tries,
    "0005_findings": lambda db: db.execute(FINDINGS),
    "0006_surroundings": lambda db: _execute(db, SURROUNDINGS),
    "0007_tags": lambda db: db.execute(TAGS),
    "0008_unanswered": lambda db: db.execute(UNANSWERED),
    "0009_spent": lambda db: db.execute(SPENT),
    "0010_archive": lambda db: _execute(db, ARCHIVE),
    "0011_data_files": lambda db: db.execute(DATA_FILES),
    "0012_muted_watches": lambda db: db.execute(MUTED_WATCHES),
}
