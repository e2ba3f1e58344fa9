"""Branches and tags."""

from starlette.responses import JSONResponse, Response

from sandbox.hub.api import announce
from sandbox.hub.api.call import Call, done
from sandbox.hub.errors import Forbidden
from sandbox.hub.records import MAIN
from sandbox.hub.shapes import RefRecord

_GROUPS = {"refs/heads/": "branches", "refs/convert/": "converts", "refs/tags/": "tags"}


def list_refs(call: Call) -> Response:
    repo = call.open_repo()
    groups: dict[str, list[RefRecord]] = {"branches": [], "converts": [], "tags": []}
    if call.flag("include_prs"):
        groups["pullRequests"] = []
    for ref, sha in call.hub.store.refs(repo).items():
        for prefix, group in {**_GROUPS, "refs/pr/": "pullRequests"}.items():
            if ref.startswith(prefix) and group in groups:
                name = ref.removeprefix("refs/" if group == "pullRequests" else prefix)
                groups[group].append({"name": name, "ref": ref, "targetCommit": sha})
    return JSONResponse(groups)


def create_branch(call: Call) -> Response:
    repo = call.own_repo()
    start = call.hub.store.resolve(repo, call.json().get("startingPoint") or MAIN)
    return _create(call, f"refs/heads/{call.param('branch')}", start.sha, None)


def create_tag(call: Call) -> Response:
    repo = call.own_repo()
    return _create(call, f"refs/tags/{call.text('tag')}", call.commit(repo).sha, call.json().get("message"))


def delete_branch(call: Call) -> Response:
    if call.param("branch") == "main":
        raise Forbidden("The main branch cannot be deleted.")
    return _delete(call, f"refs/heads/{call.param('branch')}")


def delete_tag(call: Call) -> Response:
    return _delete(call, f"refs/tags/{call.param('rev')}")


def _create(call: Call, ref: str, sha: str, message: str | None) -> Response:
    repo = call.own_repo()
    call.hub.store.create_ref(repo, ref, sha, message)
    announce.content_event(call, repo, ref, None, sha)
    return done()


def _delete(call: Call, ref: str) -> Response:
    repo = call.own_repo()
    old = call.hub.store.refs(repo).get(ref)
    call.hub.store.delete_ref(repo, ref)
    announce.content_event(call, repo, ref, old, None)
    return done()
