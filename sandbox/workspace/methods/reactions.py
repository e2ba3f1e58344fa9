"""reactions.add, reactions.remove."""

import re

from ..arguments import Arguments
from ..errors import ApiError
from ..parts import Parts
from ..people import BOT_USER
from ..state import Document
from .access import find_channel

NAME = re.compile(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?")


def _react(parts: Parts, args: Arguments, add: bool, refusal: str) -> Document:
    name = args.required("name").strip(":")
    if not NAME.fullmatch(name):
        raise ApiError("invalid_name")
    channel = find_channel(parts, args.required("channel"))
    if BOT_USER not in channel["members"]:
        raise ApiError("not_in_channel")
    message = parts.workspace.message(channel["id"], args.required("timestamp"))
    if message is None:
        raise ApiError("message_not_found")
    if not parts.messages.react(message, BOT_USER, name, add):
        raise ApiError(refusal)
    return {}


def add(parts: Parts, args: Arguments) -> Document:
    return _react(parts, args, add=True, refusal="already_reacted")


def remove(parts: Parts, args: Arguments) -> Document:
    return _react(parts, args, add=False, refusal="no_reaction")
