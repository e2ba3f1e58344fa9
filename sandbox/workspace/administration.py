"""What people do to channels and accounts: archive, rename, remove somebody, invite a guest, deactivate."""

import re
from collections.abc import Mapping

from sandbox.documents import Document
from sandbox.workspace.arguments import Arguments
from sandbox.workspace.asking import find_own_channel, find_user
from sandbox.workspace.errors import UserSideError
from sandbox.workspace.interactions import tell_channel
from sandbox.workspace.parts import WorkspaceParts
from sandbox.workspace.people import BOT_USER, SLACKBOT, build_user
from sandbox.workspace.state import channel_kind, new_id

CHANNEL_NAME = re.compile(r"[a-z0-9_-]{1,80}")
USER_NAME = re.compile(r"[a-z0-9._-]{1,21}")
GUEST_ZONE = "Europe/Berlin"


def _find_managed(parts: WorkspaceParts, args: Arguments) -> tuple[str, Document]:
    """Who acts, and a channel that may be changed: no direct conversation, and no guest acts."""
    user = find_user(parts, args)
    channel = find_own_channel(parts, user, args)
    if channel_kind(channel) == "im":
        raise UserSideError("method_not_supported_for_channel_type")
    if parts.workspace.users[user]["is_restricted"]:
        raise UserSideError("restricted_action")
    return user, channel


def _record(
    parts: WorkspaceParts, channel: Document, user: str, subtype: str, text: str, more: Mapping[str, object]
) -> None:
    """The message about it that Slack leaves in the channel, and the page's news."""
    prefix = "channel" if channel_kind(channel) == "channel" else "group"
    message: Document = {"type": "message", "subtype": f"{prefix}_{subtype}", "user": user, "text": text, **more}
    parts.messages.post(channel, message)
    tell_channel(parts, channel)


async def archive(parts: WorkspaceParts, args: Arguments) -> Document:
    """`POST /sandbox/archive {user, channel, restore?}`: nobody can write there until it is restored."""
    user, channel = _find_managed(parts, args)
    archived = not args.flag("restore")
    if channel["is_general"]:
        raise UserSideError("cant_archive_general")
    if channel["is_archived"] == archived:
        raise UserSideError("already_archived" if archived else "not_archived")
    verb = "archive" if archived else "unarchive"
    channel["is_archived"] = archived
    parts.workspace.save_channel(channel)
    _record(parts, channel, user, verb, f"{verb}d the channel", {})
    event = {"type": f"channel_{verb}", "channel": channel["id"], "user": user, "event_ts": parts.workspace.next_ts()}
    if channel_kind(channel) == "channel":
        parts.events.emit(event["type"], event, channel)
    return {"channel": channel["id"]}


async def rename(parts: WorkspaceParts, args: Arguments) -> Document:
    """`POST /sandbox/rename {user, channel, name}`."""
    user, channel = _find_managed(parts, args)
    old, name = channel["name"], args.required("name")
    if not CHANNEL_NAME.fullmatch(name):
        raise UserSideError("invalid_name")
    if parts.workspace.channel(name) is not None:
        raise UserSideError("name_taken")
    channel |= {"name": name, "name_normalized": name, "previous_names": [old, *channel["previous_names"]]}
    parts.workspace.save_channel(channel)
    text = f'has renamed the channel from "{old}" to "{name}"'
    _record(parts, channel, user, "name", text, {"old_name": old, "name": name})
    about = {"id": channel["id"], "name": name, "created": channel["created"]}
    event = {"type": "channel_rename", "channel": about, "event_ts": parts.workspace.next_ts()}
    if channel_kind(channel) == "channel":
        parts.events.emit("channel_rename", event, channel)
    return {"channel": channel["id"]}


async def remove(parts: WorkspaceParts, args: Arguments) -> Document:
    """`POST /sandbox/remove {user, channel, member}`: takes somebody, also the app, out of a channel."""
    user, channel = _find_managed(parts, args)
    member = parts.workspace.user(args.required("member"))
    if member is None or member["id"] not in channel["members"]:
        raise UserSideError("not_in_channel")
    if channel["is_general"]:
        raise UserSideError("cant_kick_from_general")
    _take_out(parts, channel, member["id"], user)
    return {"channel": channel["id"]}


def _take_out(parts: WorkspaceParts, channel: Document, member: str, actor: str) -> None:
    event = {
        "type": "member_left_channel",
        "user": member,
        "channel": channel["id"],
        "channel_type": "G" if channel["is_private"] else "C",
        "event_ts": parts.workspace.next_ts(),
    }
    channel["members"].remove(member)
    parts.workspace.save_channel(channel)
    _record(parts, channel, member, "leave", f"<@{member}> was removed from the channel by <@{actor}>", {})
    if member == BOT_USER:
        # The app is in the channel no longer, and hears of this alone.
        left = {"type": "channel_left", "channel": channel["id"], "event_ts": event["event_ts"]}
        parts.events.emit("channel_left", left)
    else:
        parts.events.emit("member_left_channel", event, channel)


async def invite_guest(parts: WorkspaceParts, args: Arguments) -> Document:
    """`POST /sandbox/guest {user, name, full_name?, channels}`: a guest sees these channels alone."""
    inviter, name = find_user(parts, args), args.required("name")
    if parts.workspace.users[inviter]["is_restricted"]:
        raise UserSideError("restricted_action")
    if not USER_NAME.fullmatch(name) or parts.workspace.user(name) is not None:
        raise UserSideError("invalid_name")
    channels = [parts.workspace.channel(one) for one in args.names("channels")]
    if not channels or None in channels:
        raise UserSideError("channel_not_found")
    guest = build_user(new_id("U"), name, args.text("full_name") or name.title(), GUEST_ZONE, "Guest")
    guest |= {"is_restricted": True, "is_ultra_restricted": len(channels) == 1}
    parts.workspace.save_user(guest)
    parts.events.emit("team_join", {"type": "team_join", "user": guest, "event_ts": parts.workspace.next_ts()})
    for channel in channels:
        if channel is not None:
            parts.messages.join(channel, guest["id"], inviter=inviter)
            tell_channel(parts, channel)
    return {"id": guest["id"]}


async def deactivate(parts: WorkspaceParts, args: Arguments) -> Document:
    """`POST /sandbox/deactivate {user, member}`: an admin ends an account; its messages stay."""
    admin = find_user(parts, args)
    member = parts.workspace.user(args.required("member"))
    if not parts.workspace.users[admin]["is_admin"]:
        raise UserSideError("not_allowed")
    if member is None or member["id"] in (BOT_USER, SLACKBOT, admin):
        raise UserSideError("user_not_found")
    member["deleted"] = True
    parts.workspace.save_user(member)
    for channel in list(parts.workspace.channels.values()):
        if not channel.get("is_im") and member["id"] in channel["members"]:
            channel["members"].remove(member["id"])
            parts.workspace.save_channel(channel)
            tell_channel(parts, channel)
    event = {"type": "user_change", "user": member, "event_ts": parts.workspace.next_ts()}
    parts.events.emit("user_change", event)
    return {"id": member["id"]}
