"""Rows of tries: what was asked of which model, and what people thought of the answer."""

from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any

from core.answers import Answer, Caller, Input
from core.ids import Kind
from core.store import Database, Row, load, rows
from core.store.rows import Column

# What the buttons of an answer carry.
TRY = Kind("T", "try", "run")
TABLE = "tries"
Options = dict[str, str | int | float]
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
class Inquiry:
    """What is asked of which model: `typed` is the revision that was named, `follows` the try that this goes on from.

    `inputs` is what is kept; in a conversation that is the new turn alone.
    """

    model: str
    revision: str
    task: str
    inputs: list[Input]
    options: Options
    typed: str | None = None
    via: str | None = None
    follows: int | None = None


@dataclass(frozen=True)
class Response:
    """What came of a question: `said` is what the model wrote, if it did, and `talks` whether one can go on with it."""

    answer: Answer
    said: str | None = None
    talks: bool = False
    device: str | None = None
    engine: str | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class Try:
    """A question and what came of it, as they are kept; `id` is what its buttons carry.

    `message` and `thread` are Slack's ts of the question and its thread; `answer` has text and blocks alone.
    `inputs` is None once they are not kept any more.
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
    inputs: list[Input] | None
    options: Options
    via: str | None
    follows: int | None
    talks: bool
    over: bool
    said: str | None
    answer: Answer | None
    device: str | None
    engine: str | None
    seconds: float | None
    at: float

    @property
    def id(self) -> str:
        return TRY.write(self.number)

    @property
    def repeatable(self) -> bool:
        """Whether all that it was asked about was kept: texts and tables with it, files in the archive."""
        return self.inputs is not None and not self.lacking

    @property
    def lacking(self) -> list[str]:
        """The names of files that it was asked about and that were not kept."""
        files = [each for each in self.inputs or () if isinstance(each, dict) and "file" in each]
        return [name_of(each) for each in files if "sha256" not in each]


@dataclass(frozen=True)
class Tally:
    """How often something was tried, and how many thumbs went up and down."""

    tried: int
    up: int
    down: int


def name_of(value: Input) -> str:
    """How an input is shown: a text itself, a file by what people call it, a conversation by its last turn."""
    if isinstance(value, str):
        return value
    if "messages" in value:
        return str(value["messages"][-1]["content"])
    return str(value.get("question") or value.get("name") or value["file"])


def read(row: Row) -> Try:
    """The try in this row."""
    plain: dict[str, Any] = {name: row[name] for name in PLAIN}
    answer = load(row["shown"])
    return Try(
        number=row["id"],
        inputs=load(row["inputs"]),
        options=load(row["options"]),
        talks=bool(row["talks"]),
        over=bool(row["over"]),
        answer=answer and Answer(answer["text"], answer["blocks"]),
        **plain,
    )


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


def insert(connection: Connection, inquiry: Inquiry, caller: Caller, at: float) -> int:
    """A new open try; returns its number."""
    where = {"who": caller.user, "channel": caller.channel, "message": caller.message, "thread": caller.thread}
    return rows.insert(connection, TABLE, state="open", at=at, **where, **vars(inquiry))


def answer(connection: Connection, number: int, response: Response) -> None:
    """Keeps what came of it."""
    rows.update(
        connection,
        TABLE,
        number,
        state="answered",
        shown={"text": response.answer.text, "blocks": response.answer.blocks},
        said=response.said,
        talks=int(response.talks),
        device=response.device,
        engine=response.engine,
        seconds=response.seconds,
    )


def update(connection: Connection, number: int, **columns: Column) -> None:
    rows.update(connection, TABLE, number, **columns)


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
