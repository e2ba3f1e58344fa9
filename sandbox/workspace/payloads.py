"""The payloads of interactions, as Slack shapes them."""

import time
from collections.abc import Mapping

from sandbox.documents import Document
from sandbox.workspace.elements import VALUE_KEYS
from sandbox.workspace.messages import present
from sandbox.workspace.parts import WorkspaceParts
from sandbox.workspace.people import APP_ID, TEAM_DOMAIN, TEAM_ID
from sandbox.workspace.state import channel_kind

COMMAND_CHANNEL_NAMES = {"im": "directmessage", "group": "privategroup"}
ECHOED = ("placeholder", "confirm", "initial_option", "initial_options", "initial_user", "initial_date")


def action_ts() -> str:
    return f"{time.time():.6f}"


def envelope(parts: WorkspaceParts, kind: str, user_id: str) -> Document:
    """What every interaction says of itself: its type, who, where from."""
    user = parts.workspace.users[user_id]
    return {
        "type": kind,
        "token": parts.secrets.verification_token,
        "api_app_id": APP_ID,
        "team": {"id": TEAM_ID, "domain": TEAM_DOMAIN},
        "user": {"id": user_id, "username": user["name"], "name": user["name"], "team_id": TEAM_ID},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def command_payload(parts: WorkspaceParts, user_id: str, channel: Document, command: str, text: str) -> Document:
    """A slash command's fields, all of them strings, as they stand in a form."""
    name = COMMAND_CHANNEL_NAMES.get(channel_kind(channel)) or channel["name"]
    return {
        "token": parts.secrets.verification_token,
        "team_id": TEAM_ID,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel["id"],
        "channel_name": name,
        "user_id": user_id,
        "user_name": parts.workspace.users[user_id]["name"],
        "command": command,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": parts.response_urls.new("commands", channel["id"], user_id),
        "trigger_id": parts.triggers.new(user_id),
    }


def channel_of(channel: Document) -> Document:
    name = COMMAND_CHANNEL_NAMES.get(channel_kind(channel)) or channel["name"]
    return {"id": channel["id"], "name": name}


def action_payload(block: Document, element: Document, state: Document | None, value: str | None) -> Document:
    """One entry of `actions`. `state` is what was chosen; `value` a button's."""
    kind = "button" if element["type"] == "workflow_button" else element["type"]
    action = {
        "type": kind,
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": action_ts(),
    }
    if kind in VALUE_KEYS:
        action |= {name: element[name] for name in ECHOED if name in element}
        action |= {key: choice for key, choice in (state or {}).items() if key != "type"}
        return action
    action |= {name: element[name] for name in ("text", "style", "confirm") if name in element}
    return action if value is None else {**action, "value": value}


def container_of(message: Document, channel: Document) -> Document:
    thread = {"thread_ts": message["thread_ts"]} if message.get("thread_ts") else {}
    return {
        "type": "message",
        "message_ts": message["ts"],
        "channel_id": channel["id"],
        "is_ephemeral": bool(message.get("is_ephemeral")),
        **thread,
    }


def in_message(
    parts: WorkspaceParts, user_id: str, channel: Document, message: Document, state: Mapping[str, Document]
) -> Document:
    """What an interaction with a message adds: the message (ephemeral ones are not repeated), its state."""
    fields = {} if message.get("is_ephemeral") else {"message": present(message)}
    return {
        "container": container_of(message, channel),
        "channel": channel_of(channel),
        **fields,
        "state": {"values": dict(state)},
        "response_url": parts.response_urls.new("actions", channel["id"], user_id, message),
        "trigger_id": parts.triggers.new(user_id),
    }


def in_view(parts: WorkspaceParts, user_id: str, view: Document) -> Document:
    """What an interaction with a view adds: the view with its state."""
    return {
        "container": {"type": "view", "view_id": view["id"]},
        "view": view,
        "trigger_id": parts.triggers.new(user_id, view["id"]),
    }
