"""Rows of runs and their events."""

from collections.abc import Sequence
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any

from core.events import Body, Event
from core.figures import dump_figures, read_figures
from core.ids import RUN
from core.store import Database, Row, dump, load
from core.store.rows import marks

OPEN = ("queued", "starting", "running")


@dataclass(frozen=True)
class Run:
    """One fine-tune as it stands; `id` is the short id that people type.

    `spent` are the seconds of the attempts before this one. `progress` has the last event of that kind, and beside it
    what was last `measured` (as in `best`), the loss that `was` then, and the step of the last `checkpoint`. `best` has
    `figures`, `metrics`, `step` and `split`; `metrics` has `figures` where the worker wrote some.
    """

    number: int
    state: str
    title: str
    recipe: dict[str, Any]
    requested_by: str
    channel: str
    executor: str
    attempt: int
    created: float
    started: float | None
    ended: float | None
    read_to: int
    last_seq: int
    cancel_by: str | None
    muted: bool
    schedule: int | None
    data: dict[str, Any]
    progress: dict[str, Any]
    best: dict[str, Any]
    metrics: dict[str, Any]
    failure: dict[str, Any]
    artifacts: dict[str, Any]
    spent: float = 0.0

    @property
    def id(self) -> str:
        return RUN.write(self.number)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


def read(row: Row) -> Run:
    """The run in this row."""
    structures: dict[str, Any] = {
        key: load(row[key]) or {} for key in ("data", "progress", "best", "metrics", "failure", "artifacts")
    }
    plain: dict[str, Any] = {
        key: row[key]
        for key in (
            "state",
            "title",
            "requested_by",
            "channel",
            "executor",
            "attempt",
            "created",
            "started",
            "ended",
            "read_to",
            "last_seq",
            "cancel_by",
            "schedule",
            "spent",
        )
    }
    if structures["best"]:  # rows of version 0.1 have no figures in it
        structures["best"].setdefault("figures", dump_figures(read_figures(structures["best"]["metrics"])))
    return Run(number=row["id"], recipe=load(row["recipe"]), muted=bool(row["muted"]), **plain, **structures)


def find(database: Database, number: int) -> Run | None:
    row = database.one("SELECT * FROM runs WHERE id = ?", (number,))
    return read(row) if row else None


def in_states(database: Database, states: Sequence[str]) -> list[Run]:
    """All runs in one of these states, oldest first."""
    sql = f"SELECT * FROM runs WHERE state IN ({marks(states)}) ORDER BY id"  # noqa: S608  # question marks only
    return [read(row) for row in database.all(sql, states)]


def newest(database: Database, limit: int, requested_by: str | None, state: str | None) -> list[Run]:
    """The newest runs, newest first, of one person or state when given."""
    return [
        read(row)
        for row in database.all(
            "SELECT * FROM runs WHERE (?1 IS NULL OR requested_by = ?1) AND (?2 IS NULL OR state = ?2)"
            " ORDER BY id DESC LIMIT ?3",
            (requested_by, state, limit),
        )
    ]


def has_slot(connection: Connection, schedule: int, slot: float) -> bool:
    """Whether this slot of a schedule has had its run."""
    return bool(connection.execute("SELECT 1 FROM runs WHERE schedule = ? AND slot = ?", (schedule, slot)).fetchone())


def ahead_of(connection: Connection, number: int) -> int:
    """How many runs are at work, or waited already when this one came."""
    row = connection.execute(
        "SELECT COUNT(*) FROM runs WHERE state IN ('starting', 'running') OR state = 'queued' AND id < ?", (number,)
    ).fetchone()
    return int(row[0])


def add_event(connection: Connection, number: int, event: Event) -> bool:
    """Keeps the event as it was written; False when it was known already."""
    cursor = connection.execute(
        "INSERT OR IGNORE INTO events(run, seq, attempt, type, at, body) VALUES (?,?,?,?,?,?)",
        (number, event.seq, event.attempt, event.type, event.at, dump(event.body)),
    )
    return cursor.rowcount == 1


def events(database: Database, number: int, limit: int) -> list[Body]:
    """The newest events of a run, oldest first."""
    rows = database.all("SELECT body FROM events WHERE run = ? ORDER BY seq DESC LIMIT ?", (number, limit))
    return [load(row["body"]) for row in reversed(rows)]


def milestones(database: Database, number: int, limit: int) -> list[Body]:
    """The newest events of a run that are more than a step on the way or a file, oldest first."""
    sql = "SELECT body FROM events WHERE run = ? AND type NOT IN ('progress', 'artifact') ORDER BY seq DESC LIMIT ?"
    return [load(row["body"]) for row in reversed(database.all(sql, (number, limit)))]


def measured_rate(database: Database, base: str) -> float | None:
    """Samples a second of the newest finished run on the same base model."""
    row = database.one(
        "SELECT metrics ->> 'samples_per_second' AS rate FROM runs"
        " WHERE state = 'succeeded' AND recipe ->> '$.base.repo' = ? ORDER BY id DESC LIMIT 1",
        (base,),
    )
    return float(row["rate"]) if row and row["rate"] else None
