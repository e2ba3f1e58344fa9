"""Commands that are being answered: what is still here when the bot starts was cut off."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from core.answers import Caller
from core.store import Database, rows

TABLE = "unanswered"


@dataclass(frozen=True)
class Unanswered:
    """Who typed which `line` where; with `has_files`, files belong to it that it does not name."""

    id: int
    line: str
    who: str
    channel: str
    message: str | None
    thread: str | None
    has_files: bool

    @property
    def caller(self) -> Caller:
        """Where the answer belongs; the response URL has gone with the bot that knew it."""
        return Caller(self.who, self.channel, thread=self.thread, message=self.message)


@contextmanager
def kept(database: Database, caller: Caller, line: str) -> Iterator[None]:
    """While it is open, the line is one that is being answered."""
    where = {"who": caller.user, "channel": caller.channel, "message": caller.message, "thread": caller.thread}
    with database.transaction() as connection:
        number = rows.insert(
            connection, TABLE, line=line, has_files=int(caller.is_about_files), at=time.time(), **where
        )
    try:
        yield
    finally:
        forget(database, number)


def left(database: Database, before: float) -> list[Unanswered]:
    """What was begun before this moment and has no answer, the oldest first."""
    found = database.all("SELECT * FROM unanswered WHERE at < ? ORDER BY id", (before,))
    return [
        Unanswered(
            row["id"],
            row["line"],
            row["who"],
            row["channel"],
            row["message"],
            row["thread"],
            bool(row["has_files"]),
        )
        for row in found
    ]


def forget(database: Database, number: int) -> None:
    """It is answered, or its end was told."""
    with database.transaction() as connection:
        connection.execute("DELETE FROM unanswered WHERE id = ?", (number,))
