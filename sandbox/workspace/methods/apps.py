"""auth.test, apps.connections.open, team.info, bots.info."""

from sandbox.documents import Document
from sandbox.workspace.arguments import Arguments
from sandbox.workspace.errors import ApiError
from sandbox.workspace.messages import bot_profile
from sandbox.workspace.parts import WorkspaceParts
from sandbox.workspace.people import APP_ID, BOT_ID, BOT_USER, TEAM_DOMAIN, TEAM_ID, TEAM_NAME


def authenticate(parts: WorkspaceParts, _args: Arguments) -> Document:
    return {
        "url": parts.base_url,
        "team": TEAM_NAME,
        "user": parts.workspace.users[BOT_USER]["name"],
        "team_id": TEAM_ID,
        "user_id": BOT_USER,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


def open_connection(parts: WorkspaceParts, _args: Arguments) -> Document:
    if parts.http_mode is not None:
        raise ApiError("socket_mode_not_enabled")
    if parts.faults.refuses_connection():
        raise ApiError("internal_error")
    base = parts.base_url.replace("http://", "ws://", 1)
    return {"url": f"{base}link/?ticket={parts.sockets.new_ticket()}&app_id={APP_ID}"}


def describe_team(parts: WorkspaceParts, args: Arguments) -> Document:
    if args.text("team", TEAM_ID) != TEAM_ID:
        raise ApiError("team_not_found")
    team = {"id": TEAM_ID, "name": TEAM_NAME, "domain": TEAM_DOMAIN, "url": parts.base_url}
    return {"team": {**team, "email_domain": "acme.example", "icon": {"image_default": True}}}


def describe_bot(parts: WorkspaceParts, args: Arguments) -> Document:
    if args.text("bot", BOT_ID) != BOT_ID:
        raise ApiError("bot_not_found")
    profile = bot_profile(parts.workspace.users[BOT_USER]["real_name"])
    return {"bot": {**profile, "user_id": BOT_USER}}
