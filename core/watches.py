"""Watches: a channel hears of every push to a repo or to any repo of an author, once."""

import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from core.access import Access
from core.blocks import push as cards
from core.errors import Conflict, Gated, Mistake, NotOnHub
from core.hub import Head, Hub, Kind, Push
from core.outbox import Message, Outbox
from core.store import Database, Row
from core.words import escape

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Watch:
    """`kind` is model or dataset for a repo, author for everything under a name."""

    number: int
    channel: str
    target: str
    kind: str
    requested_by: str
    created: float

    @property
    def id(self) -> str:
        return f"W{self.number}"


class Watches:
    """What can be done to watches; the watcher calls `look_at` in its rounds."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        access: Access,
        hub: Hub,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._access = access
        self._hub = hub
        self._clock = clock

    def add(self, target: str, channel: str, user: str) -> Watch:
        """Watches from this moment on: what is there now is noted first and never announced."""
        kind = self.kind_of(target)
        heads = self._heads(target, kind, None)
        if heads:  # the Hub takes Acme for acme, and announcements look for the name that it uses itself
            target = heads[0].id if kind != "author" else heads[0].id.partition("/")[0]
        with self._database.transaction() as connection:
            known = connection.execute(
                "SELECT id FROM watches WHERE channel = ? AND target = ? AND ended IS NULL", (channel, target)
            ).fetchone()
            if known:
                raise Conflict(f"{target} is watched in this channel already, as W{known['id']}.")
            watched = connection.execute(
                "SELECT 1 FROM watches WHERE target = ? AND ended IS NULL", (target,)
            ).fetchone()
            if not watched:
                connection.execute("DELETE FROM heads WHERE target = ?", (target,))
                self._note(target, heads)
            number = connection.execute(
                "INSERT INTO watches(channel, target, kind, requested_by, created) VALUES (?,?,?,?,?)",
                (channel, target, kind, user, self._clock()),
            ).lastrowid
            watch = self.get(f"W{number}")
            self._tell(watch, ended=False)
        return watch

    def get(self, watch_id: str) -> Watch:
        """The watch with this short id that still watches; Mistake when there is none."""
        number = watch_id.removeprefix("W")
        row = None
        if number.isdecimal() and len(number) < 12:
            row = self._database.one("SELECT * FROM watches WHERE id = ? AND ended IS NULL", (int(number),))
        if row is None:
            raise Mistake(f"There is no watch {escape(watch_id)}. `/hf watching` lists those there are.")
        return _read(row)

    def in_channel(self, channel: str) -> list[Watch]:
        rows = self._database.all("SELECT * FROM watches WHERE channel = ? AND ended IS NULL ORDER BY id", (channel,))
        return [_read(row) for row in rows]

    def remove(self, target_or_id: str, channel: str, user: str) -> Watch:
        """Ends a watch given by its id, or by its target in this channel."""
        row = self._database.one(
            "SELECT * FROM watches WHERE channel = ? AND target = ? COLLATE NOCASE AND ended IS NULL",
            (channel, target_or_id),
        )
        if row is None and not re.fullmatch(r"[Ww]\d+", target_or_id):
            raise Mistake(f"{target_or_id} is not watched in this channel. `/hf watching` lists what is.")
        watch = _read(row) if row else self.get(target_or_id.upper())
        self._access.ensure_owner(user, watch.requested_by, watch.id)
        with self._database.transaction() as connection:
            ended = connection.execute(
                "UPDATE watches SET ended = ? WHERE id = ? AND ended IS NULL", (self._clock(), watch.number)
            )
            if not ended.rowcount:
                raise Conflict(f"{watch.id} has ended already.")
            self._tell(watch, ended=True)
        return watch

    def targets(self) -> list[tuple[str, str]]:
        """Each watched (target, kind) once, however many channels watch it."""
        rows = self._database.all("SELECT DISTINCT target, kind FROM watches WHERE ended IS NULL ORDER BY target")
        return [(row["target"], row["kind"]) for row in rows]

    def look_at(self, target: str, kind: str) -> None:
        """Compares a target with what was last seen of it, and tells what came since."""
        known = {
            (row["kind"], row["repo"]): row["sha"]
            for row in self._database.all("SELECT kind, repo, sha FROM heads WHERE target = ?", (target,))
        }
        for head in reversed(self._heads(target, kind, self._last_seen(target))):
            old = known.get((head.kind, head.id))
            if old == head.sha:
                continue
            try:
                push = self._hub.changes(head.kind, head.id, old, head.sha)
            except (NotOnHub, Gated) as error:
                # Deleted or closed to us meanwhile: nothing can be told of it, and the others go on.
                log.warning("a push to %s cannot be read: %s", head.id, error.sentence)
            else:
                self._tell_push(target, head, push)

    def _tell_push(self, target: str, head: Head, push: Push) -> None:
        with self._database.transaction() as connection:
            self._note(target, [head])
            # However many targets lead to this repo, its commits are told once.
            connection.execute("UPDATE heads SET sha = ? WHERE kind = ? AND repo = ?", (head.sha, head.kind, head.id))
            first = connection.execute(
                "INSERT OR IGNORE INTO pushes(kind, repo, sha, seen) VALUES (?,?,?,?)",
                (head.kind, head.id, head.sha, self._clock()),
            )
            if not first.rowcount or not cards.is_news(push):
                return
            channels = connection.execute(
                "SELECT DISTINCT channel FROM watches WHERE ended IS NULL"
                " AND (target IN (?, ?) AND kind = ? OR target = ? AND kind = 'author') ORDER BY channel",
                (head.id, target, head.kind, head.id.partition("/")[0]),
            ).fetchall()
            text, blocks = cards.build_push(push, self._hub.url(head.kind, head.id))
            for row in channels:
                key = f"{head.kind}/{head.id}/{head.sha}/{row['channel']}"
                self._outbox.put(Message(key, row["channel"], text, head.id, "pushed", blocks))

    def kind_of(self, target: str) -> str:
        """`model`, `dataset` or `author`; NotOnHub with the nearest name otherwise."""
        found = self._hub.kind_of(target) if "/" in target else None
        if found:
            return found
        if "/" not in target and (self._hub.author_heads(target) or self._hub.author_exists(target)):
            return "author"
        if "/" not in target:
            raise NotOnHub(f"Nobody on the Hub is called {target}. Try `/hf watch org` or `/hf watch org/model`.")
        near = self._hub.suggest(target)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise NotOnHub(f"{target} is not on the Hub, or I may not see it.{hint}")

    def _heads(self, target: str, kind: str, since: float | None) -> list[Head]:
        if kind == "author":
            # A little overlap: the Hub's clock and ours differ, and what is known already is skipped.
            return self._hub.author_heads(target, datetime.fromtimestamp(since - 120, tz=UTC) if since else None)
        repo_kind: Kind = "dataset" if kind == "dataset" else "model"
        return [self._hub.head(repo_kind, target)]

    def _last_seen(self, target: str) -> float | None:
        row = self._database.one("SELECT MAX(seen) AS seen FROM heads WHERE target = ?", (target,))
        return float(row["seen"]) if row and row["seen"] else None

    def _note(self, target: str, heads: list[Head]) -> None:
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT INTO heads(target, kind, repo, sha, seen) VALUES (?,?,?,?,?)"
                " ON CONFLICT(target, kind, repo) DO UPDATE SET sha = excluded.sha, seen = excluded.seen",
                [(target, head.kind, head.id, head.sha, head.last_modified.timestamp()) for head in heads],
            )

    def _tell(self, watch: Watch, *, ended: bool) -> None:
        text, blocks = cards.build_watch(watch.id, watch.target, watch.requested_by, ended=ended)
        state = "ended" if ended else "watching"
        self._outbox.put(Message(watch.id, watch.channel, text, watch.id, state, blocks))


def _read(row: Row) -> Watch:
    return Watch(row["id"], row["channel"], row["target"], row["kind"], row["requested_by"], row["created"])
