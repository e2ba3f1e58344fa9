"""The user's side of the workspace: what people do with mouse and keyboard, as JSON over HTTP.

`POST /sandbox/…` takes and answers JSON, users and channels by name or id; every answer has `ok`, or `error`.
Besides what scripts rely on: `react {user, channel, ts, name, remove?}`, `read {user, channel}`, `stop {user,
channel, ts}` (ends a streaming message), and `click` takes `values` for the inputs of a message; and what people do to
channels and accounts, in administration.py. All of them stand in sandbox/README.md.
"""

import asyncio
import contextlib
import json
import logging
import math
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from sandbox.documents import Document
from sandbox.workspace import administration, interactions, modals
from sandbox.workspace.arguments import Arguments, read_arguments
from sandbox.workspace.asking import find_own_channel, find_seen_message, find_user, find_visible_channel
from sandbox.workspace.errors import ApiError, UserSideError
from sandbox.workspace.faults import API_FAULTS, ApiFault
from sandbox.workspace.methods import METHODS
from sandbox.workspace.parts import WorkspaceParts
from sandbox.workspace.people import BOT_USER
from sandbox.workspace.state import channel_kind
from sandbox.workspace.streams import is_streaming
from sandbox.workspace.text import rewrite
from sandbox.workspace.transport import ACK_SECONDS

log = logging.getLogger(__name__)
MAX_MESSAGE = 40_000
Deed = Callable[[WorkspaceParts, Arguments], Awaitable[Document]]


async def write_message(parts: WorkspaceParts, args: Arguments) -> Document:
    """`POST /sandbox/message`."""
    user = find_user(parts, args)
    channel = find_own_channel(parts, user, args)
    files = [modals.add_file(parts, user, one) for one in args.structure("files") or []]
    text = rewrite(parts.workspace, args.text("text"))
    if not text.strip() and not files:
        raise UserSideError("no_text")
    if len(text) > MAX_MESSAGE:
        raise UserSideError("msg_too_long")
    if channel["is_archived"]:
        raise UserSideError("is_archived")
    thread_ts = args.text("thread_ts") or None
    if thread_ts:
        parent = parts.workspace.message(channel["id"], thread_ts)
        if parent is None:
            raise UserSideError("thread_not_found")
        thread_ts = parent.get("thread_ts", thread_ts)
    home = parts.manifest.features.app_home
    if channel_kind(channel) == "im" and home.messages_tab_read_only_enabled:
        raise UserSideError("messages_tab_disabled")
    message = parts.messages.from_user(user, text, {"thread_ts": thread_ts, "files": files})
    posted = parts.messages.post(channel, message)
    for one in files:
        parts.files.share(one, channel, posted)
        _tell_shared(parts, user, one, channel)
    return {"ts": posted["ts"], "channel": channel["id"]}


def _tell_shared(parts: WorkspaceParts, user: str, document: Document, channel: Document) -> None:
    event = {
        "type": "file_shared",
        "file_id": document["id"],
        "user_id": user,
        "file": {"id": document["id"]},
        "channel_id": channel["id"],
        "event_ts": parts.workspace.next_ts(),
    }
    parts.events.emit("file_shared", event, channel)


async def react(parts: WorkspaceParts, args: Arguments) -> Document:
    user = find_user(parts, args)
    _, message = find_seen_message(parts, user, args)
    if message.get("is_ephemeral"):
        raise UserSideError("message_not_found")
    changed = parts.messages.react(message, user, args.required("name").strip(":"), add=not args.flag("remove"))
    return {"changed": changed}


async def stop(parts: WorkspaceParts, args: Arguments) -> Document:
    """`POST /sandbox/stop`: Slack's stop button on a streaming message; the app hears of it.

    Slack shows the button only for apps that hear `agent_session_stopped`: `not_stoppable` for others.
    """
    user = find_user(parts, args)
    channel, message = find_seen_message(parts, user, args)
    if not parts.events.hears("agent_session_stopped"):
        raise UserSideError("not_stoppable")
    if not is_streaming(message):
        raise UserSideError("message_not_in_streaming_state")
    message |= {"streaming_state": "completed", "stopped_by": user}
    parts.messages.show(message)
    event = {
        "type": "agent_session_stopped",
        "user": user,
        "channel": channel["id"],
        "thread_ts": message.get("thread_ts", message["ts"]),
        "streaming_message_ts": [message["ts"]],
        "event_ts": parts.workspace.next_ts(),
    }
    parts.events.emit("agent_session_stopped", event, channel)
    return {}


async def read(parts: WorkspaceParts, args: Arguments) -> Document:
    user = find_user(parts, args)
    parts.workspace.mark_read(user, find_visible_channel(parts, user, args.required("channel"))["id"])
    return {}


async def open_home(parts: WorkspaceParts, args: Arguments) -> Document:
    """`POST /sandbox/home`: the app hears that its home was opened; the view is the one of now."""
    user = find_user(parts, args)
    view = parts.workspace.homes.get(user)
    event = {
        "type": "app_home_opened",
        "user": user,
        "channel": parts.workspace.direct(user)["id"],
        "tab": args.text("tab", "home"),
        "event_ts": parts.workspace.next_ts(),
        **({"view": view} if view else {}),
    }
    queue = parts.live.open(user)
    try:
        if parts.events.emit("app_home_opened", event):
            await _home_published(queue)
    finally:
        parts.live.close(user, queue)
    return {"view": parts.workspace.homes.get(user)}


async def _home_published(queue: asyncio.Queue[Document | None]) -> None:
    """Waits until the app has put up the home, as it does on hearing that it was opened; not for ever."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(ACK_SECONDS):
            while (event := await queue.get()) is not None and event["type"] != "home":
                pass


async def add_fault(parts: WorkspaceParts, args: Arguments) -> Document:
    """`POST /sandbox/faults`: see faults.py."""
    kind, count, method = args.required("kind"), args.integer("count", 1), args.text("method") or None
    seconds = _seconds(args)
    if kind in API_FAULTS:
        if method is not None and method not in METHODS:
            raise UserSideError("unknown_method")
        if count < 1:
            raise UserSideError("invalid_arguments")
        parts.faults.add(ApiFault(kind, method, count, seconds))
        return {}
    if kind == "drop_socket":
        return {"dropped": await parts.sockets.drop(count if "count" in args else None)}
    if kind == "redeliver":
        return {"redelivered": parts.events.redeliver(count)}
    if kind == "refuse_connection":
        parts.faults.refuse_connections(count, seconds)
        return {"dropped": await parts.sockets.drop()}
    raise UserSideError("unknown_fault")


def _seconds(args: Arguments) -> float | None:
    """None when left out; raises `invalid_arguments` for what is no time."""
    if "seconds" not in args:
        return None
    try:
        seconds = float(args.text("seconds"))
    except ValueError as error:
        raise UserSideError("invalid_arguments") from error
    if not 0 <= seconds < math.inf:
        raise UserSideError("invalid_arguments")
    return seconds


async def list_messages(parts: WorkspaceParts, args: Arguments) -> Document:
    """`GET /sandbox/messages`."""
    user = find_user(parts, args)
    channel = find_visible_channel(parts, user, args.required("channel"))
    messages = parts.messages.seen_by(user, channel, args.text("thread_ts") or None)
    return {"channel": channel["id"], "messages": messages}


async def list_views(parts: WorkspaceParts, args: Arguments) -> Document:
    """`GET /sandbox/views`."""
    user = find_user(parts, args)
    return {"views": parts.views.open_views(user), "home": parts.workspace.homes.get(user)}


async def list_calls(parts: WorkspaceParts, args: Arguments) -> Document:
    """`GET /sandbox/calls`."""
    return {"calls": parts.calls.of(args.text("method") or None)}


async def list_connections(parts: WorkspaceParts, _args: Arguments) -> Document:
    """`GET /sandbox/connections`: how many sockets of the app are open."""
    return {"connections": parts.sockets.connected, "bot_user_id": BOT_USER}


async def send_file(parts: WorkspaceParts, request: Request) -> Response:
    """`GET /sandbox/files/ID`: the bytes, as the user's client shows them."""
    document = parts.workspace.files.get(request.path_params["file_id"])
    if document is None:
        return JSONResponse({"ok": False, "error": "file_not_found"}, 404)
    return FileResponse(parts.files.path(document["id"]), media_type=document["mimetype"])


POSTS: dict[str, Deed] = {
    "command": interactions.run_command,
    "message": write_message,
    "click": interactions.click,
    "submit": modals.submit,
    "close": modals.close,
    "shortcut": interactions.run_shortcut,
    "suggest": interactions.suggest,
    "home": open_home,
    "react": react,
    "stop": stop,
    "read": read,
    "faults": add_fault,
    "archive": administration.archive,
    "rename": administration.rename,
    "remove": administration.remove,
    "guest": administration.invite_guest,
    "deactivate": administration.deactivate,
}
GETS: dict[str, Deed] = {
    "messages": list_messages,
    "views": list_views,
    "calls": list_calls,
    "connections": list_connections,
}


def endpoint(parts: WorkspaceParts, deed: Deed) -> Callable[[Request], Awaitable[Response]]:
    """A route's function: arguments in, `{ok: true, …}` or `{ok: false, error}` out."""

    async def serve(request: Request) -> Response:
        try:
            answer = {"ok": True, **await deed(parts, await read_arguments(request))}
        except ApiError as error:
            answer = error.answer()
        except Exception:
            # One broken action must not end the workspace for everybody.
            log.exception("%s failed", request.url.path)
            return JSONResponse({"ok": False, "error": "internal_error"}, 500)
        return Response(json.dumps(answer), media_type="application/json")

    return serve


def build_routes(parts: WorkspaceParts) -> list[Route]:
    async def file(request: Request) -> Response:
        return await send_file(parts, request)

    posts = [Route(f"/sandbox/{name}", endpoint(parts, deed), methods=["POST"]) for name, deed in POSTS.items()]
    gets = [Route(f"/sandbox/{name}", endpoint(parts, deed), methods=["GET"]) for name, deed in GETS.items()]
    return [*posts, *gets, Route("/sandbox/files/{file_id}", file, methods=["GET"])]
