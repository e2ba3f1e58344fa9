"""reactions.add, reactions.remove."""

import re

from sandbox.documents import Document
from sandbox.workspace.arguments import Arguments
from sandbox.workspace.errors import ApiError
from sandbox.workspace.methods.access import find_channel
from sandbox.workspace.parts import WorkspaceParts
from sandbox.workspace.people import BOT_USER

NAME = re.compile(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?")


def _react(parts: WorkspaceParts, args: Arguments, add: bool, refusal: str) -> Document:
    name = args.required("name").strip(":")
    if not NAME.fullmatch(name):
        raise ApiError("invalid_name")
    channel = find_channel(parts, args.required("channel"))
    if BOT_USER not in channel["members"]:
        raise ApiError("not_in_channel")
    if channel["is_archived"]:
        raise ApiError("is_archived")
    message = parts.workspace.message(channel["id"], args.required("timestamp"))
    if message is None:
        raise ApiError("message_not_found")
    if not parts.messages.react(message, BOT_USER, name, add):
        raise ApiError(refusal)
    return {}


def add(parts: WorkspaceParts, args: Arguments) -> Document:
    return _react(parts, args, add=True, refusal="already_reacted")


def remove(parts: WorkspaceParts, args: Arguments) -> Document:
    return _react(parts, args, add=False, refusal="no_reaction")
