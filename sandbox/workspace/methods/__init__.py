"""The Web API: every method with its handler, the scopes of which one is needed, and its rate."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.documents import Document
from sandbox.workspace.arguments import Arguments
from sandbox.workspace.methods import (
    apps,
    chat,
    conversations,
    files,
    history,
    reactions,
    streams,
    unfurls,
    users,
    views,
)
from sandbox.workspace.parts import WorkspaceParts
from sandbox.workspace.rate_limits import SPECIAL

TIER_2, TIER_3, TIER_4 = 20, 50, 100
CHANNEL_READ = ("channels:read", "groups:read", "im:read", "mpim:read")
HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")
OPEN = ("im:write", "mpim:write", "channels:manage", "groups:write")


@dataclass(frozen=True)
class Method:
    """`scopes`: one of them is enough here; what a channel's kind needs is checked with the channel."""

    handler: Callable[[WorkspaceParts, Arguments], Document]
    scopes: tuple[str, ...]
    per_minute: int
    app_token: bool = False


METHODS = {
    "auth.test": Method(apps.authenticate, (), SPECIAL),
    "apps.connections.open": Method(apps.open_connection, (), TIER_3, app_token=True),
    "team.info": Method(apps.describe_team, ("team:read",), TIER_3),
    "bots.info": Method(apps.describe_bot, ("users:read",), TIER_3),
    "chat.postMessage": Method(chat.post_message, ("chat:write",), SPECIAL),
    "chat.postEphemeral": Method(chat.post_ephemeral, ("chat:write",), TIER_4),
    "chat.update": Method(chat.update, ("chat:write",), TIER_3),
    "chat.delete": Method(chat.delete, ("chat:write",), TIER_3),
    "chat.getPermalink": Method(chat.permalink, (), SPECIAL),
    "chat.startStream": Method(streams.start, ("chat:write",), TIER_2),
    "chat.appendStream": Method(streams.append, ("chat:write",), TIER_4),
    "chat.stopStream": Method(streams.stop, ("chat:write",), TIER_2),
    "chat.unfurl": Method(unfurls.unfurl, ("links:write",), TIER_3),
    "conversations.info": Method(conversations.info, CHANNEL_READ, TIER_3),
    "conversations.list": Method(conversations.list_all, CHANNEL_READ, TIER_2),
    "conversations.members": Method(conversations.members, CHANNEL_READ, TIER_4),
    "conversations.join": Method(conversations.join, ("channels:join",), TIER_3),
    "conversations.open": Method(conversations.open_direct, OPEN, TIER_3),
    "conversations.history": Method(history.history, HISTORY, TIER_3),
    "conversations.replies": Method(history.replies, HISTORY, TIER_3),
    "users.info": Method(users.info, ("users:read",), TIER_4),
    "users.list": Method(users.list_all, ("users:read",), TIER_2),
    "users.conversations": Method(conversations.of_user, CHANNEL_READ, TIER_3),
    "usergroups.list": Method(users.list_groups, ("usergroups:read",), TIER_2),
    "usergroups.users.list": Method(users.list_group_members, ("usergroups:read",), TIER_2),
    "views.open": Method(views.open_view, (), TIER_4),
    "views.push": Method(views.push, (), TIER_4),
    "views.update": Method(views.update, (), TIER_4),
    "views.publish": Method(views.publish, (), TIER_4),
    "files.getUploadURLExternal": Method(files.announce_upload, ("files:write",), TIER_4),
    "files.completeUploadExternal": Method(files.complete_upload, ("files:write",), TIER_4),
    "files.info": Method(files.info, ("files:read",), TIER_4),
    "reactions.add": Method(reactions.add, ("reactions:write",), TIER_3),
    "reactions.remove": Method(reactions.remove, ("reactions:write",), TIER_2),
}
