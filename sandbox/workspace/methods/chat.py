"""chat.postMessage, postEphemeral, update, delete, getPermalink."""

from sandbox.documents import Document
from sandbox.workspace.arguments import Arguments
from sandbox.workspace.content import read_content, read_metadata, require_content, truncate
from sandbox.workspace.errors import ApiError
from sandbox.workspace.messages import present
from sandbox.workspace.methods.access import find_channel, find_target, require_postable
from sandbox.workspace.parts import WorkspaceParts
from sandbox.workspace.people import BOT_USER
from sandbox.workspace.rules.messages import MAX_UPDATED_TEXT
from sandbox.workspace.streams import is_streaming


def identity(parts: WorkspaceParts, args: Arguments) -> Document:
    """Another name or picture for one message, for those who hold the scope; ignored without it."""
    if "chat:write.customize" not in parts.manifest.scopes or not args.text("username"):
        return {}
    icons = {"emoji": args.text("icon_emoji")} if args.text("icon_emoji") else {}
    return {"subtype": "bot_message", "username": args.text("username"), "icons": icons}


def thread(parts: WorkspaceParts, args: Arguments, channel: Document) -> Document:
    """A reply to a reply is a reply to its parent; one to nothing is refused."""
    thread_ts = args.text("thread_ts")
    if not thread_ts:
        return {}
    parent = parts.workspace.message(channel["id"], thread_ts)
    if parent is None:
        raise ApiError("cannot_reply_to_message")
    broadcast = {"subtype": "thread_broadcast"} if args.flag("reply_broadcast") else {}
    return {"thread_ts": parent.get("thread_ts", thread_ts), **broadcast}


def post_message(parts: WorkspaceParts, args: Arguments) -> Document:
    channel = find_target(parts, args.required("channel"))
    require_postable(parts, channel)
    content = read_content(parts, args)
    require_content(content)
    metadata = read_metadata(args)
    fields = {**content, **identity(parts, args), **thread(parts, args, channel)}
    parts.limits.count_post(channel["id"])
    warning = truncate(fields)
    message = parts.messages.from_bot({**fields, "metadata": metadata or None})
    posted = parts.messages.post(channel, message)
    return {"channel": channel["id"], "ts": posted["ts"], "message": present(posted), **warning}


def post_ephemeral(parts: WorkspaceParts, args: Arguments) -> Document:
    channel = find_target(parts, args.required("channel"))
    require_postable(parts, channel)
    user = args.required("user")
    if user not in channel["members"]:
        raise ApiError("user_not_in_channel")
    content = read_content(parts, args)
    require_content(content)
    warning = truncate(content)
    fields = {**content, **identity(parts, args), "thread_ts": args.text("thread_ts") or None}
    message = parts.messages.whisper(channel, user, parts.messages.from_bot(fields))
    return {"message_ts": message["ts"], **warning}


def _own_message(parts: WorkspaceParts, args: Arguments, refusal: str) -> Document:
    channel = find_channel(parts, args.required("channel"))
    message = parts.workspace.message(channel["id"], args.required("ts"))
    if message is None:
        raise ApiError("message_not_found")
    if message["user"] != BOT_USER:
        raise ApiError(refusal)
    if channel["is_archived"]:
        raise ApiError("is_inactive")
    return message


def update(parts: WorkspaceParts, args: Arguments) -> Document:
    message = _own_message(parts, args, "cant_update_message")
    if is_streaming(message):
        raise ApiError("streaming_state_conflict")
    content = read_content(parts, args)
    if not {"text", "blocks", "attachments"} & set(content):
        raise ApiError("no_text")
    if len(content.get("text", "")) > MAX_UPDATED_TEXT:
        raise ApiError("msg_too_long")
    metadata = read_metadata(args)
    fields = dict(content)
    if "blocks" in content:
        fields["blocks"] = parts.messages.from_bot(content).get("blocks")
    elif "text" in content:
        fields["blocks"] = None
    if metadata is not None:
        fields["metadata"] = metadata or None
    require_content({**message, **fields})
    edited = parts.messages.edit(message, fields, shows_edited=not fields.get("blocks"))
    answer = {"channel": edited["channel"], "ts": edited["ts"], "text": edited["text"]}
    return {**answer, "message": present(edited)}


def delete(parts: WorkspaceParts, args: Arguments) -> Document:
    message = _own_message(parts, args, "cant_delete_message")
    parts.messages.delete(message)
    return {"channel": message["channel"], "ts": message["ts"]}


def permalink(parts: WorkspaceParts, args: Arguments) -> Document:
    channel = find_channel(parts, args.required("channel"))
    ts = args.required("message_ts")
    message = parts.workspace.message(channel["id"], ts)
    if message is None:
        raise ApiError("message_not_found")
    link = f"{parts.base_url}archives/{channel['id']}/p{ts.replace('.', '')}"
    if message.get("thread_ts", ts) != ts:
        link += f"?thread_ts={message['thread_ts']}&cid={channel['id']}"
    return {"channel": channel["id"], "permalink": link}
