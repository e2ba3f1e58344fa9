"""Which of Slack's events were seen; it delivers some of them again, also under new ids."""

import time

from core.store import Database


def is_first(database: Database, key: str, again_after: float | None = None) -> bool:
    """Notes that this was seen; True the first time, and again where the last time was that many seconds ago."""
    now = time.time()
    before = 0.0 if again_after is None else now - again_after
    with database.transaction() as connection:
        noted = connection.execute(
            "INSERT INTO seen_events(key, at) VALUES (?,?)"
            " ON CONFLICT(key) DO UPDATE SET at = excluded.at WHERE at < ?",
            (key, now, before),
        )
    return noted.rowcount == 1


def forget(database: Database, key: str) -> None:
    """The next time is the first again."""
    with database.transaction() as connection:
        connection.execute("DELETE FROM seen_events WHERE key = ?", (key,))
