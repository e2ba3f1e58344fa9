"""Reading what a user's client asks for: who, where, which message; and sending it on to the app."""

import logging

from sandbox.documents import Document
from sandbox.workspace.arguments import Arguments
from sandbox.workspace.errors import UserSideError
from sandbox.workspace.parts import WorkspaceParts
from sandbox.workspace.people import BOT_USER, SLACKBOT
from sandbox.workspace.transport import AppAck, AppDelivery, Kind, UndeliveredError

log = logging.getLogger(__name__)
USER_ERRORS = {"timeout": "operation_timeout", "connection_failed": "operation_timeout"}


def find_user(parts: WorkspaceParts, args: Arguments) -> str:
    """Raises UserSideError `user_not_found` (the app and Slackbot have no client) or `account_inactive`."""
    user = parts.workspace.user(args.required("user"))
    if user is None or user["id"] in (BOT_USER, SLACKBOT):
        raise UserSideError("user_not_found")
    if user["deleted"]:
        raise UserSideError("account_inactive")
    return str(user["id"])


def find_visible_channel(parts: WorkspaceParts, user: str, name_or_id: str) -> Document:
    """A channel that the user sees; the app's name or id means their direct conversation."""
    named = parts.workspace.user(name_or_id)
    if named is not None and named["id"] == BOT_USER:
        return parts.workspace.direct(user)
    channel = parts.workspace.channel(name_or_id)
    if channel is None or user not in parts.messages.viewers(channel):
        raise UserSideError("channel_not_found")
    return channel


def find_own_channel(parts: WorkspaceParts, user: str, args: Arguments) -> Document:
    """A channel that the user may write in."""
    channel = find_visible_channel(parts, user, args.required("channel"))
    if user not in channel["members"]:
        raise UserSideError("not_in_channel")
    return channel


def find_seen_message(parts: WorkspaceParts, user: str, args: Arguments) -> tuple[Document, Document]:
    """The channel and the message, ephemeral ones of that user included; raises `message_not_found`."""
    channel = find_visible_channel(parts, user, args.required("channel"))
    ts = args.required("ts")
    message = parts.workspace.message(channel["id"], ts)
    message = message or parts.messages.whispered(channel["id"], user, ts)
    if message is None:
        raise UserSideError("message_not_found")
    return channel, message


async def send(parts: WorkspaceParts, kind: Kind, payload: Document, accepts_response: bool) -> AppAck:
    """Delivers to the app; raises UserSideError with the word that Slack shows to the user."""
    try:
        return await parts.transport.send(AppDelivery(kind, payload, accepts_response))
    except UndeliveredError as error:
        log.warning("the app did not acknowledge %s: %s", payload.get("type", kind), error.reason)
        raise UserSideError(USER_ERRORS.get(error.reason, "dispatch_failed")) from error


def name_ids(parts: WorkspaceParts, element: Document, value: object) -> object:
    """Ids for the names of users and channels chosen in a menu of those; other values stay."""
    if isinstance(value, list):
        return [name_ids(parts, element, one) for one in value]
    kind = element["type"]
    find = parts.workspace.user if "users_" in kind else parts.workspace.channel
    if not isinstance(value, str) or not any(one in kind for one in ("users_", "channels_", "conversations_")):
        return value
    match = find(value)
    if match is None:
        raise UserSideError("option_not_found", action_id=element["action_id"], value=value)
    return match["id"]


def require_interactivity(parts: WorkspaceParts) -> None:
    if not parts.manifest.settings.interactivity.is_enabled:
        raise UserSideError("interactivity_not_enabled")


def answer_of(ack: AppAck, **more: object) -> Document:
    return {"ack_ms": round(ack.ms, 3), **more}
