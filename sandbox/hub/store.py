"""The Hub's repos and their history, in one folder on disk."""

import hashlib
import json
import re
import secrets
import sqlite3
from collections.abc import Iterable, Mapping, Sequence, Set
from pathlib import Path

from sandbox.hub import git
from sandbox.hub.blobs import Blobs
from sandbox.hub.database import HubDatabase
from sandbox.hub.errors import (
    BadRequest,
    EntryNotFound,
    HubConflict,
    PreconditionFailed,
    RepoNotFound,
    RevisionNotFound,
)
from sandbox.hub.records import MAIN, Gated, Kind, StoredCommit, StoredRepo, Tree, TreeChange, TreeEntry, now

_REPO_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[\w.-]{1,96}")


class HubStore:
    """Repos, commits and refs under `path`. Threads and processes may use it at the same time."""

    def __init__(self, path: Path) -> None:
        path.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.database = HubDatabase(path / "hub.db")
        self.blobs = Blobs(path / "blobs")

    def create_repo(
        self,
        kind: Kind,
        repo_id: str,
        *,
        private: bool = False,
        gated: Gated = False,
        owner: str,
        files: Mapping[str, bytes] | None = None,
    ) -> StoredRepo:
        """A new repo with its first commit; HubConflict when it exists.

        A namespace that nobody has becomes an organisation of `owner`'s; with the namespace itself as the
        owner it belongs to nobody who has an account here.
        """
        if not _REPO_ID.fullmatch(repo_id) or repo_id.endswith(".git") or ".." in repo_id or "--" in repo_id:
            raise BadRequest(f"Invalid repo name: {repo_id}")
        first_files = {".gitattributes": git.GITATTRIBUTES, **(files or {})}
        entries = {path: self.entry(path, content) for path, content in first_files.items()}
        moment = now()
        with self.database.writing() as db:
            if db.execute("SELECT 1 FROM repos WHERE kind = ? AND id = ?", (kind, repo_id)).fetchone():
                raise HubConflict(f"You already created this {kind} repo: {repo_id}")
            cursor = db.execute(
                "INSERT INTO repos(oid, kind, id, owner, private, gated, created_at, updated_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (secrets.token_hex(12), kind, repo_id, owner, private, gated or None, moment, moment),
            )
            db.execute("DELETE FROM moved WHERE kind = ? AND old_id = ?", (kind, repo_id))
            namespace = repo_id.partition("/")[0]
            if not db.execute("SELECT 1 FROM members WHERE org = ?", (namespace,)).fetchone():
                db.execute("INSERT INTO members VALUES (?, ?)", (namespace, owner))
            number = int(cursor.lastrowid or 0)
            first = TreeChange(entries, (), "initial commit", owner)
            _insert_commit(db, number, first, first.adds, None, MAIN)
            return StoredRepo.from_row(db.execute("SELECT * FROM repos WHERE number = ?", (number,)).fetchone())

    def find_repo(self, kind: Kind, repo_id: str) -> StoredRepo | None:
        """The repo of that name, or the one that had it before it was moved."""
        with self.database.reading() as db:
            row = db.execute("SELECT * FROM repos WHERE kind = ? AND id = ?", (kind, repo_id)).fetchone()
            row = (
                row
                or db.execute(
                    "SELECT repos.* FROM repos JOIN moved ON moved.repo = repos.number"
                    " WHERE moved.kind = ? AND old_id = ?",
                    (kind, repo_id),
                ).fetchone()
            )
        return StoredRepo.from_row(row) if row else None

    def repo(self, kind: Kind, repo_id: str) -> StoredRepo:
        repo = self.find_repo(kind, repo_id)
        if repo is None:
            raise RepoNotFound(f"Repository not found: {repo_id}")
        return repo

    def list_repos(self, kind: Kind) -> list[tuple[StoredRepo, StoredCommit]]:
        """Every repo of the kind with the head of its main branch."""
        with self.database.reading() as db:
            rows = db.execute(
                "SELECT * FROM repos WHERE kind = ? AND number IN (SELECT repo FROM refs WHERE name = ?)",
                (kind, MAIN),
            ).fetchall()
            heads = db.execute(
                "SELECT commits.* FROM repos JOIN refs ON refs.repo = number AND refs.name = ?"
                " JOIN commits ON commits.repo = number AND commits.sha = refs.sha WHERE kind = ?",
                (MAIN, kind),
            ).fetchall()
        by_repo = {row["repo"]: StoredCommit.from_row(row) for row in heads}
        return [(StoredRepo.from_row(row), by_repo[row["number"]]) for row in rows if row["number"] in by_repo]

    def update_repo(self, repo: StoredRepo, **values: str | int | bool | None) -> None:
        """Sets columns: private, gated, downloads, likes."""
        allowed = {"private", "gated", "downloads", "likes"}
        if not values or not values.keys() <= allowed:
            raise BadRequest(f"Only {', '.join(sorted(allowed))} can be set.")
        columns = ", ".join(f"{column} = ?" for column in values)
        with self.database.writing() as db:
            db.execute(f"UPDATE repos SET {columns} WHERE number = ?", (*values.values(), repo.number))  # noqa: S608 the columns were checked above

    def set_counts(self, kind: Kind, repo_id: str, *, downloads: int | None = None, likes: int | None = None) -> None:
        counts = {"downloads": downloads, "likes": likes}
        self.update_repo(self.repo(kind, repo_id), **{key: n for key, n in counts.items() if n is not None})

    def add_download(self, repo: StoredRepo) -> None:
        with self.database.writing() as db:
            db.execute("UPDATE repos SET downloads = downloads + 1 WHERE number = ?", (repo.number,))

    def move_repo(self, repo: StoredRepo, new_id: str) -> None:
        if not _REPO_ID.fullmatch(new_id):
            raise BadRequest(f"Invalid repo name: {new_id}")
        with self.database.writing() as db:
            if db.execute("SELECT 1 FROM repos WHERE kind = ? AND id = ?", (repo.kind, new_id)).fetchone():
                raise HubConflict(f"A {repo.kind} repo of this name exists: {new_id}")
            db.execute("UPDATE repos SET id = ? WHERE number = ?", (new_id, repo.number))
            db.execute("DELETE FROM moved WHERE kind = ? AND old_id = ?", (repo.kind, new_id))
            db.execute("INSERT OR REPLACE INTO moved VALUES (?, ?, ?)", (repo.kind, repo.id, repo.number))

    def add_name(self, repo: StoredRepo, name: str) -> None:
        """Another name, with or without an owner, that leads to the repo: `gpt2` is one of `openai-community/gpt2`."""
        with self.database.writing() as db:
            db.execute("INSERT OR REPLACE INTO moved VALUES (?, ?, ?)", (repo.kind, name, repo.number))

    def delete_repo(self, repo: StoredRepo) -> None:
        with self.database.writing() as db:
            db.execute("DELETE FROM repos WHERE number = ?", (repo.number,))

    def entry(self, path: str, content: bytes | Path, patterns: Iterable[str] = ()) -> TreeEntry:
        """Keeps the content and says how it stands in a commit under `path`."""
        sha256 = self.blobs.put(content)
        size = self.blobs.size(sha256)
        with self.blobs.path(sha256).open("rb") as file:
            sample = file.read(git.SAMPLE)
        if git.is_lfs(path, size, sample, patterns):
            return self.lfs_entry(sha256)
        return TreeEntry(sha256, git.blob_oid(self.blobs.read(sha256)), size, False)

    def lfs_entry(self, sha256: str) -> TreeEntry:
        """How an uploaded LFS object stands in a commit; BadRequest when it was not uploaded."""
        if not self.blobs.has(sha256):
            raise BadRequest(f"LFS pointer points to an object that was not uploaded: {sha256}")
        size = self.blobs.size(sha256)
        return TreeEntry(sha256, git.blob_oid(git.lfs_pointer(sha256, size)), size, True)

    def lfs_patterns(self, tree: Tree) -> list[str]:
        attributes = tree.get(".gitattributes")
        content = self.blobs.read(attributes.sha256) if attributes else git.GITATTRIBUTES
        return git.lfs_patterns(content.decode("utf-8", "replace"))

    def commit(
        self,
        kind: Kind,
        repo_id: str,
        files: Mapping[str, bytes | Path],
        message: str,
        author: str,
        *,
        branch: str = "main",
        delete: Sequence[str] = (),
    ) -> str:
        """Commits files (and deletes others) on a branch; returns the new commit, or the head if nothing changed."""
        repo = self.repo(kind, repo_id)
        patterns = self.lfs_patterns(self.resolve(repo, f"refs/heads/{branch}").tree)
        adds = {path: self.entry(path, content, patterns) for path, content in files.items()}
        title, _, description = message.partition("\n")
        return self.apply(
            repo, f"refs/heads/{branch}", TreeChange(adds, delete, title, author, description.strip())
        ).sha

    def apply(self, repo: StoredRepo, ref: str, change: TreeChange) -> StoredCommit:
        """One new commit on `ref`, or its head unchanged when the change changes nothing.

        Raises PreconditionFailed when `expected_parent` is not the head, EntryNotFound for a delete of nothing.
        """
        with self.database.writing() as db:
            return commit_on_ref(db, repo.number, ref, change)

    def resolve(self, repo: StoredRepo, revision: str) -> StoredCommit:
        """The commit of a branch, tag, ref or (abbreviated) hash; raises RevisionNotFound."""
        with self.database.reading() as db:
            for name in (revision, f"refs/heads/{revision}", f"refs/tags/{revision}"):
                row = db.execute("SELECT sha FROM refs WHERE repo = ? AND name = ?", (repo.number, name)).fetchone()
                if row:
                    return _read_commit(db, repo.number, row["sha"])
            if re.fullmatch(r"[0-9a-f]{7,40}", revision):
                rows = db.execute(
                    "SELECT * FROM commits WHERE repo = ? AND sha GLOB ? LIMIT 2", (repo.number, revision + "*")
                ).fetchall()
                if len(rows) == 1:
                    return StoredCommit.from_row(rows[0])
        raise RevisionNotFound(f"Invalid rev id: {revision}")

    def log(self, repo: StoredRepo, commit: StoredCommit) -> list[StoredCommit]:
        """The commit and all before it, newest first."""
        with self.database.reading() as db:
            commits = [commit]
            while parent := commits[-1].parent:
                commits.append(_read_commit(db, repo.number, parent))
        return commits

    def refs(self, repo: StoredRepo) -> dict[str, str]:
        with self.database.reading() as db:
            rows = db.execute("SELECT name, sha FROM refs WHERE repo = ? ORDER BY name", (repo.number,)).fetchall()
        return {row["name"]: row["sha"] for row in rows}

    def create_ref(self, repo: StoredRepo, name: str, sha: str, message: str | None = None) -> None:
        """Raises HubConflict when the ref exists."""
        if not re.fullmatch(r"refs/[\w./+-]+", name) or ".." in name or name.endswith(("/", ".lock")):
            raise BadRequest(f"Invalid ref name: {name}")
        with self.database.writing() as db:
            taken = db.execute("SELECT 1 FROM refs WHERE repo = ? AND name = ?", (repo.number, name)).fetchone()
            if taken:
                raise HubConflict(f"Reference already exists: {name}")
            db.execute("INSERT INTO refs VALUES (?, ?, ?, ?)", (repo.number, name, sha, message))

    def delete_ref(self, repo: StoredRepo, name: str) -> None:
        with self.database.writing() as db:
            rows = db.execute("DELETE FROM refs WHERE repo = ? AND name = ?", (repo.number, name)).rowcount
        if not rows:
            raise RevisionNotFound(f"No such reference: {name}")

    def squash(self, repo: StoredRepo, ref: str, message: str, author: str) -> StoredCommit:
        """Makes one commit without a parent of all that `ref` holds."""
        head = self.resolve(repo, ref)
        with self.database.writing() as db:
            return _insert_commit(db, repo.number, TreeChange({}, (), message, author), head.tree, None, ref)

    def history(self, repo: StoredRepo) -> list[StoredCommit]:
        """All commits on whatever ref, oldest first."""
        with self.database.reading() as db:
            rows = db.execute("SELECT * FROM commits WHERE repo = ? ORDER BY rowid", (repo.number,)).fetchall()
        return [StoredCommit.from_row(row) for row in rows]

    def forget(self, repo: StoredRepo, hashes: Set[str]) -> None:
        """Takes the files with these contents out of every commit; the commits keep their ids here."""
        for commit in self.history(repo):
            tree = {path: entry for path, entry in commit.tree.items() if entry.sha256 not in hashes}
            with self.database.writing() as db:
                body = json.dumps(tree)
                db.execute("UPDATE commits SET tree = ? WHERE repo = ? AND sha = ?", (body, repo.number, commit.sha))

    def used_storage(self, repo: StoredRepo) -> int:
        """Bytes of all contents in the repo's history, each counted once."""
        with self.database.reading() as db:
            row = db.execute(
                "SELECT sum(size) FROM (SELECT DISTINCT json_extract(value, '$[0]'), json_extract(value, '$[2]')"
                " AS size FROM commits, json_each(commits.tree) WHERE commits.repo = ?)",
                (repo.number,),
            ).fetchone()
        return int(row[0] or 0)


def commit_on_ref(db: sqlite3.Connection, repo: int, ref: str, change: TreeChange) -> StoredCommit:
    """See HubStore.apply; inside a transaction that the caller holds."""
    row = db.execute("SELECT sha FROM refs WHERE repo = ? AND name = ?", (repo, ref)).fetchone()
    if row is None:
        raise RevisionNotFound(f"Invalid rev id: {ref}")
    head = _read_commit(db, repo, row["sha"])
    if change.expected_parent and not head.sha.startswith(change.expected_parent):
        raise PreconditionFailed("The branch was updated since you opened this page. Please refresh and try again.")
    tree = changed_tree(head.tree, change)
    return head if tree == head.tree else _insert_commit(db, repo, change, tree, head.sha, ref)


def changed_tree(tree: Tree, change: TreeChange) -> dict[str, TreeEntry]:
    """The tree after the change; raises EntryNotFound for a delete of nothing."""
    result = dict(tree)
    for path in change.deletes:
        doomed = [known for known in result if known == path or (path.endswith("/") and known.startswith(path))]
        if not doomed:
            raise EntryNotFound(f'A file with this name doesn\'t exist: "{path}"')
        for known in doomed:
            del result[known]
    return {**result, **{git.check_path(path): entry for path, entry in change.adds.items()}}


def _insert_commit(
    db: sqlite3.Connection, repo: int, change: TreeChange, tree: Tree, parent: str | None, ref: str
) -> StoredCommit:
    body = json.dumps(dict(sorted(tree.items())))
    moment = now()
    identity: list[object] = [repo, parent, change.title, change.description, change.author, moment, body]
    # The random part keeps two equal commits of one moment (on two branches) apart.
    sha = hashlib.sha1(json.dumps([*identity, secrets.token_hex(8)]).encode(), usedforsecurity=False).hexdigest()
    row = (repo, sha, parent, change.title, change.description, change.author, moment, body)
    db.execute("INSERT INTO commits VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    db.execute(
        "INSERT INTO refs(repo, name, sha) VALUES (?, ?, ?) ON CONFLICT(repo, name) DO UPDATE SET sha = excluded.sha",
        (repo, ref, sha),
    )
    if ref == MAIN:
        db.execute("UPDATE repos SET updated_at = ? WHERE number = ?", (moment, repo))
    return StoredCommit(*row[1:])


def _read_commit(db: sqlite3.Connection, repo: int, sha: str) -> StoredCommit:
    row = db.execute("SELECT * FROM commits WHERE repo = ? AND sha = ?", (repo, sha)).fetchone()
    return StoredCommit.from_row(row)
