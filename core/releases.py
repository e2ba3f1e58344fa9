"""Releases: asked for, checked, decided by people, published step by step, told once."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection

from core.access import Access
from core.blocks import release as cards
from core.errors import Conflict, HugopsError, Mistake
from core.hub import Hub, next_version
from core.listeners import Listeners
from core.outbox import Message, Outbox
from core.runs import Runs
from core.store import Database, dump
from core.store import releases as rows
from core.store.releases import Release
from core.words import escape

log = logging.getLogger(__name__)
UNSAFE = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".py", ".h5")


@dataclass(frozen=True)
class Rules:
    """Where releases are decided and told (channel ids), by how many, and where runs keep their models."""

    approval_channel: Callable[[], str]
    announce_channel: Callable[[], str]
    quorum: int
    runs_folder: Path


class Releases:
    """What can be done to releases; `work` does the part that talks to the Hub and may be repeated at will."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        access: Access,
        runs: Runs,
        hub: Hub,
        rules: Rules,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._access = access
        self._runs = runs
        self._hub = hub
        self._rules = rules
        self._clock = clock
        self.changed = Listeners[[]]()

    def get(self, release_id: str) -> Release:
        """The release with this short id; Mistake when there is none."""
        number = release_id.removeprefix("P")
        found = rows.find(self._database, int(number)) if number.isdecimal() and len(number) < 12 else None
        if found is None:
            raise Mistake(f"There is no release {escape(release_id)}. `/hf releases` lists those there are.")
        return found

    def newest(self, repo: str | None = None, limit: int = 15) -> list[Release]:
        return rows.newest(self._database, limit, repo)

    def published(self) -> frozenset[str]:
        """The repos that hold a release of ours."""
        return rows.published(self._database)

    def request(self, run_id: str, repo: str, user: str, channel: str, *, public: bool) -> Release:
        """A new release of a finished run; the rest happens in `work`."""
        run = self._runs.get(run_id)
        self._access.ensure_owner(user, run.requested_by, run.id)
        if run.state != "succeeded":
            raise Mistake(f"{run.id} is {cards.RUN_WORDS[run.state]}; only a finished run can be published.")
        self._rules.approval_channel()
        self._rules.announce_channel()
        with self._database.transaction() as connection:
            known = rows.open_for(connection, run.number, repo)
            if known:
                raise Conflict(f"P{known} already asks for {run.id} to become {repo}. `/hf P{known}` shows it.")
            number = rows.insert(
                connection,
                {
                    "state": "checking",
                    "run": run.number,
                    "repo": repo,
                    "public": int(public),
                    "requested_by": user,
                    "requested_in": channel,
                    "created": self._clock(),
                },
            )
        self.changed.tell()
        return self.get(f"P{number}")

    def decide(self, release_id: str, user: str, *, approve: bool, reason: str = "") -> Release:
        """One vote of an approver. A rejection decides at once; approvals decide when there are enough."""
        release = self.get(release_id)
        self._access.ensure_approver(user, release.requested_by)
        with self._database.transaction() as connection:
            release = self.get(release_id)
            if release.state != "waiting":
                raise Conflict(f"{release.id} is {cards.STATE_WORDS[release.state]} already.")
            if not rows.vote(connection, release.number, user, "approve" if approve else "reject", self._clock()):
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

    def pending(self) -> list[Release]:
        """Releases with work to do on the Hub: unchecked, approved, half published, or refused and not closed."""
        return rows.in_states(self._database, rows.AT_WORK) + rows.to_close(self._database)

    def work(self, release: Release) -> None:
        """Takes one release as far as it goes; every step may have been done before a crash."""
        try:
            if release.state == "checking":
                self._check(release)
            elif release.state in ("approved", "publishing"):
                self._publish(release)
            else:
                self._close(release)
        except HugopsError as error:
            log.warning("%s stopped: %s", release.id, error.sentence, exc_info=True)
            self._stop(release, error)

    def _check(self, release: Release) -> None:
        run = self._runs.get(f"R{release.run}")
        folder = self._rules.runs_folder / run.id / "model"
        names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
        if "model.safetensors" not in names and not any(name.endswith(".safetensors.index.json") for name in names):
            raise Mistake(f"The model of {run.id} is not on this machine any more. Train it again, then publish.")
        unsafe = [name for name in names if name.endswith(UNSAFE)]
        if unsafe:
            raise Mistake(f"{unsafe[0]} is not a safe file to publish. Only safetensors and text files are.")
        self._hub.ensure_private_repo(release.repo)
        if not release.public and not self._hub.head("model", release.repo).private:
            raise Mistake(
                f"{release.repo} is public, so nothing in it stays private. Ask again with `public`, "
                "or with another name."
            )
        pull = self._hub.open_release_pull_request(
            release.repo,
            folder,
            title=f"{release.id}: {run.title}, trained as {run.id}",
            description=cards.describe_pull_request(release, run),
            marker=f"hugops release {release.id} of {run.id}, asked at {release.created:.3f}",
        )
        files = dump([[file.path, file.size, file.oid] for file in pull.files])
        with self._database.transaction() as connection:
            if self._move(
                connection, release, "waiting", pull_request=pull.num, head=pull.sha, files=files, problem=None
            ):
                return
        self._hub.close(release.repo, pull.num, f"{release.id} was withdrawn")

    def _publish(self, release: Release) -> None:
        number = release.pull_request or 0
        pull = self._hub.pull_request(release.repo, number)
        if pull.status == "closed":
            raise Conflict("The pull request was closed on the Hub.")
        if pull.status != "merged" and pull.sha != release.head:
            raise Conflict("The files changed after the request.")
        tags = self._hub.tags(release.repo)
        with self._database.transaction() as connection:
            # One that waits for its next try has no tag yet, but its version is taken.
            version = release.version or next_version([*tags, *rows.taken_versions(connection, release.repo)])
            if release.state == "approved":
                self._move(connection, release, "publishing", version=version, problem=None)
        commit = self._hub.merge(release.repo, number)
        merged = self._hub.pull_request(release.repo, number)
        if {(file.path, file.oid) for file in merged.files} != {(path, oid) for path, _, oid in release.files}:
            raise Conflict(
                "The main branch has other files after the merge than those that were approved. "
                "Look at it on the Hub before anybody uses it."
            )
        self._hub.tag(release.repo, version, commit, f"{release.id}, from R{release.run}")
        if release.public:
            self._hub.set_visibility(release.repo, private=False)
        with self._database.transaction() as connection:
            if self._move(connection, release, "published", commit_sha=commit, problem=None):
                self._announce(self.get(release.id))

    def _close(self, release: Release) -> None:
        why = f": {release.reason}" if release.reason else ""
        self._hub.close(release.repo, release.pull_request or 0, f"{release.id} is {release.state}{why}")
        with self._database.transaction() as connection:
            rows.move(connection, release.number, (release.state,), release.state, closed=1)

    def _stop(self, release: Release, error: HugopsError) -> None:
        with self._database.transaction() as connection:
            release = self.get(release.id)
            if release.state == "checking" and not _passes(error):
                self._move(connection, release, "blocked", problem=error.sentence)
            elif isinstance(error, Conflict):  # not what the approvers saw, and no later try makes it so
                self._move(connection, release, "void", problem=error.sentence)
            elif release.state in rows.AT_WORK:
                # It stays what it is: the publisher takes the remaining steps a little later.
                self._move(connection, release, release.state, problem=error.sentence)

    def _move(self, connection: Connection, release: Release, target: str, **columns: object) -> bool:
        """Changes the state, if it is still what `release` says or undecided, and tells everybody concerned."""
        sources = rows.UNDECIDED if target == "withdrawn" else (release.state, "publishing")
        if not rows.move(connection, release.number, sources, target, **columns):
            return False
        release = self.get(release.id)
        run = self._runs.get(f"R{release.run}")
        if release.pull_request:  # before that, approvers have nothing to see
            text, blocks = cards.build_approval(
                release,
                run,
                self._rules.quorum,
                self._access.approvers(),
                self._hub.url("model", release.repo),
            )
            self._outbox.put(
                Message(release.id, self._rules.approval_channel(), text, release.id, release.state, blocks)
            )
        told = cards.build_told(release, self._hub.url("model", release.repo))
        if told:
            key = f"{release.id}/{target}/{'problem' if release.problem else 'told'}"
            self._outbox.put(Message(key, run.channel, told, release.id, release.state, thread=run.id))
        return True

    def _announce(self, release: Release) -> None:
        run = self._runs.get(f"R{release.run}")
        text, blocks = cards.build_announcement(release, run, self._hub.url("model", release.repo))
        self._outbox.put(
            Message(
                f"{release.id}/announcement",
                self._rules.announce_channel(),
                text,
                release.repo,
                "published",
                blocks,
            )
        )


def _passes(error: HugopsError) -> bool:
    """Whether the Hub may answer otherwise in a while, so that nobody has to ask again."""
    reason, status = error.facts.get("reason"), error.facts.get("status")
    return reason in ("timeout", "unreachable", "upload") or (
        isinstance(status, int) and (status == 429 or status >= 500)
    )
