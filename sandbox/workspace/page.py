"""What the page needs: its files, the first look at the workspace, and the stream of what happens."""

import json
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from sandbox.documents import Document
from sandbox.workspace.arguments import Arguments
from sandbox.workspace.asking import find_user
from sandbox.workspace.errors import ApiError
from sandbox.workspace.interactions import describe_channel
from sandbox.workspace.parts import WorkspaceParts
from sandbox.workspace.people import APP_ID, BOT_ID, BOT_USER, TEAM_DOMAIN, TEAM_ID, TEAM_NAME
from sandbox.workspace.user_side import endpoint

PAGE = Path(__file__).parent.parent / "page"
INVITE = {"command": "/invite", "description": "Bring someone into this channel", "usage_hint": "@name"}


def _story() -> list[Document]:
    """The steps that the page proposes to a newcomer; they lie with the page."""
    path = PAGE / "story.json"
    return list(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else []


async def bootstrap(parts: WorkspaceParts, args: Arguments) -> Document:
    """`GET /sandbox/bootstrap`: see live.py."""
    user = find_user(parts, args)
    parts.workspace.direct(user)
    channels = [one for one in parts.workspace.channels.values() if user in parts.messages.viewers(one)]
    records = [describe_channel(parts, one, user) for one in channels]
    features = parts.manifest.features
    commands = [one.model_dump(include={"command", "description", "usage_hint"}) for one in features.slash_commands]
    bot = parts.workspace.users[BOT_USER]
    return {
        "me": parts.workspace.users[user],
        "users": list(parts.workspace.users.values()),
        "team": {"id": TEAM_ID, "name": TEAM_NAME, "domain": TEAM_DOMAIN, "url": parts.base_url},
        "bot": {
            "user_id": BOT_USER,
            "bot_id": BOT_ID,
            "app_id": APP_ID,
            "name": bot["real_name"],
            "stoppable": parts.events.hears("agent_session_stopped"),
        },
        "channels": [one for one in records if not one.get("is_im")],
        "dms": [one for one in records if one.get("is_im")],
        "commands": [*commands, INVITE],
        "shortcuts": [one.model_dump() for one in features.shortcuts],
        "usergroups": parts.workspace.usergroups,
        "story": _story(),
    }


async def stream(parts: WorkspaceParts, socket: WebSocket) -> None:
    """WebSocket `/sandbox/live`: see live.py."""
    try:
        user = find_user(parts, Arguments(dict(socket.query_params)))
    except ApiError:
        await socket.close()
        return
    await socket.accept()
    queue = parts.live.open(user)
    try:
        while (event := await queue.get()) is not None:
            await socket.send_json(event)
        await socket.close()
    except (WebSocketDisconnect, RuntimeError):
        # The page went away while an event was on its way; it will ask anew.
        return
    finally:
        parts.live.close(user, queue)


SIGN_IN = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Sign in to {team} | Slack</title></head>
<body><h1>Sign in to {team}</h1><p>You need to sign in to see this page.</p></body></html>"""


async def index(request: Request) -> Response:
    """The page; for whoever was led here from a private file, the sign-in page, with status 200."""
    if "redir" in request.query_params:
        return HTMLResponse(SIGN_IN.format(team=TEAM_NAME))
    page = PAGE / "index.html"
    return FileResponse(page) if page.exists() else PlainTextResponse("The page is not installed.", 404)


def build_routes(parts: WorkspaceParts) -> list[BaseRoute]:
    async def live(socket: WebSocket) -> None:
        await stream(parts, socket)

    return [
        Route("/", index),
        Mount("/page", StaticFiles(directory=PAGE, check_dir=False)),
        Route("/sandbox/bootstrap", endpoint(parts, bootstrap)),
        WebSocketRoute("/sandbox/live", live),
    ]
