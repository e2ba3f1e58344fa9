"""What lies in LFS and how much room repos take, for those who tidy up."""

from collections.abc import Iterable

from starlette.responses import JSONResponse, Response

from sandbox.hub.api.call import Call, done
from sandbox.hub.errors import BadRequest
from sandbox.hub.records import Kind, StoredRepo
from sandbox.hub.shapes import LfsFileRecord, StorageRecord

PAGE = 1000
KINDS: tuple[Kind, ...] = ("model", "dataset", "space")


def list_lfs_files(call: Call) -> Response:
    """Every LFS object of the repo's history once, the first pushed first."""
    repo = call.own_repo()
    page, headers = call.page(list(_lfs_files(call, repo)), PAGE)
    return JSONResponse(page, headers=headers)


def _lfs_files(call: Call, repo: StoredRepo) -> Iterable[LfsFileRecord]:
    known: set[str] = set()
    heads = {sha: ref for ref, sha in call.hub.store.refs(repo).items()}
    for commit in call.hub.store.history(repo):
        for path, entry in commit.tree.items():
            if entry.lfs and entry.sha256 not in known:
                known.add(entry.sha256)
                yield {
                    "fileOid": entry.sha256,
                    "filename": path,
                    "oid": entry.sha256,
                    "pushedAt": commit.date,
                    "ref": heads.get(commit.sha),
                    "size": entry.size,
                }


def delete_lfs_files(call: Call) -> Response:
    """Takes objects out of all commits; `rewriteHistory: false` is not offered here."""
    repo, deletions = call.own_repo(), call.json().get("deletions")
    if not isinstance(deletions, dict) or not isinstance(deletions.get("sha"), list):
        raise BadRequest('"deletions" must be an object with a list "sha".')
    if not deletions.get("rewriteHistory", True):
        raise BadRequest("Histories are always rewritten here.")
    call.hub.store.forget(repo, {str(sha256) for sha256 in deletions["sha"]})
    return done()


def duplicate_lfs_files(call: Call) -> Response:
    """Files of this repo are to be committed to another: what they hold is stored once for all repos here."""
    call.writer()
    call.open_repo()
    files = call.objects("files", "sha256")
    missing = [one["sha256"] for one in files if not call.hub.store.blobs.has(one["sha256"])]
    return JSONResponse({"failed": [{"sha256": sha256, "error": "not found"} for sha256 in missing]})


def list_own_repos(call: Call) -> Response:
    return _list_repos(call, call.signed_in().name)


def list_org_repos(call: Call) -> Response:
    call.require_member(call.signed_in(), call.param("org"))
    return _list_repos(call, call.param("org"))


def _list_repos(call: Call, namespace: str) -> Response:
    store = call.hub.store
    repos = [repo for kind in KINDS for repo, _ in store.list_repos(kind) if repo.namespace == namespace]
    sizes = {repo.number: store.used_storage(repo) for repo in repos}
    total = sum(sizes.values()) or 1
    records: list[StorageRecord] = [
        {
            "id": repo.id,
            "type": repo.kind,
            "updatedAt": repo.updated_at,
            "visibility": "private" if repo.private else "public",
            "storage": sizes[repo.number],
            "storagePercent": sizes[repo.number] / total,
        }
        for repo in repos
    ]
    page, headers = call.page(records, PAGE)
    return JSONResponse(page, headers=headers)
