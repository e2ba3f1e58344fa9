"""Commits: how each file is to be uploaded, the commit itself, and the list of them."""

import base64
import binascii
import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from starlette.responses import JSONResponse, Response

from sandbox.documents import Document
from sandbox.hub import card_rules, git
from sandbox.hub.api import announce
from sandbox.hub.api.call import Call, repo_kind
from sandbox.hub.discussions import Discussion
from sandbox.hub.errors import BadRequest, Forbidden, RevisionNotFound
from sandbox.hub.ignore import Ignore
from sandbox.hub.records import StoredCommit, StoredRepo, Tree, TreeChange, TreeEntry
from sandbox.hub.shapes import CommitRecord

PAGE = 50


def preupload(call: Call) -> Response:
    """For each file whether it goes to LFS or into the commit, and what stands at its path now."""
    repo = _target(call)
    tree = call.hub.store.resolve(repo, call.param("rev")).tree
    patterns = call.hub.store.lfs_patterns(tree)
    ignored = Ignore(call.json().get("gitIgnore") or _stored_ignore(call, tree))
    files = []
    for file in call.objects("files", "path", "size"):
        path, size = str(file["path"]), int(file["size"])
        mode = "lfs" if git.is_lfs(path, size, _decode(file.get("sample", "")), patterns) else "regular"
        known = {"oid": tree[path].etag} if path in tree else {}
        files.append({"path": path, "uploadMode": mode, "shouldIgnore": ignored.matches(path), **known})
    return JSONResponse({"files": files})


def _stored_ignore(call: Call, tree: Tree) -> str:
    """The repo's own `.gitignore`, which counts where none comes with the request."""
    return call.hub.facts.text(tree, ".gitignore")


def validate_card(call: Call) -> Response:
    errors, warnings = card_rules.problems(call.text("content"), repo_kind(call.json().get("repoType")))
    verdict = {"errors": [{"message": text} for text in errors], "warnings": [{"message": text} for text in warnings]}
    return JSONResponse(verdict, 400 if errors else 200)


def create_commit(call: Call) -> Response:
    """Commits to a branch, to a pull request, or (`create_pr`) opens a pull request with it."""
    repo = _target(call)
    upload = _read_upload(call)
    change = _change(call, repo, upload)
    if not call.flag("create_pr"):
        commit = _commit_to(call, repo, change)
        return JSONResponse(_committed(call, repo, commit))
    discussion = call.hub.discussions.create(
        repo, change.title, change.author, description=change.description, pull=True
    )
    before = call.hub.store.resolve(repo, discussion.ref)
    commit = call.hub.store.apply(repo, discussion.ref, change)
    _record(call, repo, discussion, commit)
    announce.discussion_event(call, repo, discussion, "create")
    announce.commit_event(call, repo, discussion.ref, before, commit)
    url = f"{call.url(repo)}/discussions/{discussion.num}"
    return JSONResponse({**_committed(call, repo, commit), "pullRequestUrl": url})


def list_commits(call: Call) -> Response:
    """Newest first, in pages."""
    repo = call.open_repo()
    log = call.hub.store.log(repo, call.commit(repo))
    page, headers = call.page(log, PAGE)
    formatted = "formatted" in call.request.query_params.getlist("expand[]")
    return JSONResponse([_listed(commit, formatted) for commit in page], headers=headers)


def super_squash(call: Call) -> Response:
    """Makes one commit of a branch, or of a pull request's ref."""
    repo = call.own_repo()
    ref = _ref(call.param("rev"))
    message = call.json().get("message") or f"Super-squash branch '{call.param('rev')}' using huggingface_hub"
    before = call.hub.store.resolve(repo, ref)
    announce.commit_event(call, repo, ref, before, call.hub.store.squash(repo, ref, message, call.writer().name))
    return JSONResponse({"success": True})


@dataclass
class _Upload:
    summary: str = ""
    description: str = ""
    parent: str | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    lfs: dict[str, str] = field(default_factory=dict)
    deletes: list[str] = field(default_factory=list)


def _lines(call: Call) -> Iterator[tuple[str, Document]]:
    for line in call.body.splitlines():
        if line.strip():
            try:
                item = json.loads(line)
                yield str(item["key"]), dict(item["value"])
            except (ValueError, KeyError, TypeError) as error:
                raise BadRequest("Each line of a commit must be a JSON object with a key and a value.") from error


def _read_upload(call: Call) -> _Upload:
    upload = _Upload()
    for key, value in _lines(call):
        path = value.get("path", "")
        if key == "header":
            upload.summary, upload.description = value.get("summary", ""), value.get("description") or ""
            upload.parent = value.get("parentCommit")
        elif key == "file":
            content = value.get("content", "")
            upload.files[path] = _decode(content) if value.get("encoding") == "base64" else content.encode()
        elif key == "lfsFile":
            upload.lfs[path] = str(value.get("oid", ""))
        elif key in ("deletedFile", "deletedFolder"):
            upload.deletes.append(path if key == "deletedFile" else f"{path.rstrip('/')}/")
        else:
            raise BadRequest(f"Unknown kind of line in a commit: {key}")
    if not upload.summary.strip():
        raise BadRequest("A commit needs a summary.")
    return upload


def _change(call: Call, repo: StoredRepo, upload: _Upload) -> TreeChange:
    store = call.hub.store
    if "README.md" in upload.files:
        errors, _ = card_rules.problems(upload.files["README.md"].decode("utf-8", "replace"), repo.kind)
        if errors:
            raise BadRequest(f"Invalid metadata in README.md. {' '.join(errors)}")
    patterns = store.lfs_patterns(store.resolve(repo, call.param("rev")).tree)
    adds: dict[str, TreeEntry] = {path: store.entry(path, data, patterns) for path, data in upload.files.items()}
    adds |= {path: store.lfs_entry(oid) for path, oid in upload.lfs.items()}
    return TreeChange(adds, upload.deletes, upload.summary, call.writer().name, upload.description, upload.parent)


def _target(call: Call) -> StoredRepo:
    """The repo, if the caller may commit to this revision: reading is enough to propose a change."""
    if call.flag("create_pr"):
        call.writer()
        repo = call.open_repo()
        if _ref(call.param("rev")) not in call.hub.store.refs(repo):
            raise RevisionNotFound(f"A pull request is opened against a branch: {call.param('rev')} is none.")
        return repo
    repo, account = call.repo(), call.writer()
    discussion = _pull_request(call, repo)
    if discussion and discussion.author == account.name:
        return call.open_repo()
    return call.own_repo()


def _pull_request(call: Call, repo: StoredRepo) -> Discussion | None:
    number = call.param("rev").removeprefix("refs/pr/")
    known = call.param("rev").startswith("refs/pr/") and number.isdecimal()
    return call.hub.discussions.get(repo, int(number)) if known else None


def _commit_to(call: Call, repo: StoredRepo, change: TreeChange) -> StoredCommit:
    revision = call.param("rev")
    ref = _ref(revision)
    discussion = _pull_request(call, repo)
    if discussion and discussion.status in ("merged", "closed"):
        raise Forbidden(f"This pull request is {discussion.status}.")
    if ref.startswith("refs/tags/"):
        raise BadRequest("A tag cannot be committed to.")
    before = call.hub.store.resolve(repo, ref)
    commit = call.hub.store.apply(repo, ref, change)
    if discussion and commit.sha != before.sha:
        _record(call, repo, discussion, commit)
    announce.commit_event(call, repo, ref, before, commit)
    return commit


def _ref(revision: str) -> str:
    return revision if revision.startswith("refs/") else f"refs/heads/{revision}"


def _record(call: Call, repo: StoredRepo, discussion: Discussion, commit: StoredCommit) -> None:
    call.hub.discussions.record_commit(repo, discussion.num, commit)


def _committed(call: Call, repo: StoredRepo, commit: StoredCommit) -> dict[str, object]:
    return {"success": True, "commitOid": commit.sha, "commitUrl": f"{call.url(repo)}/commit/{commit.sha}"}


def _listed(commit: StoredCommit, formatted: bool) -> CommitRecord:
    record: CommitRecord = {
        "id": commit.sha,
        "title": commit.title,
        "message": commit.message,
        "date": commit.date,
        "authors": [{"user": commit.author}],
    }
    return {**record, "formatted": {"title": commit.title, "message": commit.message}} if formatted else record


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadRequest("The content is not valid base64.") from error
