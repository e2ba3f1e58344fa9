"""Rows of watches, of the heads that were last seen of their repos, and of the pushes that were told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from sqlite3 import Connection

from core.hub import Head
from core.ids import WATCH
from core.store import Database, Row


@dataclass(frozen=True)
class Watch:
    """`kind` is model or dataset for a repo, author for everything under a name; a muted one tells nothing."""

    number: int
    channel: str
    target: str
    kind: str
    requested_by: str
    created: float
    muted: bool = False
    ended: float | None = None

    @property
    def id(self) -> str:
        return WATCH.write(self.number)


def find(database: Database, number: int) -> Watch | None:
    """The watch with this number, whether or not it still watches."""
    row = database.one("SELECT * FROM watches WHERE id = ?", (number,))
    return _read(row) if row else None


def of_target(database: Database, channel: str, target: str) -> Watch | None:
    """The watch of this target in this channel, in whatever case it is written."""
    row = database.one(
        "SELECT * FROM watches WHERE channel = ? AND target = ? COLLATE NOCASE AND ended IS NULL", (channel, target)
    )
    return _read(row) if row else None


def in_channel(database: Database, channel: str) -> list[Watch]:
    rows = database.all("SELECT * FROM watches WHERE channel = ? AND ended IS NULL ORDER BY id", (channel,))
    return [_read(row) for row in rows]


def of_person(database: Database, user: str) -> list[Watch]:
    """What this person asked to have watched, in whatever channel, the newest first."""
    rows = database.all("SELECT * FROM watches WHERE requested_by = ? AND ended IS NULL ORDER BY id DESC", (user,))
    return [_read(row) for row in rows]


def targets(database: Database) -> list[tuple[str, str]]:
    """Each watched (target, kind) once, however many channels watch it."""
    rows = database.all("SELECT DISTINCT target, kind FROM watches WHERE ended IS NULL ORDER BY target")
    return [(row["target"], row["kind"]) for row in rows]


def number_of(connection: Connection, channel: str, target: str) -> int | None:
    """The number of the watch of exactly this target in this channel."""
    row = connection.execute(
        "SELECT id FROM watches WHERE channel = ? AND target = ? AND ended IS NULL", (channel, target)
    ).fetchone()
    return int(row["id"]) if row else None


def is_watched(connection: Connection, target: str) -> bool:
    """Whether any channel watches it."""
    return bool(connection.execute("SELECT 1 FROM watches WHERE target = ? AND ended IS NULL", (target,)).fetchone())


def end(connection: Connection, number: int, at: float) -> bool:
    """Ends a watch; False when it has ended already."""
    ended = connection.execute("UPDATE watches SET ended = ? WHERE id = ? AND ended IS NULL", (at, number))
    return ended.rowcount == 1


def mute(connection: Connection, number: int, *, muted: bool) -> bool:
    """Keeps a watch quiet, or lets it tell again; False when it is so already."""
    sql = "UPDATE watches SET muted = ? WHERE id = ? AND muted != ? AND ended IS NULL"
    return connection.execute(sql, (int(muted), number, int(muted))).rowcount == 1


def listening(connection: Connection, head: Head, target: str) -> list[Watch]:
    """The watches of this repo (also under the name `target`) or its author that tell of it, one a channel.

    Where a channel has both, that of the repo decides, also whether the channel is told.
    """
    rows = connection.execute(
        "SELECT * FROM watches WHERE ended IS NULL"
        " AND (target IN (?, ?) AND kind = ? OR target = ? AND kind = 'author') ORDER BY channel, kind = 'author', id",
        (head.id, target, head.kind, head.id.partition("/")[0]),
    )
    deciding: dict[str, Watch] = {}
    for row in rows:
        deciding.setdefault(row["channel"], _read(row))
    return [watch for watch in deciding.values() if not watch.muted]


def repos_of(database: Database, target: str) -> list[Head]:
    """What was last seen of each repo under a target, the one that was pushed to last first."""
    rows = database.all("SELECT * FROM heads WHERE target = ? ORDER BY seen DESC, kind, repo", (target,))
    return [
        Head(row["kind"], row["repo"], row["sha"], datetime.fromtimestamp(row["seen"], tz=UTC), private=False)
        for row in rows
    ]


def heads_of(database: Database, target: str) -> dict[tuple[str, str], str]:
    """What was last seen under a target: (kind, repo) to sha."""
    rows = database.all("SELECT kind, repo, sha FROM heads WHERE target = ?", (target,))
    return {(row["kind"], row["repo"]): row["sha"] for row in rows}


def last_sha(database: Database, head: Head, target: str | None) -> str | None:
    """What was last seen of a repo: under this target or, without one, under any; else what was last told of it."""
    row = database.one(
        "SELECT sha FROM heads WHERE kind = ?1 AND repo = ?2 AND (?3 IS NULL OR target = ?3)",
        (head.kind, head.id, target),
    ) or database.one(
        "SELECT sha FROM pushes WHERE kind = ? AND repo = ? ORDER BY seen DESC LIMIT 1", (head.kind, head.id)
    )
    return str(row["sha"]) if row else None


def is_noted(database: Database, head: Head) -> bool:
    """Whether this push was heard of before."""
    sql = "SELECT 1 FROM pushes WHERE kind = ? AND repo = ? AND sha = ?"
    return database.one(sql, (head.kind, head.id, head.sha)) is not None


def is_being_published(database: Database, head: Head) -> bool:
    """Whether a release of ours is on its way into this repo; it tells of itself when it is done."""
    sql = "SELECT 1 FROM releases WHERE repo = ? COLLATE NOCASE AND state IN ('approved', 'publishing')"
    return head.kind == "model" and database.one(sql, (head.id,)) is not None


def last_seen(database: Database, target: str) -> float | None:
    """When the newest push under a target was made, of those that were seen."""
    row = database.one("SELECT MAX(seen) AS seen FROM heads WHERE target = ?", (target,))
    return float(row["seen"]) if row and row["seen"] else None


def note_heads(connection: Connection, target: str, heads: Sequence[Head]) -> None:
    """Keeps what is seen of a target now."""
    connection.executemany(
        "INSERT INTO heads(target, kind, repo, sha, seen) VALUES (?,?,?,?,?)"
        " ON CONFLICT(target, kind, repo) DO UPDATE SET sha = excluded.sha, seen = excluded.seen",
        [(target, head.kind, head.id, head.sha, head.last_modified.timestamp()) for head in heads],
    )


def forget_heads(connection: Connection, target: str) -> None:
    connection.execute("DELETE FROM heads WHERE target = ?", (target,))


def note_push(connection: Connection, head: Head, at: float) -> bool:
    """Keeps that a push was heard of, under whatever target its repo is watched; False when it was before."""
    # However many targets lead to this repo, its commits are told once.
    connection.execute("UPDATE heads SET sha = ? WHERE kind = ? AND repo = ?", (head.sha, head.kind, head.id))
    first = connection.execute(
        "INSERT OR IGNORE INTO pushes(kind, repo, sha, seen) VALUES (?,?,?,?)", (head.kind, head.id, head.sha, at)
    )
    return first.rowcount == 1


def note_release(connection: Connection, repo: str, sha: str, tag: str, at: float) -> None:
    """Keeps a release of ours as heard of: it is announced as a release, and neither as a push nor as a tag."""
    connection.execute("UPDATE heads SET sha = ? WHERE kind = 'model' AND repo = ? COLLATE NOCASE", (sha, repo))
    connection.execute("INSERT OR IGNORE INTO pushes(kind, repo, sha, seen) VALUES ('model',?,?,?)", (repo, sha, at))
    connection.execute("INSERT OR IGNORE INTO tags(kind, repo, name) VALUES ('model',?,?)", (repo, tag))


def rename(connection: Connection, kind: str, before: str, now: str, at: float) -> None:
    """Everything that is kept of a repo goes on under its new name, watches too, unless there is one already."""
    connection.execute("UPDATE OR REPLACE heads SET repo = ? WHERE kind = ? AND repo = ?", (now, kind, before))
    connection.execute("UPDATE OR REPLACE heads SET target = ? WHERE kind = ? AND target = ?", (now, kind, before))
    connection.execute("UPDATE OR IGNORE pushes SET repo = ? WHERE kind = ? AND repo = ?", (now, kind, before))
    connection.execute("UPDATE OR IGNORE tags SET repo = ? WHERE kind = ? AND repo = ?", (now, kind, before))
    connection.execute(
        "UPDATE OR IGNORE watches SET target = ? WHERE kind = ? AND target = ? AND ended IS NULL", (now, kind, before)
    )
    connection.execute(
        "UPDATE watches SET ended = ? WHERE kind = ? AND target = ? AND ended IS NULL", (at, kind, before)
    )


# Stands among a repo's tags when they have been looked at before, whether there were any or not.
LOOKED = ""


def new_tags(database: Database, kind: str, repo: str, names: Iterable[str]) -> list[str]:
    """Those of a repo's tags that are not known yet; none the first time that they are looked at."""
    known = {row["name"] for row in database.all("SELECT name FROM tags WHERE kind = ? AND repo = ?", (kind, repo))}
    return [name for name in names if name not in known] if LOOKED in known else []


def note_tags(connection: Connection, kind: str, repo: str, names: Iterable[str]) -> None:
    """Keeps the tags of a repo, and that they have been looked at."""
    connection.executemany(
        "INSERT OR IGNORE INTO tags(kind, repo, name) VALUES (?,?,?)", [(kind, repo, name) for name in (LOOKED, *names)]
    )


def _read(row: Row) -> Watch:
    return Watch(
        number=row["id"],
        channel=row["channel"],
        target=row["target"],
        kind=row["kind"],
        requested_by=row["requested_by"],
        created=row["created"],
        muted=bool(row["muted"]),
        ended=row["ended"],
    )
