"""conversations.history and conversations.replies."""

import re

from sandbox.documents import Document
from sandbox.workspace.arguments import Arguments
from sandbox.workspace.errors import ApiError
from sandbox.workspace.messages import in_channel, present
from sandbox.workspace.methods.access import find_channel, page
from sandbox.workspace.parts import WorkspaceParts
from sandbox.workspace.people import BOT_USER

TIMESTAMP = re.compile(r"\d{1,10}(\.\d{1,6})?")
MOST = 999


def _readable(parts: WorkspaceParts, args: Arguments) -> Document:
    channel = find_channel(parts, args.required("channel"), "history")
    if BOT_USER not in channel["members"]:
        raise ApiError("not_in_channel")
    return channel


def _bound(args: Arguments, name: str) -> float | None:
    value = args.text(name)
    if value in ("", "0", "now"):
        return None
    if not TIMESTAMP.fullmatch(value):
        raise ApiError(f"invalid_ts_{name}")
    return float(value)


def _between(args: Arguments, messages: list[Document]) -> list[Document]:
    oldest, latest, inclusive = _bound(args, "oldest"), _bound(args, "latest"), args.flag("inclusive")

    def inside(message: Document) -> bool:
        at = float(message["ts"])
        after = oldest is None or at > oldest or (inclusive and at == oldest)
        return after and (latest is None or at < latest or (inclusive and at == latest))

    return [one for one in messages if inside(one)]


def _answer(args: Arguments, messages: list[Document], default: int) -> Document:
    rows, cursor = page(args, messages, default, MOST)
    with_metadata = args.flag("include_all_metadata")
    return {
        "messages": [present(one, with_metadata) for one in rows],
        "has_more": bool(cursor),
        "response_metadata": {"next_cursor": cursor},
    }


def history(parts: WorkspaceParts, args: Arguments) -> Document:
    channel = _readable(parts, args)
    messages = [one for one in parts.workspace.messages[channel["id"]].values() if in_channel(one)]
    answer = _answer(args, _between(args, messages[::-1]), default=100)
    return {**answer, "pin_count": 0, "channel_actions_ts": None, "channel_actions_count": 0}


def replies(parts: WorkspaceParts, args: Arguments) -> Document:
    channel = _readable(parts, args)
    message = parts.workspace.message(channel["id"], args.required("ts"))
    if message is None:
        raise ApiError("thread_not_found")
    thread_ts = str(message.get("thread_ts", message["ts"]))
    parent = parts.workspace.message(channel["id"], thread_ts)
    answers = _between(args, parts.workspace.replies(channel["id"], thread_ts))
    return _answer(args, [*([parent] if parent else []), *answers], default=1000)
