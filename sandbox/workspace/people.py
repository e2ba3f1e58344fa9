"""The team that every sandbox starts with: people, channels, one user group. Ids never change."""

import hashlib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sandbox.documents import Document

TEAM_ID = "T0ACMELABS"
TEAM_DOMAIN = "acme-labs"
TEAM_NAME = "Acme Labs"
APP_ID = "A0HUGOPS"
BOT_ID = "B0HUGOPSBOT"
BOT_USER = "U0HUGOPSBOT"
SLACKBOT = "USLACKBOT"
FOUNDED = 1_735_689_600

PEOPLE = (
    ("U0ANARUIZ", "ana", "Ana Ruiz", "Europe/Berlin", "ML engineer"),
    ("U0BOLINDQVIST", "bo", "Bo Lindqvist", "America/New_York", "ML lead"),
    ("U0CYOKAFOR", "cy", "Cy Okafor", "Africa/Lagos", "Workspace admin"),
    ("U0DEETANAKA", "dee", "Dee Tanaka", "Asia/Tokyo", "ML lead"),
)
EVERYONE = tuple(person[0] for person in PEOPLE)
ADMIN = "U0CYOKAFOR"
CHANNELS = (
    ("C0GENERAL", "general", "Company-wide announcements", False, EVERYONE),
    ("C0ML", "ml", "Models, data and runs", False, EVERYONE),
    ("C0MLAPPROVALS", "ml-approvals", "What waits for an approval", False, EVERYONE),
    ("C0MLRELEASES", "ml-releases", "What was published", False, EVERYONE),
    ("C0MLPRIVATE", "ml-private", "Not for everybody yet", True, ("U0ANARUIZ", "U0CYOKAFOR")),
)
LEADS = {
    "id": "S0MLLEADS",
    "handle": "ml-leads",
    "name": "ML leads",
    "users": ["U0BOLINDQVIST", "U0DEETANAKA"],
}
COLORS = ("9f69e7", "4bbe2e", "e7392d", "3c989f", "674b1b", "e96699")


def build_user(user_id: str, name: str, full_name: str, zone: str, title: str = "") -> Document:
    """Slack's user object; the offset is the one of now in that zone."""
    now = datetime.now(UTC).astimezone(ZoneInfo(zone))
    offset = now.utcoffset()
    is_admin = user_id == ADMIN
    return {
        "id": user_id,
        "team_id": TEAM_ID,
        "name": name,
        "real_name": full_name,
        "deleted": False,
        "color": COLORS[int(_digest(user_id), 16) % len(COLORS)],
        "tz": zone,
        "tz_label": now.tzname(),
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "profile": _profile(user_id, name, full_name, title),
        "is_admin": is_admin,
        "is_owner": is_admin,
        "is_primary_owner": is_admin,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": False,
        "is_app_user": False,
        "has_2fa": False,
        "updated": FOUNDED,
        "locale": "en-US",
    }


def _digest(user_id: str) -> str:
    return hashlib.sha256(user_id.encode()).hexdigest()


def _profile(user_id: str, name: str, full_name: str, title: str) -> Document:
    first, _, last = full_name.partition(" ")
    return {
        "real_name": full_name,
        "real_name_normalized": full_name,
        "display_name": name,
        "display_name_normalized": name,
        "first_name": first,
        "last_name": last,
        "email": f"{name}@acme.example",
        "title": title,
        "phone": "",
        "status_text": "",
        "status_emoji": "",
        "status_expiration": 0,
        "avatar_hash": _digest(user_id)[:12],
        "team": TEAM_ID,
    }


def build_users(bot_name: str) -> dict[str, Document]:
    """All users by id: the people, the app's bot user, and Slackbot."""
    users = [build_user(*person) for person in PEOPLE]
    bot = build_user(BOT_USER, bot_name.lower().replace(" ", ""), bot_name, "UTC")
    bot |= {"is_bot": True}
    bot["profile"] |= {"api_app_id": APP_ID, "bot_id": BOT_ID, "always_active": False}
    slackbot = build_user(SLACKBOT, "slackbot", "Slackbot", "UTC")
    for user in (bot, slackbot):
        user["profile"].pop("email")
    return {user["id"]: user for user in (*users, bot, slackbot)}


def build_channel(channel_id: str, name: str, purpose: str, is_private: bool, members: tuple[str, ...]) -> Document:
    """A channel as it is stored: Slack's fields, and its members."""
    text = {"value": purpose, "creator": ADMIN, "last_set": FOUNDED}
    return {
        "id": channel_id,
        "name": name,
        "name_normalized": name,
        "is_channel": not is_private,
        "is_group": is_private,
        "is_im": False,
        "is_mpim": False,
        "is_private": is_private,
        "is_archived": False,
        "is_general": name == "general",
        "is_shared": False,
        "is_ext_shared": False,
        "is_org_shared": False,
        "created": FOUNDED,
        "creator": ADMIN,
        "unlinked": 0,
        "shared_team_ids": [TEAM_ID],
        "pending_shared": [],
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": text,
        "previous_names": [],
        "updated": FOUNDED * 1000,
        "context_team_id": TEAM_ID,
        "members": list(members),
    }


def build_direct(channel_id: str, user: str, created: int) -> Document:
    """The direct conversation between a user and the app."""
    return {
        "id": channel_id,
        "created": created,
        "is_im": True,
        "is_archived": False,
        "is_org_shared": False,
        "user": user,
        "context_team_id": TEAM_ID,
        "priority": 0,
        "members": [user, BOT_USER],
    }
