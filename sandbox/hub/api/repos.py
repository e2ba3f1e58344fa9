"""Repos: create, delete, move, settings, and whether one may open them."""

from starlette.responses import JSONResponse, Response

from sandbox.accounts import Account
from sandbox.hub import spaces
from sandbox.hub.api import announce
from sandbox.hub.api.call import Call, done, repo_kind
from sandbox.hub.errors import BadRequest, Forbidden, HubConflict, RepoNotFound
from sandbox.hub.records import README, Gated, Kind, StoredRepo


def create_repo(call: Call) -> Response:
    account, body, kind = call.writer(), call.json(), _kind(call)
    namespace = body.get("organization") or account.name
    _require_namespace(call, account, namespace)
    repo_id = f"{namespace}/{call.text('name')}"
    private = body.get("visibility") == "private" or body.get("private") is True
    try:
        files = {README: spaces.first_card(call.text("name"), call.text("sdk"))} if kind == "space" else None
        repo = call.hub.store.create_repo(kind, repo_id, private=private, owner=account.name, files=files)
    except HubConflict as error:
        known = call.hub.store.repo(kind, repo_id)
        raise HubConflict(error.message, fields={"url": call.url(known)}) from error
    announce.repo_event(call, repo, "create")
    return JSONResponse({"url": call.url(repo), "name": repo.id, "id": repo.oid})


def delete_repo(call: Call) -> Response:
    repo = _named_repo(call)
    call.hub.store.delete_repo(repo)
    announce.repo_event(call, repo, "delete")
    return done()


def move_repo(call: Call) -> Response:
    account, kind, target = call.writer(), _kind(call), call.text("toRepo")
    repo = _find(call, kind, call.text("fromRepo"))
    call.require_member(account, repo.namespace)
    _require_namespace(call, account, target.partition("/")[0])
    call.hub.store.move_repo(repo, target)
    moved_to = {"name": target, "owner": {"id": target.partition("/")[0]}}
    announce.repo_event(call, repo, "move", movedTo=moved_to)
    return done()


def change_settings(call: Call) -> Response:
    repo, body = call.own_repo(), call.json()
    values: dict[str, str | bool | None] = {}
    if "visibility" in body or "private" in body:
        values["private"] = body.get("visibility") == "private" or body.get("private") is True
    if "gated" in body:
        values["gated"] = _gated(body["gated"]) or None
    if values:
        call.hub.store.update_repo(repo, **values)
        fresh = call.hub.store.repo(repo.kind, repo.id)
        announce.repo_event(call, fresh, "update", "repo.config", updatedConfig=values)
    return JSONResponse({key: value or False for key, value in values.items()})


def check_access(call: Call) -> Response:
    """Whether the caller may read the files."""
    call.open_repo()
    return done()


def check_write_access(call: Call) -> Response:
    call.own_repo()
    return done()


def _kind(call: Call) -> Kind:
    return repo_kind(call.json().get("type"))


def _gated(value: object) -> Gated:
    match value:
        case "auto" | "manual" as gated:
            return gated
        case False:
            return False
    raise BadRequest('"gated" must be "auto", "manual" or false.')


def _named_repo(call: Call) -> StoredRepo:
    """The repo that the body names, if the caller may write to it."""
    account = call.writer()
    name, namespace = call.text("name"), call.json().get("organization") or account.name
    repo = _find(call, _kind(call), name if "/" in name else f"{namespace}/{name}")
    call.require_member(account, repo.namespace)
    return repo


def _find(call: Call, kind: Kind, repo_id: str) -> StoredRepo:
    repo = call.hub.store.repo(kind, repo_id)
    if not call.may_see(repo):
        raise RepoNotFound(f"Repository not found: {repo_id}")
    return repo


def _require_namespace(call: Call, account: Account, namespace: str) -> None:
    """One's own name or an organisation that one is in; one that does not exist is refused in the same words."""
    if not call.hub.people.is_member(account, namespace):
        raise Forbidden(f'You don\'t have the rights to create a {_kind(call)} under the namespace "{namespace}".')
