"""The sandbox's Hub: one Starlette application that unmodified Hub clients talk to."""

import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.accounts import Account
from sandbox.hub.api import (
    collections,
    commits,
    files,
    inference,
    info,
    listing,
    pages,
    people,
    pulls,
    refs,
    repos,
    sandbox,
    storage,
    uploads,
    xet,
)
from sandbox.hub.api.call import PLURALS, Call, HubParts
from sandbox.hub.api.refusals import answer_error
from sandbox.hub.billing import Billing
from sandbox.hub.collections import CollectionShelf
from sandbox.hub.discussions import Discussions
from sandbox.hub.downloads import Downloads
from sandbox.hub.errors import HubRefusal, NotFound, RepoNotFound
from sandbox.hub.facts import FactsReader
from sandbox.hub.file_host import FileHost
from sandbox.hub.limits import LimitsMiddleware, RequestLimits
from sandbox.hub.people import Directory
from sandbox.hub.providers import OfferBook
from sandbox.hub.records import Kind
from sandbox.hub.signing import Signer
from sandbox.hub.store import HubStore
from sandbox.hub.webhooks import Webhooks
from sandbox.hub.xet import XetStore

Handler = Callable[[Call], Response]
Endpoint = Callable[[Request], Awaitable[Response]]
Row = tuple[str, str, Handler]

# What stands under /api/models/{ns}/{name}, and the same for datasets and Spaces.
_REPO_API: tuple[Row, ...] = (
    ("GET", "", info.show_repo),
    ("GET", "/revision/{rev}", info.show_repo),
    ("GET", "/auth-check", repos.check_access),
    ("GET", "/auth-check/write", repos.check_write_access),
    ("PUT", "/settings", repos.change_settings),
    ("GET", "/tree/{rev}", files.list_tree),
    ("GET", "/tree/{rev}/{path:path}", files.list_tree),
    ("POST", "/paths-info/{rev}", files.paths_info),
    ("GET", "/commits/{rev}", commits.list_commits),
    ("POST", "/preupload/{rev}", commits.preupload),
    ("POST", "/commit/{rev}", commits.create_commit),
    ("POST", "/super-squash/{rev}", commits.super_squash),
    ("GET", "/xet-write-token/{rev}", xet.write_token),
    ("GET", "/xet-read-token/{rev}", xet.read_token),
    ("GET", "/refs", refs.list_refs),
    ("POST", "/branch/{branch:path}", refs.create_branch),
    ("DELETE", "/branch/{branch:path}", refs.delete_branch),
    ("POST", "/tag/{rev:path}", refs.create_tag),
    ("DELETE", "/tag/{rev:path}", refs.delete_tag),
    ("GET", "/discussions", pulls.list_discussions),
    ("POST", "/discussions", pulls.create_discussion),
    ("GET", "/discussions/{num}", pulls.show_discussion),
    ("POST", "/discussions/{num}/comment", pulls.add_comment),
    ("POST", "/discussions/{num}/comment/{comment}/edit", pulls.edit_comment),
    ("POST", "/discussions/{num}/comment/{comment}/hide", pulls.hide_comment),
    ("POST", "/discussions/{num}/status", pulls.change_status),
    ("POST", "/discussions/{num}/title", pulls.change_title),
    ("POST", "/discussions/{num}/merge", pulls.merge),
    ("GET", "/user-access-request/{status}", people.list_access_requests),
    ("POST", "/user-access-request/handle", people.handle_access_request),
    ("POST", "/user-access-request/grant", people.grant_access),
    ("GET", "/likers", people.no_likes),
    ("GET", "/lfs-files", storage.list_lfs_files),
    ("POST", "/lfs-files/batch", storage.delete_lfs_files),
    ("POST", "/lfs-files/duplicate", storage.duplicate_lfs_files),
)
# What stands under /{ns}/{name}, /datasets/{ns}/{name} and /spaces/{ns}/{name}.
_REPO_WEB: tuple[Row, ...] = (
    ("GET", "", pages.show_repo),
    ("GET", "/resolve/{rev}/{path:path}", files.resolve_file),
    ("GET", "/raw/{rev}/{path:path}", files.show_raw),
    ("GET", "/blob/{rev}/{path:path}", files.resolve_file),
    ("GET", "/tree/{rev}", pages.show_tree),
    ("GET", "/tree/{rev}/{path:path}", pages.show_tree),
    ("GET", "/commit/{rev}", pages.show_commit),
    ("GET", "/commits/{rev}", pages.list_commits),
    ("GET", "/discussions", pages.list_discussions),
    ("GET", "/discussions/{num}", pages.show_discussion),
    ("POST", "/ask-access", people.ask_access),
    ("POST", ".git/info/lfs/objects/batch", uploads.lfs_batch),
)
_COLLECTION = "/api/collections/{ns}/{slug}"
_WEBHOOKS = "/api/settings/webhooks"
_GENERAL: tuple[Row, ...] = (
    ("GET", "/", pages.home),
    ("GET", "/api/whoami-v2", people.whoami),
    ("GET", "/api/users/{user}/overview", people.show_user),
    ("GET", "/api/users/{user}/likes", people.no_likes),
    ("GET", "/api/organizations/{org}/overview", people.show_org),
    ("GET", "/api/organizations/{org}/members", people.list_members),
    ("POST", "/api/repos/create", repos.create_repo),
    ("DELETE", "/api/repos/delete", repos.delete_repo),
    ("POST", "/api/repos/move", repos.move_repo),
    ("POST", "/api/validate-yaml", commits.validate_card),
    ("GET", _WEBHOOKS, people.list_webhooks),
    ("POST", _WEBHOOKS, people.create_webhook),
    ("GET", _WEBHOOKS + "/{webhook}", people.show_webhook),
    ("POST", _WEBHOOKS + "/{webhook}", people.change_webhook),
    ("DELETE", _WEBHOOKS + "/{webhook}", people.delete_webhook),
    ("POST", _WEBHOOKS + "/{webhook}/enable", people.enable_webhook),
    ("POST", _WEBHOOKS + "/{webhook}/disable", people.disable_webhook),
    ("GET", "/api/settings/repositories", storage.list_own_repos),
    ("GET", "/api/organizations/{org}/settings/repositories", storage.list_org_repos),
    ("GET", "/api/collections", collections.list_collections),
    ("POST", "/api/collections", collections.create_collection),
    ("GET", _COLLECTION, collections.show_collection),
    ("PATCH", _COLLECTION, collections.change_collection),
    ("DELETE", _COLLECTION, collections.delete_collection),
    ("POST", _COLLECTION + "/items", collections.add_entry),
    ("PATCH", _COLLECTION + "/items/{entry}", collections.change_entry),
    ("DELETE", _COLLECTION + "/items/{entry}", collections.remove_entry),
    ("POST", "/_lfs/verify", uploads.lfs_verify),
    ("POST", "/_lfs/{oid}/{size:int}/{signature}", uploads.lfs_complete),
    ("POST", "/_cas/{storage}/v1/xorbs/default/{hash}", xet.add_xorb),
    ("POST", "/_cas/{storage}/v1/shards", xet.add_shard),
    ("GET", "/_cas/{storage}/v1/reconstructions/{hash}", xet.show_reconstruction),
    ("GET", "/_cas/{storage}/packs/{permission}/{hash}/{number:int}", xet.send_pack),
    ("GET", "/v1/models", inference.list_models),
    ("GET", "/v1/models/{ns}/{name}", inference.show_model),
    ("POST", "/v1/chat/completions", inference.chat),
    ("POST", "/hf-inference/models/{ns}/{name}", inference.run_task),
    ("POST", "/hf-inference/models/{ns}/{name}/pipeline/{task}", inference.run_task),
    ("POST", "/{provider}/{rest:path}/chat/completions", inference.chat_with),
    ("POST", "/sandbox/providers", sandbox.set_providers),
    ("POST", "/sandbox/billing", sandbox.set_billing),
    ("GET", "/sandbox/billing", sandbox.show_billing),
    ("POST", "/sandbox/limits", sandbox.set_limits),
    ("POST", "/sandbox/faults", sandbox.add_fault),
)


def build_hub(state: Path, accounts: Sequence[Account]) -> Starlette:
    """The Hub over the store in `state`, with one token for each account."""
    store = HubStore(state)
    people_known = Directory(store.database, accounts)
    signer, limits = Signer(state / "signing.key"), RequestLimits()
    hub = HubParts(
        store=store,
        facts=FactsReader(store.blobs),
        downloads=Downloads(store),
        discussions=Discussions(store),
        people=people_known,
        webhooks=Webhooks(store.database, people_known),
        signer=signer,
        xet=XetStore(state / "xorbs", store.blobs),
        limits=limits,
        providers=OfferBook(store.database),
        billing=Billing(store.database, people_known),
        collections=CollectionShelf(store.database),
        file_host=FileHost(store.blobs, signer, limits),
    )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await hub.file_host.start()
        yield
        await hub.file_host.stop()
        hub.webhooks.close()

    return Starlette(
        routes=_routes(hub),
        middleware=[Middleware(RequestIds), Middleware(RawPath), Middleware(LimitsMiddleware, limits=hub.limits)],
        exception_handlers={HubRefusal: answer_error},
        lifespan=lifespan,
    )


class RequestIds:
    """Every answer has an id; a client that sent one of its own finds it at the end."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                trace_id = Headers(scope=scope).get("x-amzn-trace-id")
                own = f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)}"
                MutableHeaders(scope=message)["X-Request-Id"] = f"{own};{trace_id}" if trace_id else own
            await send(message)

        await self._app(scope, receive, send_with_id)


class RawPath:
    """Routes match the path as it was sent: a %2F in a revision or a path is not a slash between parts."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope.get("raw_path"):
            scope = {**scope, "path": scope["raw_path"].decode("latin-1")}
        await self._app(scope, receive, send)


def _routes(hub: HubParts) -> list[Route]:
    routes = [_route(hub, row, "", "model") for row in _GENERAL]
    routes += [
        Route("/api/agent-harnesses", _agent_harnesses),
        Route("/_lfs/{oid}/{size:int}/{signature}", _streaming(hub), methods=["PUT"]),
        Route("/_lfs/{oid}/{size:int}/{signature}/{part:int}", _streaming(hub), methods=["PUT"]),
    ]
    for kind, plural in PLURALS.items():
        routes.append(_route(hub, ("GET", f"/api/{plural}", listing.list_repos), "", kind))
        routes.append(_route(hub, ("GET", f"/api/{plural}-tags-by-type", listing.tags_by_type), "", kind))
        routes += [_route(hub, row, f"/api/{plural}/{{ns}}/{{name}}", kind) for row in _REPO_API]
    for kind, prefix in (("dataset", "/datasets"), ("space", "/spaces"), ("model", "")):
        routes += [_route(hub, row, f"{prefix}/{{ns}}/{{name}}", kind) for row in _REPO_WEB]
    routes.append(_route(hub, ("GET", "/{ns}", pages.home), "", "model"))
    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    return [*routes, Route("/{path:path}", _endpoint(hub, _unknown, "model", checks_token=False), methods=methods)]


def _route(hub: HubParts, row: Row, prefix: str, kind: Kind) -> Route:
    method, path, handler = row
    # The Xet storage has tokens of its own; everywhere else a token that is nobody's is refused.
    endpoint = _endpoint(hub, handler, kind, checks_token=not path.startswith("/_cas/"))
    return Route(prefix + path, endpoint, methods=[method])


def _endpoint(hub: HubParts, handler: Handler, kind: Kind, *, checks_token: bool) -> Endpoint:
    """Reads the body, then answers in a thread: handlers use the disk."""

    async def answer(request: Request) -> Response:
        call = Call(hub, request, await request.body(), kind)
        if checks_token:
            call.check_token()
        return await run_in_threadpool(handler, call)

    return answer


def _streaming(hub: HubParts) -> Endpoint:
    async def answer(request: Request) -> Response:
        return await uploads.lfs_put(hub, request)

    return answer


async def _agent_harnesses(_: Request) -> Response:
    return JSONResponse({"standardEnvVars": [], "harnesses": {}})


def _unknown(call: Call) -> Response:
    """A name without a namespace leads to its repo, or is one that does not exist; all else is just not found."""
    call.follow_ownerless_name()
    request, path = call.request, call.request.scope["path"]
    if "/resolve/" in path or path.startswith(tuple(f"/api/{plural}/" for plural in PLURALS.values())):
        status = 404 if request.headers.get("authorization") else 401
        raise RepoNotFound("Repository not found", status=status)
    raise NotFound("Not found")
