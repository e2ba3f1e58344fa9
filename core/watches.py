"""Watches: a channel hears of every push to a repo or to any repo of an author, once."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from sqlite3 import Connection

from core.access import Access
from core.blocks import push as cards
from core.blocks.parts import Blocks
from core.errors import Conflict, Gated, HubError, Mistake, NotOnHub
from core.hub import Head, Hub, Kind, Portrait, Push
from core.hub.watch import COMMITS
from core.ids import WATCH
from core.outbox import Message, Outbox
from core.store import Database, rows
from core.store import watches as table
from core.store.watches import Watch
from core.usability import NOTHING_KNOWN, Usability

log = logging.getLogger(__name__)
# Each is a request, and an author may have hundreds of repos.
TAGS_A_LOOK = 10


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
        # Where the next look at the tags of an author's repos begins.
        self._turns: dict[str, int] = {}

    def add(self, target: str, channel: str, user: str) -> Watch:
        """Watches from this moment on: what is there now is noted first and never announced."""
        kind = self.kind_of(target)
        heads = self._heads(target, kind, None)
        if heads:  # the Hub takes Acme for acme, and announcements look for the name that it uses itself
            target = heads[0].id if kind != "author" else heads[0].id.partition("/")[0]
        # The rest of an author's many repos get their turn later.
        tags = [(head, self._tags(head)) for head in heads[:TAGS_A_LOOK]]
        with self._database.transaction() as connection:
            number = table.number_of(connection, channel, target)
            if number is not None:
                there = self.get(WATCH.write(number))
                muted = f", and muted: `/hf unmute {there.id}` lets it speak" if there.muted else ""
                raise Conflict(f"{target} is watched in this channel already, as {there.id}{muted}.")
            if not table.is_watched(connection, target):
                table.forget_heads(connection, target)
                table.note_heads(connection, target, heads)
                for head, names in tags:
                    table.note_tags(connection, head.kind, head.id, names)
            number = rows.insert(
                connection,
                "watches",
                channel=channel,
                target=target,
                kind=kind,
                requested_by=user,
                created=self._clock(),
            )
            self._tell(number)
        return self.get(WATCH.write(number))

    def get(self, watch_id: str) -> Watch:
        """The watch with this short id that still watches; Mistake when there is none, Conflict when it has ended."""
        number = WATCH.number(watch_id)
        watch = None if number is None else table.find(self._database, number)
        if watch is None:
            raise WATCH.absent(watch_id)
        if watch.ended:
            raise _over(watch)
        return watch

    def in_channel(self, channel: str) -> list[Watch]:
        return table.in_channel(self._database, channel)

    def remove(self, target_or_id: str, channel: str, user: str) -> Watch:
        """Ends a watch given by its id, or by its target in this channel."""
        watch = table.of_target(self._database, channel, target_or_id)
        if watch is None and WATCH.number(target_or_id) is None:
            raise Mistake(f"{target_or_id} is not watched in this channel. `/hf watching` lists what is.")
        watch = watch or self.get(target_or_id.upper())
        self._access.ensure_owner(user, watch.requested_by, watch.id)
        with self._database.transaction() as connection:
            if not table.end(connection, watch.number, self._clock()):
                raise _over(watch)
            self._tell(watch.number)
        return watch

    def mute(self, watch_id: str, user: str, *, muted: bool) -> Watch:
        """Keeps a watch quiet, or lets it tell of what comes from then on. Conflict when it is so already."""
        watch = self.get(watch_id)
        self._access.ensure_owner(user, watch.requested_by, watch.id)
        with self._database.transaction() as connection:
            if not table.mute(connection, watch.number, muted=muted):
                raise Conflict(f"{watch.id} is {'muted already' if muted else 'not muted'}.")
            self._tell(watch.number)
        return self.get(watch_id)

    def targets(self) -> list[tuple[str, str]]:
        """Each watched (target, kind) once, however many channels watch it."""
        return table.targets(self._database)

    def look_at(self, target: str, kind: str) -> None:
        """Compares a target with what was last seen of it, and tells what came since."""
        if not table.is_watched(self._database.connection(), target):
            return  # it has another name since this round began
        last = table.heads_of(self._database, target)
        heads = self._heads(target, kind, table.last_seen(self._database, target))
        pushed = [head for head in heads if last.get((head.kind, head.id)) != head.sha]
        for head in reversed(heads):
            known = (head.kind, head.id)
            if known not in last and last:
                before = self._name_before(head, kind, last)
                if before:
                    self._rename(before, head)
                    last[known] = last[head.kind, before]
                    target = target if kind == "author" else head.id
            if last.get(known) != head.sha:
                self.heard(head, target)
        for head in heads if kind != "author" else self._next_repos(target, pushed):
            self._look_at_tags(head, target)

    def heard(self, head: Head, target: str | None = None) -> None:
        """Somebody pushed: every channel that watches the repo or its author is told, once, whoever hears of it.

        A poll says the `target` under which it found the push, and what is seen is kept for its next look.
        """
        if table.is_being_published(self._database, head):
            return  # a release is told by itself; if it stumbles, the next look finds what came
        news = None
        if not table.is_noted(self._database, head):
            try:
                news = self._read_push(head, target)
            except (NotOnHub, Gated) as error:
                # Deleted or closed to us meanwhile: nothing can be told of it, and the others go on.
                log.warning("a push to %s cannot be read: %s", head.id, error.sentence)
                return
        with self._database.transaction() as connection:
            if target is not None:
                table.note_heads(connection, target, [head])
            if not table.note_push(connection, head, self._clock()) or news is None or not cards.is_news(news[0]):
                return
            text, blocks = cards.build_push(news[0], self._hub.url(head.kind, head.id), news[1])
            self._tell_channels(connection, head, target, head.sha, ("pushed", text, blocks))

    def _read_push(self, head: Head, target: str | None) -> tuple[Push, Portrait]:
        """What came, and what is to be said of the repo; the latter empty where the Hub does not tell."""
        last = table.last_sha(self._database, head, target)
        push = self._hub.changes(head.kind, head.id, last, head.sha)
        if push.old_sha is None and len(push.commits) > 1 and not is_young(push):
            # An old repo of which nothing is known: what is new is its newest commit.
            push = self._hub.changes(head.kind, head.id, push.commits[1].sha, head.sha)
        try:
            return push, self._hub.portrait(push) if cards.is_news(push) else Portrait()
        except HubError as error:
            log.warning("nothing more can be said of the push to %s: %s", head.id, error.sentence)
            return push, Portrait()

    def _name_before(self, head: Head, kind: str, last: Mapping[tuple[str, str], str]) -> str | None:
        """The name under which a repo was known that the Hub calls otherwise now; None for a new one."""
        known = {sha: repo for (each, repo), sha in last.items() if each == head.kind}
        if kind != "author":
            return next(iter(known.values()), None)
        commits = (
            (head.sha,)
            if head.sha in known
            else tuple(commit.sha for commit in self._hub.commits(head.kind, head.id, limit=COMMITS))
        )
        before = next((known[sha] for sha in commits if sha in known), None)
        try:  # a copy has the same commits, and the repo that it is of keeps its name
            return before if before and self._hub.head(head.kind, before).id == head.id else None
        except NotOnHub:
            return None

    def _rename(self, before: str, head: Head) -> None:
        log.info("%s is called %s now", before, head.id)
        with self._database.transaction() as connection:
            table.rename(connection, head.kind, before, head.id, self._clock())
            text, blocks = cards.build_rename(before, head.id, self._hub.url(head.kind, head.id))
            self._tell_channels(connection, head, None, f"was/{before}", ("renamed", text, blocks))

    def _next_repos(self, author: str, pushed: Sequence[Head]) -> list[Head]:
        """An author's repos whose tags are looked at now: those with a push, and ten of all in turn."""
        repos = table.repos_of(self._database, author)
        start = self._turns.get(author, 0)
        self._turns[author] = start + TAGS_A_LOOK if start + TAGS_A_LOOK < len(repos) else 0
        return list({(head.kind, head.id): head for head in (*repos[start:][:TAGS_A_LOOK], *pushed)}.values())

    def _look_at_tags(self, head: Head, target: str) -> None:
        tags = self._tags(head)
        if table.is_being_published(self._database, head):
            return
        new = table.new_tags(self._database, head.kind, head.id, tags)
        # What an author shows to everybody may have been closed since.
        if new and "/" not in target and self._is_closed(head):
            return
        url = self._hub.url(head.kind, head.id)
        told = [(name, cards.build_tag(head.id, name, tags[name], url, self._can(head, tags[name]))) for name in new]
        with self._database.transaction() as connection:
            table.note_tags(connection, head.kind, head.id, tags)
            for name, (text, blocks) in told:
                self._tell_channels(connection, head, target, f"tag/{name}", ("tagged", text, blocks))

    def _is_closed(self, head: Head) -> bool:
        try:
            return self._hub.head(head.kind, head.id).private
        except (NotOnHub, Gated):
            return True

    def _can(self, head: Head, sha: str) -> Usability:
        """What can be done with a repo at a commit; nothing where the Hub does not tell."""
        try:
            return self._hub.usability(head.kind, head.id, sha)
        except HubError as error:
            log.warning("what can be done with %s is not known: %s", head.id, error.sentence)
            return NOTHING_KNOWN

    def _tags(self, head: Head) -> dict[str, str]:
        """Tag name to commit; none where the token may not list them."""
        try:
            return self._hub.tags(head.id, head.kind)
        except (NotOnHub, Gated) as error:
            log.warning("the tags of %s cannot be read: %s", head.id, error.sentence)
            return {}

    def _tell_channels(
        self, connection: Connection, head: Head, target: str | None, what: str, news: tuple[str, str, Blocks]
    ) -> None:
        """One message in each channel that watches the repo (also under the name `target`) or its author."""
        state, text, blocks = news
        for watch in table.listening(connection, head, target or head.id):
            key = f"{head.kind}/{head.id}/{what}/{watch.channel}"
            self._outbox.put(Message(key, watch.channel, text, head.id, state, cards.with_mute(blocks, watch)))

    def kind_of(self, target: str) -> str:
        """`model`, `dataset` or `author`; NotOnHub with the nearest name otherwise."""
        kind = self._hub.kind_of(target) if "/" in target else None
        if kind:
            return kind
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

    def _tell(self, number: int) -> None:
        """The card of a watch as it is now; in the transaction that changes it."""
        watch = table.find(self._database, number)
        if watch:
            text, blocks = cards.build_watch(watch)
            state = "ended" if watch.ended else "muted" if watch.muted else "watching"
            self._outbox.put(Message(watch.id, watch.channel, text, watch.id, state, blocks))


def _over(watch: Watch) -> Conflict:
    return Conflict(f"{watch.id} has ended already.")


def is_young(push: Push) -> bool:
    """Whether all that is listed of the repo was made within a day of the push, and nothing before."""
    times = [commit.date for commit in push.commits]
    return len(times) < COMMITS and max(times) - min(times) < timedelta(days=1)
