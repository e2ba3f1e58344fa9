"""The database: made from nothing, brought up to date with a copy kept, changed all or nothing."""

import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.answers import Answer
from core.outbox import Message
from core.store import Database, answers, remembered, seen_events
from core.store import migrations as schema
from world.core import ANA, Team


def names(path: Path) -> list[str]:
    with sqlite3.connect(path) as connection:
        found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%sqlite%'")
        tables = sorted(name for (name,) in found)
    connection.close()
    return tables


def add_notes(db: Any) -> None:
    db.execute("CREATE TABLE notes (text TEXT)")


def break_halfway(db: Any) -> None:
    db.execute("CREATE TABLE notes (text TEXT)")
    db.execute("INSERT INTO nowhere VALUES (1)")


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path / "hugops.db")


def test_an_empty_folder_gets_the_whole_schema_and_no_copy(tmp_path: Path) -> None:
    Database(tmp_path / "new" / "hugops.db").close()
    assert names(tmp_path / "new" / "hugops.db") == [
        "answers",
        "archive",
        "data_files",
        "deliveries",
        "events",
        "heads",
        "messages",
        "plans",
        "pushes",
        "releases",
        "remembered",
        "runs",
        "schedules",
        "seen_events",
        "tags",
        "tries",
        "try_votes",
        "unanswered",
        "uploads",
        "votes",
        "watches",
    ]
    assert list((tmp_path / "new").glob("*before-migration*")) == []
    assert (tmp_path / "new" / "hugops.db").stat().st_mode & 0o777 == 0o600


def test_a_database_that_is_up_to_date_is_left_alone(tmp_path: Path, database: Database) -> None:
    before = names(database.path)
    with database.transaction() as connection:
        connection.execute("INSERT INTO uploads VALUES ('a', 'F1')")
    again = Database(database.path)
    assert [tuple(row) for row in again.all("SELECT * FROM uploads")] == [("a", "F1")]
    assert (names(database.path), list(tmp_path.glob("*before-migration*"))) == (before, [])


LOADED = """
import sys
from pathlib import Path
from core.store import Database
Database(Path(sys.argv[1]))
print(*sorted({"numpy", "pandas", "sqlite_utils"} & set(sys.modules)))
"""


def test_a_start_loads_what_applies_migrations_only_where_there_are_some_and_never_tables(tmp_path: Path) -> None:
    command = [sys.executable, "-c", LOADED, str(tmp_path / "hugops.db")]
    starts = [subprocess.run(command, capture_output=True, text=True, check=True, timeout=60) for _ in range(2)]
    assert [start.stdout.split() for start in starts] == [["sqlite_utils"], []]


def test_a_copy_is_kept_before_an_existing_database_changes(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as connection:
        connection.execute("INSERT INTO uploads VALUES ('a', 'F1')")
    monkeypatch.setitem(schema.MIGRATIONS, "9999_notes", add_notes)
    Database(database.path).close()
    [copy] = tmp_path.glob("hugops.db.before-migration-*")
    assert sqlite3.connect(copy).execute("SELECT * FROM uploads").fetchall() == [("a", "F1")]
    assert ("notes" in names(copy), "notes" in names(database.path)) == (False, True)
    assert copy.stat().st_mode & 0o777 == 0o600


def test_a_migration_that_breaks_leaves_the_schema_as_it_was(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = names(database.path)
    with monkeypatch.context() as broken:
        broken.setitem(schema.MIGRATIONS, "9999_notes", break_halfway)
        with pytest.raises(sqlite3.OperationalError):
            Database(database.path)
    assert names(database.path) == before
    monkeypatch.setitem(schema.MIGRATIONS, "9999_notes", add_notes)
    Database(database.path).close()
    assert names(database.path) == sorted([*before, "notes"])


def test_a_transaction_inside_a_transaction_joins_it(database: Database) -> None:
    def change() -> None:
        with database.transaction() as outer:
            outer.execute("INSERT INTO uploads VALUES ('outer', 'F1')")
            with database.transaction() as inner:
                inner.execute("INSERT INTO uploads VALUES ('inner', 'F2')")
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        change()
    assert database.all("SELECT * FROM uploads") == []


def test_a_part_that_fails_is_undone_alone_with_what_waited_for_its_commit(database: Database) -> None:
    seen: list[str] = []

    def put(word: str) -> None:
        with database.savepoint() as connection:
            connection.execute("INSERT INTO uploads VALUES (?, 'F1')", (word,))
            database.on_commit(lambda: seen.append(word))
            if word == "bad":
                raise ValueError("no")

    with database.transaction():
        put("first")
        with pytest.raises(ValueError, match="no"):
            put("bad")
        put("last")
    assert ([row["path"] for row in database.all("SELECT path FROM uploads")], seen) == (["first", "last"],) * 2


def test_an_event_is_seen_once_or_again_after_a_while_or_when_it_was_forgotten(database: Database) -> None:
    first = [seen_events.is_first(database, "C1/1.0", again) for again in (None, None, 60.0, -1.0)]
    seen_events.forget(database, "C1/1.0")
    assert (first, seen_events.is_first(database, "C1/1.0")) == ([True, False, False, True], True)


def test_a_commit_that_fails_leaves_the_thread_able_to_write(database: Database) -> None:
    def change() -> None:
        with database.transaction() as connection:
            connection.execute("PRAGMA defer_foreign_keys = ON")
            connection.execute("INSERT INTO votes VALUES (99, 'U1', 'approve', 1.0)")

    with pytest.raises(sqlite3.IntegrityError):
        change()
    with database.transaction() as connection:
        connection.execute("INSERT INTO uploads VALUES ('a', 'F1')")
    assert (len(database.all("SELECT * FROM votes")), len(database.all("SELECT * FROM uploads"))) == (0, 1)


def test_what_waits_for_a_commit_happens_after_it_and_never_after_a_rollback(database: Database) -> None:
    seen: list[tuple[str, int]] = []

    def count(word: str) -> None:
        seen.append((word, len(Database(database.path).all("SELECT * FROM uploads"))))

    def change(word: str, *, fails: bool) -> None:
        with database.transaction() as connection:
            connection.execute("INSERT INTO uploads VALUES (?, 'F1')", (word,))
            with database.transaction():
                database.on_commit(lambda: count(word))
            if fails:
                raise ValueError("no")

    change("kept", fails=False)
    with pytest.raises(ValueError, match="no"):
        change("rolled back", fails=True)
    database.on_commit(lambda: count("outside"))
    assert seen == [("kept", 1), ("outside", 1)]


def test_an_answer_is_kept_for_a_day_for_the_one_who_saw_it(database: Database) -> None:
    answer = Answer("yes", [{"type": "divider"}], sounds=(("a.wav", "hello"),))
    name = answers.keep(database, "U1", answer, now=1000.0)
    assert (answers.find(database, "U1", name), answers.find(database, "U2", name)) == (answer, None)
    answers.keep(database, "U1", answer, now=1001.0 + answers.KEPT_SECONDS)
    assert answers.find(database, "U1", name) is None


def test_what_a_person_gave_last_is_remembered_until_it_is_forgotten(database: Database) -> None:
    remembered.keep(database, "U1", "form", {"model": "a"})
    remembered.keep(database, "U1", "form", {"model": "b"})
    assert [remembered.last(database, user, "form") for user in ("U1", "U2")] == [{"model": "b"}, None]
    remembered.keep(database, "U1", "form", None)
    assert remembered.last(database, "U1", "form") is None


def test_rows_of_other_tables_must_exist(database: Database) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        database.connection().execute("INSERT INTO votes VALUES (99, 'U1', 'approve', 1.0)")


def test_no_query_of_the_outbox_reads_all_that_was_ever_delivered(tmp_path: Path) -> None:
    team = Team(tmp_path)
    asked: list[str] = []
    team.database.connection().set_trace_callback(asked.append)
    run = team.start(ANA)
    team.outbox.put(Message("R1/1/1", "C-ML", "note", run.id, "running", thread=run.id))
    team.drain()
    team.database.connection().set_trace_callback(None)
    plans = [
        row["detail"]
        for sql in asked
        if "deliveries" in sql and sql.startswith(("SELECT", "UPDATE"))
        for row in team.database.all(f"EXPLAIN QUERY PLAN {sql}")
    ]
    assert plans
    assert [plan for plan in plans if plan.startswith("SCAN deliveries")] == []
