"""Rows of deliveries, of the messages that they became, and of the pictures that were uploaded for them."""

from dataclasses import dataclass, fields
from sqlite3 import Connection

from core.store import Database, Row, rows

BATCH = 200


@dataclass(frozen=True)
class Delivery:
    """One version of one message on its way; `message` is the key that names the message for good."""

    number: int
    id: str
    message: str
    channel: str
    thread: str | None
    about: str
    state: str
    body: str
    status: str
    created: float
    tries: int
    not_before: float


def open_ones(database: Database) -> list[Delivery]:
    """Those that are still to be sent, in the order they were put."""
    # Word for word the condition of the index, or SQLite reads all that was ever delivered.
    sql = "SELECT * FROM deliveries WHERE status IN ('waiting', 'sending') ORDER BY number LIMIT ?"
    return [_read(row) for row in database.all(sql, (BATCH,))]


def count_open(database: Database) -> int:
    row = database.one("SELECT COUNT(*) AS n FROM deliveries WHERE status IN ('waiting', 'sending')")
    return int(row["n"]) if row else 0


def is_open(database: Database, key: str) -> bool:
    """Whether a version of this message is still to be sent."""
    sql = "SELECT 1 FROM deliveries WHERE message = ? AND status IN ('waiting', 'sending')"
    return database.one(sql, (key,)) is not None


def is_known(database: Database, key: str) -> bool:
    """Whether a message of this key was ever put."""
    return database.one("SELECT 1 FROM deliveries WHERE message = ?", (key,)) is not None


def rewrite_waiting(connection: Connection, key: str, body: str, about: str, state: str) -> bool:
    """Makes a version that waits the newest one; False when none waits."""
    rewritten = connection.execute(
        "UPDATE deliveries SET body = ?, about = ?, state = ? WHERE message = ? AND status = 'waiting'",
        (body, about, state, key),
    )
    return bool(rewritten.rowcount)


def begin(connection: Connection, number: int) -> Delivery:
    """The delivery as it was; from here on no newer version is written over it, and a restart looks it up in Slack."""
    row = connection.execute("SELECT * FROM deliveries WHERE number = ?", (number,)).fetchone()
    connection.execute("UPDATE deliveries SET status = 'sending', tries = tries + 1 WHERE number = ?", (number,))
    return _read(row)


def settle(connection: Connection, delivery: Delivery, place: tuple[str, str]) -> None:
    """It stands in Slack, at this channel and ts."""
    connection.execute(
        "INSERT INTO messages(message, channel, ts) VALUES (?,?,?) ON CONFLICT(message) DO NOTHING",
        (delivery.message, *place),
    )
    change(connection, delivery, status="sent")


def change(connection: Connection, delivery: Delivery, **columns: rows.Column) -> None:
    sets = ", ".join(f"{name} = ?" for name in columns)
    connection.execute(f"UPDATE deliveries SET {sets} WHERE number = ?", (*columns.values(), delivery.number))  # noqa: S608  # column names come from code


def newest_below(connection: Connection, key: str) -> Delivery | None:
    """The newest delivery whose message's key goes on after this one and a `/`."""
    row = connection.execute(
        "SELECT * FROM deliveries WHERE message > ? AND message < ? ORDER BY number DESC LIMIT 1",
        (f"{key}/", f"{key}0"),  # `0` is the sign after `/`
    ).fetchone()
    return None if row is None else _read(row)


def reopen(connection: Connection, channel: str, since: float) -> int:
    """What could not be posted there, or edited, is to be sent again, as it is now; how many messages that is."""
    reopened = connection.execute(
        "UPDATE deliveries SET status = 'waiting', tries = 0, not_before = 0, problem = NULL"
        " WHERE number IN (SELECT MAX(number) FROM deliveries WHERE channel = ? GROUP BY message)"
        " AND status = 'failed' AND created > ? AND about <> 'answer'"
        # The last of them is what a message in the thread of a lost one failed with.
        " AND problem IN ('not_in_channel', 'channel_not_found', 'NotPossible')",
        (channel, since),
    )
    return reopened.rowcount


def location(database: Database, key: str) -> tuple[str, str] | None:
    """Channel and ts of a message that was sent."""
    row = database.one("SELECT channel, ts FROM messages WHERE message = ?", (key,))
    return (row["channel"], row["ts"]) if row else None


def was_in(database: Database, channel: str) -> bool:
    """Whether anything was ever posted there."""
    return database.one("SELECT 1 FROM messages WHERE channel = ? LIMIT 1", (channel,)) is not None


def adopt(connection: Connection, key: str, channel: str, ts: str) -> None:
    connection.execute("INSERT OR REPLACE INTO messages(message, channel, ts) VALUES (?,?,?)", (key, channel, ts))


def let_go(connection: Connection, key: str) -> None:
    connection.execute("DELETE FROM messages WHERE message = ?", (key,))


def uploaded(database: Database, key: str) -> str | None:
    """The id of the file that Slack has of this picture."""
    row = database.one("SELECT file FROM uploads WHERE path = ?", (key,))
    return str(row["file"]) if row else None


def keep_upload(connection: Connection, key: str, file: str) -> None:
    connection.execute("INSERT OR REPLACE INTO uploads(path, file) VALUES (?,?)", (key, file))


def _read(row: Row) -> Delivery:
    return Delivery(**{column.name: row[column.name] for column in fields(Delivery)})
