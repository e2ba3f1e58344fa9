"""The records that the Hub answers with, as its clients read them."""

from typing import Literal, NotRequired, TypedDict


class LfsRecord(TypedDict):
    """An LFS object; its hash is called `sha256` in repo infos and `oid` in trees."""

    sha256: NotRequired[str]
    oid: NotRequired[str]
    size: int
    pointerSize: int


class SiblingRecord(TypedDict):
    rfilename: str
    size: NotRequired[int]
    blobId: NotRequired[str]
    lfs: NotRequired[LfsRecord]


class LastCommit(TypedDict):
    id: str
    title: str
    date: str


class TreeRecord(TypedDict):
    """A file or a folder of a tree; `path` is always the one from the repo's root."""

    type: Literal["file", "directory"]
    oid: str
    size: int
    path: str
    lfs: NotRequired[LfsRecord]
    xetHash: NotRequired[str]
    lastCommit: NotRequired[LastCommit]
    securityFileStatus: NotRequired[dict[str, object]]


class CommitRecord(TypedDict):
    id: str
    title: str
    message: str
    date: str
    authors: list[dict[str, str]]
    formatted: NotRequired[dict[str, str]]


class RefRecord(TypedDict):
    name: str
    ref: str
    targetCommit: str


class AuthorRecord(TypedDict):
    name: str
    type: Literal["user"]


class CommentText(TypedDict):
    raw: str
    html: str
    updatedAt: str
    author: AuthorRecord


class EventRecord(TypedDict):
    id: str
    type: str
    author: AuthorRecord
    createdAt: str
    data: object


class DiscussionRecord(TypedDict):
    num: int
    title: str
    author: AuthorRecord
    createdAt: str
    status: str
    isPullRequest: bool
    repo: dict[str, str]


class PersonRecord(TypedDict):
    user: str
    fullname: str
    avatarUrl: str
    type: Literal["user"]


class AccessRecord(TypedDict):
    requestId: str
    status: str
    timestamp: str
    user: dict[str, str] | None


class UploadAction(TypedDict):
    href: str
    header: NotRequired[dict[str, str]]


class UploadAddress(TypedDict):
    """Where an LFS object is to be sent; without `actions` it is here already."""

    oid: str
    size: int
    authenticated: bool
    actions: NotRequired[dict[str, UploadAction]]


class ScoreRecord(TypedDict):
    label: str
    score: float


class ParameterCounts(TypedDict):
    """Parameters of a safetensors model, by type and in all."""

    parameters: dict[str, int]
    total: int


class LfsFileRecord(TypedDict):
    """One LFS object of a repo's history, with a path that it has or had."""

    fileOid: str
    filename: str
    oid: str
    pushedAt: str
    ref: str | None
    size: int


class StorageRecord(TypedDict):
    id: str
    type: str
    updatedAt: str
    visibility: Literal["public", "private"]
    storage: int
    storagePercent: float


# The Hub's own key begins with an underscore.
class EntryRecord(TypedDict):
    _id: str
    id: str
    type: str
    position: int
    note: NotRequired[dict[str, str]]


class CollectionRecord(TypedDict):
    """`owner` is the account's name here, where the Hub has an object."""

    slug: str
    title: str
    description: str | None
    owner: str
    private: bool
    theme: str
    upvotes: int
    lastUpdated: str
    items: list[EntryRecord]
