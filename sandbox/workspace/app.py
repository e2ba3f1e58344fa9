"""build_workspace: the Slack workspace as one Starlette app."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from sandbox.accounts import Secrets
from sandbox.workspace import page, user_side
from sandbox.workspace.arguments import read_multipart
from sandbox.workspace.manifest import Manifest
from sandbox.workspace.parts import WorkspaceParts, build_parts
from sandbox.workspace.people import BOT_USER, EVERYONE
from sandbox.workspace.responses import post_response
from sandbox.workspace.state import WorkspaceState
from sandbox.workspace.web_api import call_method


async def receive_upload(parts: WorkspaceParts, request: Request) -> Response:
    """The bytes of an announced upload: raw, or as a multipart form's file. Needs no token."""
    content = await request.body()
    content_type = request.headers.get("content-type", "")
    if content_type.startswith("multipart/form-data"):
        content = next((body for _, name, body in read_multipart(content, content_type) if name), b"")
    if not parts.files.receive(request.path_params["ticket"], content):
        return PlainTextResponse("upload failed", 400)
    return PlainTextResponse(f"OK - {len(content)}")


async def send_private_file(parts: WorkspaceParts, request: Request) -> Response:
    """A file's url_private: the bytes for the app's token; all others are led to Slack's sign-in page."""
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    file_id = request.path_params["place"].partition("-")[2]
    document = parts.workspace.files.get(file_id)
    allowed = secrets.compare_digest(token.encode(), parts.secrets.bot_token.encode())
    if not allowed or "files:read" not in parts.manifest.scopes:
        return RedirectResponse(f"/?{urlencode({'redir': request.url.path})}")
    if document is None or not parts.files.visible_to(document, BOT_USER):
        return PlainTextResponse("not found", 404)
    return FileResponse(parts.files.path(file_id), media_type=document["mimetype"])


def build_workspace(
    state_dir: Path, manifest: Manifest, tokens: Secrets, base_url: str, http_mode_url: str | None = None
) -> Starlette:
    """The workspace with the manifest's app installed; `base_url` is where it will be served, with a slash.

    `app.state.parts` are its parts. With `http_mode_url` the app is reached there instead of over sockets.
    """
    workspace = WorkspaceState(state_dir, manifest)
    parts = build_parts(base_url, tokens, workspace, http_mode_url)

    async def link(socket: WebSocket) -> None:
        await parts.sockets.serve(socket)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await parts.events.close()
        if parts.http_mode is not None:
            await parts.http_mode.close()
        workspace.close()

    routes = [
        Route("/api/{method}", partial(call_method, parts), methods=["GET", "POST"]),
        WebSocketRoute("/link/", link),
        Route("/response/{kind}/{token}", partial(post_response, parts), methods=["POST"]),
        Route("/upload/v1/{ticket}", partial(receive_upload, parts), methods=["POST", "PUT"]),
        Route("/files-pri/{place}/{name:path}", partial(send_private_file, parts)),
        *user_side.build_routes(parts),
        *page.build_routes(parts),
    ]
    app = Starlette(routes=routes, lifespan=lifespan)
    app.state.parts = parts
    return app


def describe(parts: WorkspaceParts) -> dict[str, object]:
    """The workspace's part of the line that the sandbox prints when it is ready."""
    workspace = parts.workspace
    people = {workspace.users[one]["name"]: one for one in EVERYONE}
    channels = {one["name"]: one["id"] for one in workspace.channels.values() if not one.get("is_im")}
    return {
        "slack_api_url": f"{parts.base_url}api/",
        "workspace_url": parts.base_url,
        "bot_token": parts.secrets.bot_token,
        "bot_user_id": BOT_USER,
        "app_token": parts.secrets.app_token,
        "signing_secret": parts.secrets.signing_secret,
        "users": people,
        "channels": channels,
    }
