"""Releases: asked for, checked, decided by people, published step by step, told once.

Their states and rules. What a release needs of the Hub and the disk is the publisher's work, which reports here.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from sqlite3 import Connection

from core.access import Access
from core.blocks import release as cards
from core.blocks.run import STATE_WORDS as RUN_WORDS
from core.errors import Conflict, HugopsError, Mistake, Refused
from core.hub.facts import PullRequest, next_version
from core.ids import RELEASE, RUN
from core.listeners import Listeners
from core.outbox import Message, Outbox
from core.runs import Runs
from core.store import Database, rows
from core.store import releases as store
from core.store.releases import TABLE, Finding, Release


@dataclass(frozen=True)
class Rules:
    """Where releases are decided and told (channel ids), by how many, and where a model's page on the Hub is."""

    approval_channel: Callable[[], str]
    announce_channel: Callable[[], str]
    quorum: int
    page: Callable[[str], str]


class Releases:
    """What can be done to releases, by people (checked here) and by the publisher.

    `changed` tells that there may be work for the publisher.
    """

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        access: Access,
        runs: Runs,
        rules: Rules,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._access = access
        self._runs = runs
        self._rules = rules
        self._clock = clock
        self.changed = Listeners[[]]()

    # What people ask for

    def get(self, release_id: str) -> Release:
        """The release with this short id; Mistake when there is none."""
        number = RELEASE.number(release_id)
        release = None if number is None else store.find(self._database, number)
        if release is None:
            raise RELEASE.absent(release_id)
        return release

    def newest(self, repo: str | None = None, limit: int = 15) -> list[Release]:
        return store.newest(self._database, limit, repo)

    def published(self) -> frozenset[str]:
        """The repos that hold a release of ours."""
        return store.published(self._database)

    def request(self, run_id: str, repo: str, user: str, channel: str, *, public: bool) -> Release:
        """A new release of a finished run; the publisher does the rest."""
        run = self._runs.get(run_id)
        self._access.ensure_owner(user, run.requested_by, run.id)
        if run.state != "succeeded":
            raise Mistake(f"{run.id} is {RUN_WORDS[run.state]}; only a finished run can be published.")
        self._rules.approval_channel()
        self._rules.announce_channel()
        obstacles = self._access.approval_obstacles(user)
        if obstacles:  # it would wait for ever
            raise Refused(" ".join(obstacles))
        with self._database.transaction() as connection:
            first = store.open_for(connection, run.number, repo)
            if first:
                raise Conflict(
                    f"{RELEASE.write(first)} already asks for {run.id} to become {repo}. "
                    f"`/hf {RELEASE.write(first)}` shows it."
                )
            number = rows.insert(
                connection,
                TABLE,
                state="checking",
                run=run.number,
                repo=repo,
                public=int(public),
                requested_by=user,
                requested_in=channel,
                created=self._clock(),
            )
            self._runs.note_release(run.number)
        self.changed.tell()
        return self.get(RELEASE.write(number))

    def decide(self, release_id: str, user: str, *, approve: bool, reason: str = "") -> Release:
        """One vote of an approver. A rejection decides at once; approvals decide when there are enough."""
        release = self.get(release_id)
        self._access.ensure_approver(user, release.requested_by)
        with self._database.transaction() as connection:
            release = self.get(release_id)
            if release.state != "waiting":
                raise Conflict(f"{release.id} is {cards.STATE_WORDS[release.state]} already.")
            if not store.vote(connection, release.number, user, "approve" if approve else "reject", self._clock()):
                raise Conflict(f"Your vote on {release.id} counts already. It waits for other approvers.")
            enough = len(self.get(release_id).approved_by) >= self._rules.quorum
            if not approve:
                self._move(connection, release, "rejected", decided=self._clock(), reason=reason)
            elif enough:
                self._move(connection, release, "approved", decided=self._clock())
            else:
                self._move(connection, release, "waiting")
        self.changed.tell()
        return self.get(release_id)

    def withdraw(self, release_id: str, user: str) -> Release:
        """Takes an undecided request back."""
        release = self.get(release_id)
        self._access.ensure_owner(user, release.requested_by, release.id)
        with self._database.transaction() as connection:
            if not self._move(connection, release, "withdrawn", decided=self._clock()):
                raise Conflict(f"{release.id} is {cards.STATE_WORDS[self.get(release_id).state]} already.")
        self.changed.tell()
        return self.get(release_id)

    # What the publisher asks and reports

    def pending(self) -> list[Release]:
        """Releases with work to do on the Hub: unchecked, approved, half published, or refused and not closed."""
        return store.in_states(self._database, store.AT_WORK) + store.to_close(self._database)

    def take_findings(self, release: Release, findings: Sequence[Finding]) -> bool:
        """Keeps what the checks found; False when the release ends here, blocked or withdrawn meanwhile."""
        blocking = [finding.sentence for finding in findings if finding.outcome == "blocking"]
        column = store.findings_column(findings)
        with self._database.transaction() as connection:
            if blocking:
                self._move(connection, release, "blocked", findings=column, problem=" ".join(blocking))
                return False
            return rows.move(connection, TABLE, release.number, ("checking",), "checking", findings=column)

    def ask_approvers(self, release: Release, pull: PullRequest) -> bool:
        """The pull request is what is to be approved; False when the release was withdrawn meanwhile."""
        files = store.files_column(pull.files)
        with self._database.transaction() as connection:
            return self._move(
                connection, release, "waiting", pull_request=pull.num, head=pull.sha, files=files, problem=None
            )

    def take_version(self, release: Release, tags: Sequence[str]) -> str:
        """The version that the release is published under: the next one, or the one it took before."""
        with self._database.transaction() as connection:
            # One that waits for its next try has no tag yet, but its version is taken.
            version = release.version or next_version([*tags, *store.taken_versions(connection, release.repo)])
            if release.state == "approved":
                self._move(connection, release, "publishing", version=version, problem=None)
        return version

    def finish(self, release: Release, commit: str) -> None:
        """It is published as this commit of main, and announced, once."""
        with self._database.transaction() as connection:
            if self._move(connection, release, "published", commit_sha=commit, problem=None):
                self._announce(self.get(release.id))

    def note_closed(self, release: Release) -> None:
        """Its pull request is closed; nothing is left to do."""
        with self._database.transaction() as connection:
            rows.move(connection, TABLE, release.number, (release.state,), release.state, closed=1)

    def stop(self, release: Release, error: HugopsError) -> None:
        """A step could not be taken: that blocks the release, makes it void, or is tried again by the publisher."""
        with self._database.transaction() as connection:
            release = self.get(release.id)
            if release.state == "checking" and not may_pass(error):
                findings = (*release.findings, Finding("pull request", "blocking", error.sentence))
                column = store.findings_column(findings)
                self._move(connection, release, "blocked", findings=column, problem=error.sentence)
            elif isinstance(error, Conflict):  # not what the approvers saw, and no later try makes it so
                self._move(connection, release, "void", problem=error.sentence)
            elif release.state in store.AT_WORK:
                # It stays what it is: the publisher takes the remaining steps a little later.
                self._move(connection, release, release.state, problem=error.sentence)

    def _move(self, connection: Connection, release: Release, target: str, **columns: rows.Column) -> bool:
        """Changes the state, if it is still what `release` says or undecided, and tells everybody concerned."""
        sources = store.UNDECIDED if target == "withdrawn" else (release.state, "publishing")
        if not rows.move(connection, TABLE, release.number, sources, target, **columns):
            return False
        release = self.get(release.id)
        run = self._runs.get(RUN.write(release.run))
        page = self._rules.page(release.repo)
        if release.pull_request:  # before that, approvers have nothing to see
            text, blocks = cards.build_approval(release, run, self._rules.quorum, self._access.approvers(), page)
            self._outbox.put(
                Message(release.id, self._rules.approval_channel(), text, release.id, release.state, blocks)
            )
        news = cards.build_told(release, page)
        if news:
            key = f"{release.id}/{target}/{'problem' if release.problem else 'told'}"
            self._outbox.put(Message(key, run.channel, news, release.id, release.state, thread=run.id))
        self._runs.note_release(release.run)
        return True

    def _announce(self, release: Release) -> None:
        run = self._runs.get(RUN.write(release.run))
        text, blocks = cards.build_announcement(release, run, self._rules.page(release.repo))
        channel = self._rules.announce_channel()
        self._outbox.put(Message(f"{release.id}/announcement", channel, text, release.repo, "published", blocks))


def may_pass(error: HugopsError) -> bool:
    """Whether the Hub may answer otherwise in a while, so that nobody has to ask again."""
    reason, status = error.facts.get("reason"), error.facts.get("status")
    return reason in ("timeout", "unreachable", "upload") or (
        isinstance(status, int)
        and (status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR)
    )
