"""Rows of schedules."""

from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any

from core.ids import SCHEDULE
from core.store import Database, Row, load


@dataclass(frozen=True)
class Schedule:
    """One planned training: `at` for once, `cron` for repeatedly; `next_slot` is when it is due next."""

    number: int
    state: str
    plan: dict[str, Any]
    requested_by: str
    channel: str
    zone: str
    at: float | None
    cron: str | None
    words: str
    next_slot: float | None
    created: float

    @property
    def id(self) -> str:
        return SCHEDULE.write(self.number)

    @property
    def title(self) -> str:
        return str(self.plan["title"])


def find(database: Database, number: int) -> Schedule | None:
    row = database.one("SELECT * FROM schedules WHERE id = ?", (number,))
    return _read(row) if row else None


def current(database: Database) -> list[Schedule]:
    """Those that are active or paused, the next one first."""
    return [
        _read(row)
        for row in database.all(
            "SELECT * FROM schedules WHERE state IN ('active', 'paused') ORDER BY next_slot IS NULL, next_slot, id"
        )
    ]


def move_on(connection: Connection, number: int, slot: float, next_slot: float | None) -> bool:
    """From a slot to the next one, or to the end; False when the schedule no longer waits for that slot."""
    moved = connection.execute(
        "UPDATE schedules SET next_slot = ?, state = ? WHERE id = ? AND state = 'active' AND next_slot = ?",
        (next_slot, "done" if next_slot is None else "active", number, slot),
    )
    return moved.rowcount == 1


def _read(row: Row) -> Schedule:
    plain = {
        key: row[key]
        for key in ("state", "requested_by", "channel", "zone", "at", "cron", "words", "next_slot", "created")
    }
    return Schedule(number=row["id"], plan=load(row["plan"]), **plain)
