"""chat.startStream, appendStream, stopStream."""

from sandbox.documents import Document
from sandbox.workspace.arguments import Arguments, missing
from sandbox.workspace.content import read_metadata
from sandbox.workspace.errors import ApiError
from sandbox.workspace.messages import present
from sandbox.workspace.methods.access import find_channel, find_target, require_postable
from sandbox.workspace.methods.chat import identity, thread
from sandbox.workspace.parts import WorkspaceParts
from sandbox.workspace.people import BOT_USER
from sandbox.workspace.rules.checks import MARKDOWN_LIMIT
from sandbox.workspace.rules.chunks import check_chunks
from sandbox.workspace.rules.messages import MAX_BLOCKS, check_message_blocks
from sandbox.workspace.state import channel_kind
from sandbox.workspace.streams import grow, is_streaming

DISPLAY_MODES = ("timeline", "plan")
SESSION_STATUSES = ("active", "processing", "suspended", "closed")


def _chunks(parts: WorkspaceParts, args: Arguments) -> list[Document]:
    """`markdown_text` and `chunks` as one list."""
    text = args.text("markdown_text")
    if len(text) > MARKDOWN_LIMIT:
        raise ApiError("msg_too_long")
    chunks = check_chunks(args.structure("chunks", "invalid_chunks") or [], parts.files.known_to_app)
    return [*([{"type": "markdown_text", "text": text}] if text else []), *chunks]


def _recipient(parts: WorkspaceParts, args: Arguments, channel: Document) -> None:
    """In a channel the stream is for somebody: raises `missing_recipient_…` or `user_not_found`.

    In a direct conversation it stands in a thread: raises `invalid_arguments` without one.
    """
    if channel_kind(channel) == "im":
        args.required("thread_ts")
    else:
        for name in ("recipient_user_id", "recipient_team_id"):
            if not args.text(name):
                raise ApiError(f"missing_{name}")
    user = args.text("recipient_user_id")
    if user and user not in parts.workspace.users:
        raise ApiError("user_not_found")


def start(parts: WorkspaceParts, args: Arguments) -> Document:
    channel = find_target(parts, args.required("channel"))
    require_postable(parts, channel)
    _recipient(parts, args, channel)
    mode = args.text("task_display_mode", "timeline")
    if mode not in DISPLAY_MODES:
        raise ApiError("invalid_arguments")
    fields = {**identity(parts, args), **thread(parts, args, channel)}
    message = parts.messages.from_bot({**fields, "streaming_state": "in_progress", "task_display_mode": mode})
    grow(message, _chunks(parts, args))
    posted = parts.messages.post(channel, message)
    return {"channel": channel["id"], "ts": posted["ts"]}


def _running(parts: WorkspaceParts, args: Arguments) -> Document:
    """The app's own stream that still runs; raises what Slack says of any other message."""
    channel = find_channel(parts, args.required("channel"))
    message = parts.workspace.message(channel["id"], args.required("ts"))
    if message is None:
        raise ApiError("message_not_found")
    if message["user"] != BOT_USER:
        raise ApiError("message_not_owned_by_app")
    if message.get("stopped_by"):
        raise ApiError("stopped_by_user")
    if not is_streaming(message):
        raise ApiError("message_not_in_streaming_state")
    return message


def append(parts: WorkspaceParts, args: Arguments) -> Document:
    message = _running(parts, args)
    chunks = _chunks(parts, args)
    if not chunks:
        raise missing("markdown_text")
    grow(message, chunks)
    parts.messages.show(message)
    return {"channel": message["channel"], "ts": message["ts"]}


def stop(parts: WorkspaceParts, args: Arguments) -> Document:
    message = _running(parts, args)
    if args.text("session_status", "active") not in SESSION_STATUSES:
        raise ApiError("invalid_arguments")
    chunks, metadata = _chunks(parts, args), read_metadata(args)
    blocks = args.structure("blocks", "invalid_blocks_format") or []
    if isinstance(blocks, list) and len(blocks) > MAX_BLOCKS:
        raise ApiError("msg_blocks_too_many")
    check_message_blocks(blocks, parts.files.known_to_app)
    grow(message, [*chunks, {"type": "blocks", "blocks": blocks}])
    fields: Document = {
        "streaming_state": "completed",
        **({"metadata": metadata or None} if "metadata" in args else {}),
    }
    ended = parts.messages.edit(message, fields, shows_edited=False)
    return {"channel": ended["channel"], "ts": ended["ts"], "message": present(ended)}
