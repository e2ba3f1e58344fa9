"""conversations.info, list, members, join, open; users.conversations."""

from sandbox.documents import Document
from sandbox.workspace.arguments import Arguments
from sandbox.workspace.errors import ApiError
from sandbox.workspace.methods.access import PREFIXES, find_channel, page, require_scope
from sandbox.workspace.parts import WorkspaceParts
from sandbox.workspace.people import BOT_USER
from sandbox.workspace.state import channel_kind, present_channel

KINDS = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}


def info(parts: WorkspaceParts, args: Arguments) -> Document:
    channel = find_channel(parts, args.required("channel"), "read")
    record = present_channel(channel, BOT_USER)
    if not args.flag("include_num_members"):
        record.pop("num_members", None)
    return {"channel": record}


def _of_types(parts: WorkspaceParts, args: Arguments, member: str | None) -> list[Document]:
    """The channels of the asked types that the app may know of; with `member`, only that user's."""
    types = args.names("types") or ["public_channel"]
    if not set(types) <= set(KINDS):
        raise ApiError("invalid_types")
    kinds = {KINDS[one] for one in types}
    for kind in sorted(kinds):
        require_scope(parts, f"{PREFIXES[kind]}:read")
    return [
        channel
        for channel in parts.workspace.channels.values()
        if channel_kind(channel) in kinds
        and (channel_kind(channel) == "channel" or BOT_USER in channel["members"])
        and (member is None or member in channel["members"])
        and not (args.flag("exclude_archived") and channel["is_archived"])
    ]


def _listed(args: Arguments, channels: list[Document]) -> Document:
    rows, cursor = page(args, channels, default=100, most=1000)
    return {
        "channels": [present_channel(one, BOT_USER) for one in rows],
        "response_metadata": {"next_cursor": cursor},
    }


def list_all(parts: WorkspaceParts, args: Arguments) -> Document:
    return _listed(args, _of_types(parts, args, member=None))


def of_user(parts: WorkspaceParts, args: Arguments) -> Document:
    user = args.text("user", BOT_USER)
    if user not in parts.workspace.users:
        raise ApiError("user_not_found")
    return _listed(args, _of_types(parts, args, member=user))


def members(parts: WorkspaceParts, args: Arguments) -> Document:
    channel = find_channel(parts, args.required("channel"), "read")
    rows, cursor = page(args, channel["members"], default=100, most=1000)
    return {"members": rows, "response_metadata": {"next_cursor": cursor}}


def join(parts: WorkspaceParts, args: Arguments) -> Document:
    channel = find_channel(parts, args.required("channel"))
    if channel_kind(channel) != "channel":
        raise ApiError("method_not_supported_for_channel_type")
    if channel["is_archived"]:
        raise ApiError("is_archived")
    warning: Document = {}
    if BOT_USER in channel["members"]:
        warning = {
            "warning": "already_in_channel",
            "response_metadata": {"warnings": ["already_in_channel"]},
        }
    else:
        parts.messages.join(channel, BOT_USER)
        parts.live.tell(parts.workspace.users, {"type": "channel", "channel": present_channel(channel, BOT_USER)})
    return {"channel": present_channel(channel, BOT_USER), **warning}


def open_direct(parts: WorkspaceParts, args: Arguments) -> Document:
    users = args.names("users")
    if channel_id := args.text("channel"):
        channel = find_channel(parts, channel_id)
    elif not users:
        raise ApiError("users_list_not_supplied")
    elif len(users) > 1:
        # Group conversations are not a part of this workspace.
        require_scope(parts, "mpim:write")
        raise ApiError("too_many_users")
    else:
        require_scope(parts, "im:write")
        user = parts.workspace.users.get(users[0])
        if user is None or user["is_bot"]:
            raise ApiError("user_not_found")
        if user["deleted"]:
            raise ApiError("user_disabled")
        channel = parts.workspace.direct(users[0])
    record = present_channel(channel, BOT_USER) if args.flag("return_im") else {"id": channel["id"]}
    return {"channel": record}
