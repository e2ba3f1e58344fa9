"""auth.test, apps.connections.open, team.info, bots.info."""

from ..arguments import Arguments
from ..errors import ApiError
from ..messages import bot_profile
from ..parts import Parts
from ..people import APP_ID, BOT_ID, BOT_USER, TEAM_DOMAIN, TEAM_ID, TEAM_NAME
from ..state import Document


def authenticate(parts: Parts, _args: Arguments) -> Document:
    return {
        "url": parts.base_url,
        "team": TEAM_NAME,
        "user": parts.workspace.users[BOT_USER]["name"],
        "team_id": TEAM_ID,
        "user_id": BOT_USER,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


def open_connection(parts: Parts, _args: Arguments) -> Document:
    if parts.http_mode is not None:
        raise ApiError("socket_mode_not_enabled")
    if parts.faults.refuses_connection():
        raise ApiError("internal_error")
    base = parts.base_url.replace("http://", "ws://", 1)
    return {"url": f"{base}link/?ticket={parts.sockets.new_ticket()}&app_id={APP_ID}"}


def describe_team(parts: Parts, args: Arguments) -> Document:
    if args.text("team", TEAM_ID) != TEAM_ID:
        raise ApiError("team_not_found")
    team = {"id": TEAM_ID, "name": TEAM_NAME, "domain": TEAM_DOMAIN, "url": parts.base_url}
    return {"team": {**team, "email_domain": "acme.example", "icon": {"image_default": True}}}


def describe_bot(parts: Parts, args: Arguments) -> Document:
    if args.text("bot", BOT_ID) != BOT_ID:
        raise ApiError("bot_not_found")
    profile = bot_profile(parts.workspace.users[BOT_USER]["real_name"])
    return {"bot": {**profile, "user_id": BOT_USER}}
