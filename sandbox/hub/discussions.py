"""Discussions and pull requests, with their events."""

import json
import secrets
import sqlite3
from dataclasses import dataclass
from typing import Literal

from sandbox.documents import Document
from sandbox.hub import git
from sandbox.hub.errors import BadRequest, HubConflict, NotFound
from sandbox.hub.records import MAIN, StoredCommit, StoredRepo, TreeChange, now
from sandbox.hub.shapes import CommentText
from sandbox.hub.store import HubStore, commit_on_ref

Status = Literal["draft", "open", "closed", "merged"]


@dataclass(frozen=True)
class Discussion:
    num: int
    title: str
    author: str
    status: Status
    is_pull_request: bool
    created_at: str
    start_sha: str | None
    merge_sha: str | None

    @property
    def ref(self) -> str:
        return f"refs/pr/{self.num}"


@dataclass(frozen=True)
class DiscussionEvent:
    id: str
    type: str
    author: str
    created_at: str
    data: Document


class Discussions:
    def __init__(self, store: HubStore) -> None:
        self._store = store
        self._database = store.database

    def create(
        self, repo: StoredRepo, title: str, author: str, *, description: str = "", status: Status = "open", pull: bool
    ) -> Discussion:
        """A discussion, or a pull request (`pull`) whose ref starts at the head of main."""
        if not title.strip():
            raise BadRequest("A discussion needs a title.")
        head = self._store.resolve(repo, MAIN).sha if pull else None
        with self._database.writing() as db:
            row = db.execute("SELECT max(num) FROM discussions WHERE repo = ?", (repo.number,)).fetchone()
            num = int(row[0] or 0) + 1
            db.execute(
                "INSERT INTO discussions VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)",
                (repo.number, num, title.strip(), author, status, pull, now(), head),
            )
            if head:
                db.execute("INSERT INTO refs(repo, name, sha) VALUES (?, ?, ?)", (repo.number, f"refs/pr/{num}", head))
            if description or not pull:
                _add_event(db, repo, num, "comment", author, _comment(description, author))
        return self.get(repo, num)

    def get(self, repo: StoredRepo, num: int) -> Discussion:
        for discussion in self.of(repo, num):
            return discussion
        raise NotFound(f"Discussion not found: {num}")

    def of(self, repo: StoredRepo, num: int | None = None) -> list[Discussion]:
        """Newest first; only the one of that number when it is given."""
        with self._database.reading() as db:
            rows = db.execute(
                "SELECT num, title, author, status, is_pull_request, created_at, start_sha, merge_sha"
                " FROM discussions WHERE repo = ? AND num = coalesce(?, num) ORDER BY num DESC",
                (repo.number, num),
            ).fetchall()
        return [Discussion(**{**dict(row), "is_pull_request": bool(row["is_pull_request"])}) for row in rows]

    def events(self, repo: StoredRepo, num: int) -> list[DiscussionEvent]:
        """In the order in which they happened."""
        with self._database.reading() as db:
            rows = db.execute(
                "SELECT * FROM events WHERE repo = ? AND num = ? ORDER BY number", (repo.number, num)
            ).fetchall()
        return [_event(row) for row in rows]

    def comment(self, repo: StoredRepo, num: int, text: str, author: str) -> DiscussionEvent:
        if not text.strip():
            raise BadRequest("A comment needs a text.")
        with self._database.writing() as db:
            return _add_event(db, repo, num, "comment", author, _comment(text, author))

    def edit_comment(self, repo: StoredRepo, num: int, comment: str, data: Document) -> DiscussionEvent:
        """Puts new data (a new text, or hidden) into the comment of that id."""
        with self._database.writing() as db:
            rows = db.execute(
                "UPDATE events SET data = ? WHERE id = ? AND repo = ? AND num = ? AND type = 'comment'",
                (json.dumps(data), comment, repo.number, num),
            ).rowcount
            if not rows:
                raise NotFound(f"Comment not found: {comment}")
            return _event(db.execute("SELECT * FROM events WHERE id = ?", (comment,)).fetchone())

    def set_status(self, repo: StoredRepo, num: int, status: Status, author: str) -> DiscussionEvent:
        """Opens or closes; HubConflict for a merged pull request, which stays as it is."""
        with self._database.writing() as db:
            rows = db.execute(
                "UPDATE discussions SET status = ? WHERE repo = ? AND num = ? AND status != 'merged'",
                (status, repo.number, num),
            ).rowcount
            if not rows:
                raise HubConflict("This pull request is merged already.")
            return _add_event(db, repo, num, "status-change", author, {"status": status})

    def set_title(self, repo: StoredRepo, num: int, title: str, author: str) -> DiscussionEvent:
        old = self.get(repo, num).title
        if not title.strip():
            raise BadRequest("A discussion needs a title.")
        with self._database.writing() as db:
            db.execute("UPDATE discussions SET title = ? WHERE repo = ? AND num = ?", (title, repo.number, num))
            return _add_event(db, repo, num, "title-change", author, {"from": old, "to": title})

    def record_commit(self, repo: StoredRepo, num: int, commit: StoredCommit) -> DiscussionEvent:
        with self._database.writing() as db:
            return _add_event(db, repo, num, "commit", commit.author, {"subject": commit.title, "oid": commit.sha})

    def conflicts(self, repo: StoredRepo, discussion: Discussion) -> list[str]:
        """The files that both the pull request and main have changed, each in its own way."""
        if discussion.start_sha is None or discussion.status == "merged":
            return []
        resolve = self._store.resolve
        base, ours = resolve(repo, discussion.start_sha).tree, resolve(repo, MAIN).tree
        return git.conflicts(base, ours, resolve(repo, discussion.ref).tree)

    def merge(self, repo: StoredRepo, num: int, author: str) -> StoredCommit:
        """Puts the pull request's changes on main in one commit; HubConflict when it cannot be merged."""
        discussion = self.get(repo, num)
        if not discussion.is_pull_request or discussion.start_sha is None:
            raise BadRequest("Only a pull request can be merged.")
        if discussion.status in ("merged", "closed"):
            raise HubConflict(f"This pull request is {discussion.status}.")
        if paths := self.conflicts(repo, discussion):
            raise HubConflict(f"This pull request has conflicts in: {', '.join(paths)}")
        resolve = self._store.resolve
        base, head = resolve(repo, discussion.start_sha).tree, resolve(repo, discussion.ref).tree
        main = resolve(repo, MAIN)
        paths_changed = git.changed_paths(base, head)
        with self._database.writing() as db:
            change = TreeChange(
                adds={path: head[path] for path in paths_changed if path in head},
                deletes=[path for path in paths_changed if path not in head and path in main.tree],
                title=f"{discussion.title} (#{num})",
                author=author,
                expected_parent=main.sha,
            )
            commit = commit_on_ref(db, repo.number, MAIN, change)
            db.execute(
                "UPDATE discussions SET status = 'merged', merge_sha = ? WHERE repo = ? AND num = ?",
                (commit.sha, repo.number, num),
            )
            _add_event(db, repo, num, "status-change", author, {"status": "merged"})
        return commit


def _comment(text: str, author: str) -> Document:
    latest: CommentText = {"raw": text, "html": "", "updatedAt": now(), "author": {"name": author, "type": "user"}}
    return {"edited": False, "hidden": False, "latest": latest, "history": [], "numEdits": 0}


def _add_event(
    db: sqlite3.Connection, repo: StoredRepo, num: int, kind: str, author: str, data: Document
) -> DiscussionEvent:
    event = DiscussionEvent(secrets.token_hex(12), kind, author, now(), data)
    db.execute(
        "INSERT INTO events(id, repo, num, type, author, created_at, data) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (event.id, repo.number, num, kind, author, event.created_at, json.dumps(data)),
    )
    return event


def _event(row: sqlite3.Row) -> DiscussionEvent:
    return DiscussionEvent(row["id"], row["type"], row["author"], row["created_at"], json.loads(row["data"]))
