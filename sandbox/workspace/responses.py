"""What the app answers to an interaction: with the acknowledgement, or later through a response_url."""

import json

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from sandbox.documents import Document
from sandbox.workspace.arguments import Arguments
from sandbox.workspace.content import read_content, read_metadata, require_content, truncate
from sandbox.workspace.errors import ApiError
from sandbox.workspace.parts import WorkspaceParts
from sandbox.workspace.triggers import ResponseUrl


def show_response(parts: WorkspaceParts, channel: Document, user: str, response: Document) -> None:
    """Shows a message that came with an acknowledgement or response_url: to the user, or in the channel.

    The app needs no membership for it. Raises ApiError as chat.postMessage does.
    """
    args = Arguments(response)
    content = read_content(parts, args)
    require_content(content)
    metadata = read_metadata(args)
    truncate(content)
    thread_ts = args.text("thread_ts")
    if thread_ts and parts.workspace.message(channel["id"], thread_ts) is None:
        thread_ts = ""
    fields = {**content, "thread_ts": thread_ts or None}
    if args.text("response_type", "ephemeral") == "in_channel":
        fields["metadata"] = metadata or None
        parts.messages.post(channel, parts.messages.from_bot(fields))
    else:
        parts.messages.whisper(channel, user, parts.messages.from_bot(fields))


def _replace(parts: WorkspaceParts, at: ResponseUrl, original: Document, args: Arguments) -> None:
    content = read_content(parts, args)
    require_content(content)
    if original.get("is_ephemeral"):
        parts.messages.replace_whisper(at.user, original, content)
        return
    fields = {"blocks": None, "attachments": None, **content}
    if fields["blocks"]:
        fields["blocks"] = parts.messages.from_bot(content)["blocks"]
    metadata = read_metadata(args)
    if metadata is not None:
        fields["metadata"] = metadata or None
    parts.messages.edit(original, fields, shows_edited=not fields["blocks"])


def _original(parts: WorkspaceParts, at: ResponseUrl) -> Document | None:
    """The pressed message as it is now; None where it is gone, and for a command."""
    if at.original is None:
        return None
    ts = at.original["ts"]
    if at.original.get("is_ephemeral"):
        return parts.messages.whispered(at.channel, at.user, ts)
    return parts.workspace.message(at.channel, ts)


def _respond(parts: WorkspaceParts, at: ResponseUrl, args: Arguments) -> None:
    original = _original(parts, at)
    if original is not None and args.flag("delete_original"):
        if original.get("is_ephemeral"):
            parts.messages.unwhisper(at.user, original)
        else:
            parts.messages.delete(original)
    elif original is not None and args.flag("replace_original"):
        _replace(parts, at, original, args)
    else:
        response = args.values if "thread_ts" in args else {**args.values, "thread_ts": at.thread_ts or ""}
        show_response(parts, parts.workspace.channels[at.channel], at.user, response)


async def post_response(parts: WorkspaceParts, request: Request) -> Response:
    """A POST to a response_url: `ok`, or the error's name as text with HTTP 400; used up or expired: 404."""
    try:
        at = parts.response_urls.use(request.path_params["token"])
    except ApiError as error:
        return Response(json.dumps(error.answer()), 404, media_type="application/json")
    try:
        body = json.loads(await request.body())
        if not isinstance(body, dict):
            raise ApiError("invalid_payload")
        _respond(parts, at, Arguments(body))
    except ValueError:
        return PlainTextResponse("invalid_payload", 400)
    except ApiError as error:
        return PlainTextResponse(error.error, 400)
    at.uses += 1
    return PlainTextResponse("ok")
