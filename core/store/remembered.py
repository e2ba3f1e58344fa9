"""What a person gave last, kept for the next time: the values of a form, the model picked for a comparison."""

import time
from typing import Any

from core.store import Database, dump, load


def keep(database: Database, user: str, what: str, value: object, now: float | None = None) -> None:
    """Remembers `value` (JSON) as this person's last for `what`; None forgets it."""
    at = time.time() if now is None else now
    with database.transaction() as connection:
        if value is None:
            connection.execute("DELETE FROM remembered WHERE user = ? AND what = ?", (user, what))
            return
        connection.execute(
            "INSERT INTO remembered(user, what, value, at) VALUES (?,?,?,?)"
            " ON CONFLICT(user, what) DO UPDATE SET value = excluded.value, at = excluded.at",
            (user, what, dump(value), at),
        )


def last(database: Database, user: str, what: str, since: float = 0.0) -> Any:
    """What was remembered, if that was after `since` (Unix seconds); None otherwise."""
    row = database.one("SELECT value FROM remembered WHERE user = ? AND what = ? AND at >= ?", (user, what, since))
    return load(row["value"]) if row else None
