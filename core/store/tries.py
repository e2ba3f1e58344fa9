"""Rows of tries: what was asked of which model, and what people thought of the answer."""

from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any

from core.store import Database, Row, dump, load

STRUCTURES = ("inputs", "options", "shown")
PLAIN = (
    "state",
    "who",
    "channel",
    "message",
    "thread",
    "model",
    "revision",
    "typed",
    "task",
    "via",
    "follows",
    "said",
    "device",
    "engine",
    "seconds",
    "at",
)


@dataclass(frozen=True)
class Try:
    """One question to a model; `id` is what its buttons carry.

    `message` and `thread` are Slack's ts of the question and its thread, `typed` is the revision that was named.
    `follows` is the try before it in a conversation, `said` is what the model wrote, `shown` is the answer's text and
    blocks. `inputs` is None once they are not kept any more.
    """

    number: int
    state: str
    who: str
    channel: str
    message: str | None
    thread: str | None
    model: str
    revision: str
    typed: str | None
    task: str
    inputs: list[Any] | None
    options: dict[str, Any]
    via: str | None
    follows: int | None
    talks: bool
    over: bool
    said: str | None
    shown: dict[str, Any] | None
    device: str | None
    engine: str | None
    seconds: float | None
    at: float

    @property
    def id(self) -> str:
        return f"T{self.number}"

    @property
    def repeatable(self) -> bool:
        """Whether all that it was asked about is text, since files are not kept."""
        return self.inputs is not None and not any(isinstance(each, dict) for each in self.inputs)


@dataclass(frozen=True)
class Tally:
    """How often something was tried, and how many thumbs went up and down."""

    tried: int
    up: int
    down: int


def read(row: Row) -> Try:
    """The try in this row."""
    structures: dict[str, Any] = {name: load(row[name]) for name in STRUCTURES}
    plain: dict[str, Any] = {name: row[name] for name in PLAIN}
    return Try(number=row["id"], talks=bool(row["talks"]), over=bool(row["over"]), **structures, **plain)


def find(database: Database, number: int) -> Try | None:
    row = database.one("SELECT * FROM tries WHERE id = ?", (number,))
    return read(row) if row else None


def in_state(database: Database, state: str) -> list[Try]:
    return [read(row) for row in database.all("SELECT * FROM tries WHERE state = ? ORDER BY id", (state,))]


def newest_in_thread(database: Database, channel: str, ts: tuple[str, str]) -> Try | None:
    """The last answered try of the thread that begins with one of these two messages."""
    row = database.one(
        "SELECT * FROM tries WHERE channel = ?1 AND state = 'answered' AND (thread IN (?2, ?3) OR message IN (?2, ?3))"
        " ORDER BY id DESC LIMIT 1",
        (channel, ts[0], ts[-1]),
    )
    return read(row) if row else None


def other_model(database: Database, who: str, model: str) -> str | None:
    """The model that this person tried last, other than this one."""
    row = database.one("SELECT model FROM tries WHERE who = ? AND model <> ? ORDER BY id DESC LIMIT 1", (who, model))
    return str(row["model"]) if row else None


def insert(connection: Connection, values: dict[str, object]) -> int:
    """A new open try; returns its number."""
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    kept = tuple(dump(value) if isinstance(value, (list, dict)) else value for value in values.values())
    cursor = connection.execute(f"INSERT INTO tries({names}) VALUES ({marks})", kept)  # noqa: S608  # column names come from code
    return int(cursor.lastrowid or 0)


def update(connection: Connection, number: int, **columns: object) -> None:
    sets = ", ".join(f"{name} = ?" for name in columns)
    kept = tuple(dump(value) if isinstance(value, (list, dict)) else value for value in columns.values())
    connection.execute(f"UPDATE tries SET {sets} WHERE id = ?", (*kept, number))  # noqa: S608  # column names come from code


def vote(connection: Connection, number: int, user: str, *, up: bool, at: float) -> None:
    """One vote a person and try; the last one counts."""
    connection.execute(
        "INSERT INTO try_votes(try, user, up, at) VALUES (?,?,?,?)"
        " ON CONFLICT(try, user) DO UPDATE SET up = excluded.up, at = excluded.at",
        (number, user, int(up), at),
    )


def tally(database: Database, model: str, revision: str | None = None) -> Tally:
    """How often the model was tried, at this revision where one is given, and what people thought of it."""
    row = database.one(
        "SELECT COUNT(DISTINCT tries.id) AS tried, COALESCE(SUM(up = 1), 0) AS up, COALESCE(SUM(up = 0), 0) AS down"
        " FROM tries LEFT JOIN try_votes ON try_votes.try = tries.id"
        " WHERE model = ?1 AND state = 'answered' AND (?2 IS NULL OR revision = ?2)",
        (model, revision),
    )
    return Tally(row["tried"], row["up"], row["down"]) if row else Tally(0, 0, 0)


def forget(connection: Connection, before: float) -> None:
    """Takes people's texts and the answers out of tries older than this; what was tried and the votes stay."""
    connection.execute(
        "UPDATE tries SET inputs = NULL, said = NULL, shown = NULL, options = '{}' WHERE at < ? AND inputs IS NOT NULL",
        (before,),
    )
