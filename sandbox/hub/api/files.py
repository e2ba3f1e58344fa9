"""Files: the tree of a revision, facts on some paths, and the contents themselves."""

import hashlib
import mimetypes
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import parse_qs

from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response

from sandbox.hub import git
from sandbox.hub.api.call import Call
from sandbox.hub.api.info import lfs_info
from sandbox.hub.api.xet import storage_url
from sandbox.hub.errors import EntryNotFound
from sandbox.hub.records import StoredCommit, StoredRepo, TreeEntry
from sandbox.hub.shapes import TreeRecord

PAGE = 1000


def list_tree(call: Call) -> Response:
    """The files and folders under a folder; with `recursive` all below it."""
    repo = call.open_repo()
    commit = call.commit(repo)
    folder = call.param("path").strip("/") if "path" in call.request.path_params else ""
    prefix = f"{folder}/" if folder else ""
    below = [path for path in commit.tree if path.startswith(prefix)]
    if folder and not below:
        raise EntryNotFound(f'{folder} does not exist on "{call.param("rev")}"', commit.sha)
    folders = _folders(below)
    paths = sorted({*below, *(path for path in folders if path.startswith(prefix))})
    if not call.flag("recursive"):
        paths = [path for path in paths if "/" not in path.removeprefix(prefix)]
    page, headers = call.page(paths, PAGE)
    return JSONResponse(_describe(call, repo, commit, page, call.flag("expand")), headers=headers)


def paths_info(call: Call) -> Response:
    """The same for some paths alone; unknown ones are left out. The body is a form."""
    repo = call.open_repo()
    commit = call.commit(repo)
    form = parse_qs(call.body.decode())
    if call.request.headers.get("content-type", "").startswith("application/json"):
        form = {key: value if isinstance(value, list) else [str(value)] for key, value in call.json().items()}
    known = {*commit.tree, *_folders(commit.tree)}
    paths = [path.strip("/") for path in form.get("paths", []) if path.strip("/") in known]
    expand = form.get("expand", ["false"])[0].lower() == "true"
    return JSONResponse(_describe(call, repo, commit, paths, expand))


def resolve_file(call: Call) -> Response:
    """A file's content, or a range of it; of a large one the address where it is. Asking for either is a download."""
    repo = call.open_repo()
    commit, path = call.commit(repo), call.param("path")
    entry = commit.tree.get(path)
    if entry is None:
        raise EntryNotFound(f"Entry not found: {path}", commit.sha)
    # Sandboxed, because a page of a repo must not run as a page of the Hub.
    headers = {"X-Repo-Commit": commit.sha, "ETag": f'"{entry.etag}"', "Content-Security-Policy": "sandbox"}
    if "x-hf-download-counter" in call.request.headers:
        caller = call.account.name if call.account else call.request.headers.get("user-agent", "")
        call.hub.downloads.note(repo, caller)
    if entry.lfs:
        headers |= _linked(call, repo, commit, entry)
        if address := call.hub.file_host.address(entry.sha256, call.request.scope["path"]):
            return RedirectResponse(address, 302, headers)
    media_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return FileResponse(call.hub.store.blobs.path(entry.sha256), headers=headers, media_type=media_type)


def _linked(call: Call, repo: StoredRepo, commit: StoredCommit, entry: TreeEntry) -> dict[str, str]:
    """What is told of a large file before it is fetched: from the file host, or through Xet by the hash."""
    token_route = f"{call.api_url(repo)}/xet-read-token/{commit.sha}"
    chunks = f"{storage_url(call)}/v1/reconstructions/{entry.sha256}"
    return {
        "X-Linked-Etag": f'"{entry.etag}"',
        "X-Linked-Size": str(entry.size),
        "X-Xet-Hash": entry.sha256,
        "Link": f'<{token_route}>; rel="xet-auth", <{chunks}>; rel="xet-reconstruction-info"',
    }


def show_raw(call: Call) -> Response:
    """A file as git has it: of a large one the pointer."""
    repo = call.open_repo()
    entry = call.commit(repo).tree.get(call.param("path"))
    if entry is None or not entry.lfs:
        return resolve_file(call)
    return PlainTextResponse(git.lfs_pointer(entry.sha256, entry.size))


def _folders(paths: Iterable[str]) -> set[str]:
    return {path[:end] for path in paths for end, letter in enumerate(path) if letter == "/"}


def _describe(
    call: Call, repo: StoredRepo, commit: StoredCommit, paths: Sequence[str], expand: bool
) -> list[TreeRecord]:
    changes = _last_changes(call.hub.store.log(repo, commit), paths) if expand else {}
    unsafe = call.hub.facts.read(repo.kind, commit).unsafe_files if expand else {}
    records = []
    for path in paths:
        record = _file(path, commit.tree[path]) if path in commit.tree else _folder(path, commit.tree)
        if path in changes:
            last = changes[path]
            record["lastCommit"] = {"id": last.sha, "title": last.title, "date": last.date}
        if expand and record["type"] == "file":
            status = unsafe.get(path, "safe")
            scans = {"avScan": {"status": "safe"}, "pickleImportScan": {"status": status}}
            record["securityFileStatus"] = {"status": status, **scans}
        records.append(record)
    return records


def _file(path: str, entry: TreeEntry) -> TreeRecord:
    record: TreeRecord = {"type": "file", "oid": entry.oid, "size": entry.size, "path": path}
    return {**record, "lfs": lfs_info(entry, "oid"), "xetHash": entry.sha256} if entry.lfs else record


def _folder(path: str, tree: Mapping[str, TreeEntry]) -> TreeRecord:
    listing = "".join(f"{name} {entry.oid}\n" for name, entry in tree.items() if name.startswith(f"{path}/"))
    oid = hashlib.sha1(listing.encode(), usedforsecurity=False).hexdigest()
    return {"type": "directory", "oid": oid, "size": 0, "path": path}


def _last_changes(log: Sequence[StoredCommit], paths: Sequence[str]) -> dict[str, StoredCommit]:
    """For each path the commit that last changed it, or anything below it."""
    latest: dict[str, StoredCommit] = {}
    for commit, before in zip(log, [*log[1:], None], strict=True):
        old: Mapping[str, TreeEntry] = before.tree if before else {}
        paths_changed = {path for path in commit.tree.keys() | old.keys() if commit.tree.get(path) != old.get(path)}
        for path in {*paths_changed, *_folders(paths_changed)}.intersection(paths):
            latest.setdefault(path, commit)
    return latest
