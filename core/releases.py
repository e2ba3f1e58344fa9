"""Releases: asked for, checked, decided by people, published step by step, told once.

Their states and rules. What a release needs of the Hub and the disk is the publisher's work, which reports here.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from sqlite3 import Connection

from core.access import Access
from core.blocks import release as cards
from core.blocks.parts import Block, Blocks
from core.blocks.run import STATE_WORDS as RUN_WORDS
from core.errors import Conflict, HugopsError, Mistake, Refused
from core.hub.facts import PullRequest, next_version
from core.ids import RELEASE, RUN
from core.listeners import Listeners
from core.namespaces import Namespaces
from core.outbox import Message, Outbox
from core.runs import Runs
from core.store import Database, rows, watches
from core.store import releases as store
from core.store.releases import TABLE, Finding, Question, Release, Surroundings
from core.store.runs import Run


@dataclass(frozen=True)
class Rules:
    """Where releases are decided and told (channel ids), by how many, where they may go, and a model's page there."""

    approval_channel: Callable[[], str]
    announce_channel: Callable[[], str]
    quorum: int
    page: Callable[[str], str]
    namespaces: Namespaces


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
        self.namespaces = rules.namespaces
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

    def of_run(self, run: Run) -> list[Release]:
        """What it was asked to become, newest first."""
        return store.of_run(self._database, run.number)

    def published(self) -> frozenset[str]:
        """The repos that hold a release of ours."""
        return store.published(self._database)

    def request(self, run_id: str, repo: str, user: str, channel: str, *, public: bool) -> Release:
        """A new release of a finished run; the publisher does the rest. The Hub is asked where we may write."""
        run = self._runs.get(run_id)
        self._access.ensure_owner(user, run.requested_by, run.id)
        if run.state != "succeeded":
            raise Mistake(f"{run.id} is {RUN_WORDS[run.state]}; only a finished run can be published.")
        self._rules.approval_channel()
        self._rules.announce_channel()
        repo = self.namespaces.own(repo)
        obstacles = [*self._access.channel_obstacles(), *self._access.approval_obstacles(user)]
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
            release = self.get(RELEASE.write(number))
            self._tell_requester(release, "asked", cards.build_asked(release, self._rules.page(repo)))
        self.changed.tell()
        return release

    def ask_again(self, release_id: str, user: str) -> Release:
        """A new request with the same run, name and visibility as one that came to nothing."""
        release = self.get(release_id)
        self._access.ensure_owner(user, release.requested_by, release.id)
        if release.state not in cards.IN_VAIN:
            raise Conflict(f"{release.id} is {cards.STATE_WORDS[release.state]}; there is nothing to ask again.")
        run, channel = RUN.write(release.run), release.requested_in
        return self.request(run, release.repo, user, channel, public=release.public)

    def candidate(self, release_id: str, user: str) -> Release:
        """The release, if this person may try what it would publish and there is something to try."""
        release = self.get(release_id)
        if user != release.requested_by:
            self._access.ensure_approver(user, release.requested_by)
        if not release.head:
            raise Mistake(f"{release.id} has no files on the Hub yet. Try again when it waits for approval.")
        return release

    def ensure_undecided(self, release_id: str, user: str) -> Release:
        """The release, if this person may decide on it and nobody has."""
        release = self.get(release_id)
        self._access.ensure_approver(user, release.requested_by)
        if release.state != "waiting":
            raise Conflict(f"{release.id} is {cards.STATE_WORDS[release.state]} already.")
        return release

    def ask(self, release_id: str, user: str, text: str) -> Release:
        """A question of an approver: noted on the card, and told to the requester."""
        self.ensure_undecided(release_id, user)
        with self._database.transaction() as connection:
            release = self.get(release_id)
            if release.state != "waiting":
                raise Conflict(f"{release.id} is {cards.STATE_WORDS[release.state]} already.")
            questions = (*release.questions, Question(user, text))
            self._move(connection, release, "waiting", questions=store.questions_column(questions))
            self._tell_requester(release, f"question/{len(questions)}", cards.build_question(release, questions[-1]))
        return self.get(release_id)

    def card(self, release: Release) -> tuple[str, Blocks]:
        """The approval card as it stands."""
        run = self._runs.get(RUN.write(release.run))
        page = self._rules.page(release.repo)
        return cards.build_approval(
            release, run, self._rules.quorum, self._access.approvers(), page, self.release_before(release)
        )

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

    def take_findings(self, release: Release, findings: Sequence[Finding], surroundings: Surroundings) -> bool:
        """Keeps what the checks found, and where; False when the release ends here, blocked or withdrawn meanwhile."""
        blocking = [finding.sentence for finding in findings if finding.outcome == "blocking"]
        column = store.findings_column(findings)
        with self._database.transaction() as connection:
            if blocking:
                self._move(connection, release, "blocked", findings=column, problem=" ".join(blocking))
                return False
            # A crash may have come after the repo was made: it is no older for that.
            first = replace(surroundings, was_private=None) if release.is_repo_new else surroundings
            around = store.surroundings_column(first)
            return rows.move(
                connection, TABLE, release.number, ("checking",), "checking", findings=column, surroundings=around
            )

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
                published = self.get(release.id)
                watches.note_release(connection, release.repo, commit, published.version or "", self._clock())
                self._announce(published)

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
        if release.pull_request:  # before that, approvers have nothing to see
            text, blocks = self.card(release)
            self._outbox.put(
                Message(release.id, self._rules.approval_channel(), text, release.id, release.state, blocks)
            )
        news = cards.build_told(release, self._rules.page(release.repo))
        if news:
            what = f"{target}/{'problem' if release.problem else 'told'}"
            self._tell_requester(release, what, news, cards.build_news(release, news))
        self._runs.note_release(release.run)
        return True

    def _tell_requester(self, release: Release, what: str, text: str, blocks: Sequence[Block] = ()) -> None:
        """In the thread of the run's card, which the requester follows."""
        run = self._runs.get(RUN.write(release.run))
        key = f"{release.id}/{what}"
        self._outbox.put(Message(key, run.channel, text, release.id, release.state, list(blocks), thread=run.id))

    def release_before(self, release: Release) -> tuple[str, Run] | None:
        """The version that this one would follow, and the run it came from."""
        before = store.before(self._database, release)
        return (before.version or before.id, self._runs.get(RUN.write(before.run))) if before else None

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
