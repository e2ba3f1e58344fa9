"""What the store hands out: repos, commits and the files in them."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Literal, NamedTuple

from sandbox.documents import Document

Kind = Literal["model", "dataset", "space"]
Gated = Literal[False, "auto", "manual"]
MAIN = "refs/heads/main"
README = "README.md"


def now() -> str:
    """This moment as the Hub writes it: UTC, milliseconds, ending in Z."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class TreeEntry(NamedTuple):
    """One file of a commit: its content's sha256, its git blob id (an LFS file's is its pointer's), its size."""

    sha256: str
    oid: str
    size: int
    lfs: bool

    @property
    def etag(self) -> str:
        """What a client compares its own copy with."""
        return self.sha256 if self.lfs else self.oid


Tree = Mapping[str, TreeEntry]


@dataclass(frozen=True)
class StoredRepo:
    number: int
    oid: str
    kind: Kind
    id: str
    owner: str
    private: bool
    gated: Gated
    created_at: str
    updated_at: str
    downloads: int
    likes: int

    @property
    def namespace(self) -> str:
        return self.id.partition("/")[0]

    @property
    def name(self) -> str:
        return self.id.partition("/")[2]

    @property
    def web_path(self) -> str:
        """The path of its page, such as `/datasets/ns/name`."""
        return f"/{self.id}" if self.kind == "model" else f"/{self.kind}s/{self.id}"

    @classmethod
    def from_row(cls, row: sqlite3.Row) -> "StoredRepo":
        values: Document = dict(row)
        return cls(**{**values, "private": bool(values["private"]), "gated": values["gated"] or False})


@dataclass(frozen=True)
class StoredCommit:
    sha: str
    parent: str | None
    title: str
    message: str
    author: str
    date: str
    tree_json: str

    @cached_property
    def tree(self) -> Tree:
        return {path: TreeEntry(*values) for path, values in json.loads(self.tree_json).items()}

    @classmethod
    def from_row(cls, row: sqlite3.Row) -> "StoredCommit":
        return cls(*(row[key] for key in ("sha", "parent", "title", "message", "author", "date", "tree")))


@dataclass(frozen=True)
class TreeChange:
    """What a commit does. A path in `deletes` that ends in "/" is a folder with all in it."""

    adds: Tree
    deletes: Sequence[str]
    title: str
    author: str
    description: str = ""
    expected_parent: str | None = None
