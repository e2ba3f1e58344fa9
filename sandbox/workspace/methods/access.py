"""What the app may see: channels by id or name, with the scope that their kind needs; pages of lists."""

import base64
import binascii

from sandbox.documents import Document
from sandbox.workspace.arguments import Arguments
from sandbox.workspace.errors import ApiError
from sandbox.workspace.parts import WorkspaceParts
from sandbox.workspace.people import BOT_USER
from sandbox.workspace.state import channel_kind

PREFIXES = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}


def require_scope(parts: WorkspaceParts, scope: str) -> None:
    """Raises `missing_scope`."""
    if scope not in parts.manifest.scopes:
        raise ApiError("missing_scope", needed=scope, provided=",".join(parts.manifest.scopes))


def find_channel(parts: WorkspaceParts, channel_id: str, right: str | None = None) -> Document:
    """The channel, if the app may know of it; `right` is `read` or `history`.

    Raises `channel_not_found` (also for private channels without the app) or `missing_scope`.
    """
    channel = parts.workspace.channels.get(channel_id)
    if channel is None or (channel_kind(channel) != "channel" and BOT_USER not in channel["members"]):
        raise ApiError("channel_not_found")
    if right:
        require_scope(parts, f"{PREFIXES[channel_kind(channel)]}:{right}")
    return channel


def find_target(parts: WorkspaceParts, name_or_id: str) -> Document:
    """Where a message may go: a channel by id or name, or a user by id (the direct conversation)."""
    workspace = parts.workspace
    if name_or_id in workspace.users and not workspace.users[name_or_id]["is_bot"]:
        if workspace.users[name_or_id]["deleted"]:
            raise ApiError("channel_not_found")
        return workspace.direct(name_or_id)
    channel = workspace.channel(name_or_id)
    return find_channel(parts, channel["id"] if channel else name_or_id)


def require_postable(parts: WorkspaceParts, channel: Document) -> None:
    """Raises `not_in_channel`, unless it may post without joining; `is_archived`, `messages_tab_disabled`."""
    if channel.get("is_archived"):
        raise ApiError("is_archived")
    if channel_kind(channel) == "im" and not parts.manifest.features.app_home.messages_tab_enabled:
        raise ApiError("messages_tab_disabled")
    if BOT_USER not in channel["members"] and "chat:write.public" not in parts.manifest.scopes:
        raise ApiError("not_in_channel")


def page(args: Arguments, items: list[Document], default: int, most: int) -> tuple[list[Document], str]:
    """One page and the cursor of the next (empty at the end); raises `invalid_cursor`, `invalid_limit`."""
    limit = args.integer("limit", default, "invalid_limit") or default
    if limit < 0:
        raise ApiError("invalid_limit")
    start = 0
    if cursor := args.text("cursor"):
        try:
            start = int(base64.b64decode(cursor, validate=True).decode().removeprefix("next:"))
        except (binascii.Error, ValueError) as error:
            raise ApiError("invalid_cursor") from error
    end = start + min(limit, most)
    following = base64.b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""
    return items[start:end], following
