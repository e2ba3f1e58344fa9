"""Rows of releases and votes."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from sqlite3 import Connection
from typing import Literal

from core.hub.facts import RemoteFile
from core.ids import RELEASE
from core.store import Database, Row, dump, load
from core.store.rows import marks

TABLE = "releases"
UNDECIDED = ("checking", "waiting")
AT_WORK = ("checking", "approved", "publishing")
OPEN = ("checking", "waiting", "approved", "publishing")
PLAIN = (
    "state",
    "run",
    "repo",
    "requested_by",
    "requested_in",
    "created",
    "decided",
    "reason",
    "pull_request",
    "head",
    "commit_sha",
    "version",
    "problem",
)


@dataclass(frozen=True)
class Finding:
    """What one check says of a release; `mend` says how to mend it, and is empty where the words do."""

    name: str
    outcome: Literal["passed", "warning", "blocking"]
    words: str
    mend: str = ""

    @property
    def sentence(self) -> str:
        return f"{self.words} {self.mend}".rstrip()


@dataclass(frozen=True)
class Surroundings:
    """What was there when the release was checked: the repo, and the licences as far as they are known.

    `was_private` is None where there was no repo; `version` is the one that would come next.
    """

    was_private: bool | None = None
    files: tuple[RemoteFile, ...] = ()
    version: str = ""
    base_license: str = ""
    data_license: str = ""


@dataclass(frozen=True)
class Question:
    """What an approver wants to know of the requester."""

    user: str
    text: str


@dataclass(frozen=True)
class Release:
    """One request to publish a run; `head` and `files` are what the approvers saw.

    `findings` are those of the checks, in their order; a release of an earlier version has none, nor surroundings.
    """

    number: int
    state: str
    run: int
    repo: str
    public: bool
    requested_by: str
    requested_in: str
    created: float
    decided: float | None
    reason: str | None
    pull_request: int | None
    head: str | None
    files: tuple[RemoteFile, ...]
    commit_sha: str | None
    version: str | None
    problem: str | None
    votes: dict[str, str]
    findings: tuple[Finding, ...] = ()
    surroundings: Surroundings | None = None
    questions: tuple[Question, ...] = ()

    @property
    def id(self) -> str:
        return RELEASE.write(self.number)

    @property
    def approved_by(self) -> list[str]:
        return [user for user, verdict in self.votes.items() if verdict == "approve"]

    @property
    def is_repo_new(self) -> bool:
        """Whether its repo was made for it."""
        return self.surroundings is not None and self.surroundings.was_private is None


def read(database: Database, row: Row) -> Release:
    """The release in this row, with its votes in the order they came."""
    votes = database.all("SELECT user, verdict FROM votes WHERE release = ? ORDER BY at", (row["id"],))
    return Release(
        number=row["id"],
        public=bool(row["public"]),
        files=tuple(RemoteFile(*file) for file in load(row["files"]) or ()),
        votes={vote["user"]: vote["verdict"] for vote in votes},
        findings=tuple(Finding(**finding) for finding in load(row["findings"]) or ()),
        surroundings=_surroundings(row["surroundings"]),
        questions=tuple(Question(**question) for question in load(row["questions"]) or ()),
        **{column: row[column] for column in PLAIN},
    )


def _surroundings(column: str | None) -> Surroundings | None:
    there = load(column)
    if there is None:
        return None
    files = tuple(RemoteFile(*file) for file in there.pop("files"))
    return Surroundings(files=files, **there)


def surroundings_column(surroundings: Surroundings) -> str:
    files = [[file.path, file.size, file.oid] for file in surroundings.files]
    return dump({**asdict(surroundings), "files": files})


def questions_column(questions: Iterable[Question]) -> str:
    return dump([asdict(question) for question in questions])


def files_column(files: Iterable[RemoteFile]) -> str:
    return dump([[file.path, file.size, file.oid] for file in files])


def findings_column(findings: Iterable[Finding]) -> str:
    return dump([asdict(finding) for finding in findings])


def find(database: Database, number: int) -> Release | None:
    row = database.one("SELECT * FROM releases WHERE id = ?", (number,))
    return read(database, row) if row else None


def in_states(database: Database, states: Sequence[str]) -> list[Release]:
    """All releases in one of these states, oldest first."""
    rows = database.all(f"SELECT * FROM releases WHERE state IN ({marks(states)}) ORDER BY id", states)  # noqa: S608  # only question marks are put in
    return [read(database, row) for row in rows]


def to_close(database: Database) -> list[Release]:
    """Releases that ended without a publication and whose pull request still has to be closed."""
    rows = database.all(
        "SELECT * FROM releases WHERE state IN ('rejected', 'withdrawn', 'void')"
        " AND pull_request IS NOT NULL AND NOT closed ORDER BY id"
    )
    return [read(database, row) for row in rows]


def of_run(database: Database, run: int) -> list[Release]:
    """What this run was asked to become, newest first."""
    return [
        read(database, row) for row in database.all("SELECT * FROM releases WHERE run = ? ORDER BY id DESC", (run,))
    ]


def newest(database: Database, limit: int, repo: str | None) -> list[Release]:
    rows = database.all("SELECT * FROM releases WHERE ?1 IS NULL OR repo = ?1 ORDER BY id DESC LIMIT ?2", (repo, limit))
    return [read(database, row) for row in rows]


def before(database: Database, release: Release) -> Release | None:
    """The newest published release of the same repo, other than this one and not after it."""
    row = database.one(
        "SELECT * FROM releases WHERE repo = ? AND state = 'published' AND id < ? ORDER BY decided DESC, id DESC",
        (release.repo, release.number),
    )
    return read(database, row) if row else None


def published(database: Database) -> frozenset[str]:
    """The repos that a release went to."""
    rows = database.all("SELECT DISTINCT repo FROM releases WHERE state = 'published'")
    return frozenset(row["repo"] for row in rows)


def open_for(connection: Connection, run: int, repo: str) -> int | None:
    """The number of a release of this run to this repo that is not decided or not finished yet."""
    row = connection.execute(
        f"SELECT id FROM releases WHERE run = ? AND repo = ? AND state IN ({marks(OPEN)})",  # noqa: S608  # only question marks are put in
        (run, repo, *OPEN),
    ).fetchone()
    return int(row["id"]) if row else None


def taken_versions(connection: Connection, repo: str) -> list[str]:
    """Versions that releases of this repo have, also those whose tag is still to come."""
    rows = connection.execute(
        "SELECT version FROM releases WHERE repo = ? AND version IS NOT NULL AND state IN ('publishing', 'published')",
        (repo,),
    )
    return [row["version"] for row in rows]


def vote(connection: Connection, number: int, user: str, verdict: str, at: float) -> bool:
    """Keeps the vote; False when this person has voted already."""
    cursor = connection.execute(
        "INSERT OR IGNORE INTO votes(release, user, verdict, at) VALUES (?,?,?,?)",
        (number, user, verdict, at),
    )
    return cursor.rowcount == 1
