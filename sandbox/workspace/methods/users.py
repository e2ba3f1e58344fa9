"""users.info, users.list, usergroups.list, usergroups.users.list."""

from sandbox.documents import Document
from sandbox.workspace.arguments import Arguments
from sandbox.workspace.errors import ApiError
from sandbox.workspace.methods.access import page
from sandbox.workspace.parts import WorkspaceParts
from sandbox.workspace.people import ADMIN, FOUNDED, TEAM_ID


def _shown(parts: WorkspaceParts, args: Arguments, user: Document) -> Document:
    """The user object; the address and the locale only to those who may see or asked for them."""
    hidden = set() if "users:read.email" in parts.manifest.scopes else {"email"}
    profile = {name: value for name, value in user["profile"].items() if name not in hidden}
    record = {**user, "profile": profile}
    if not args.flag("include_locale"):
        record.pop("locale")
    return record


def info(parts: WorkspaceParts, args: Arguments) -> Document:
    user = parts.workspace.users.get(args.required("user"))
    if user is None:
        raise ApiError("user_not_found")
    return {"user": _shown(parts, args, user)}


def list_all(parts: WorkspaceParts, args: Arguments) -> Document:
    rows, cursor = page(args, list(parts.workspace.users.values()), default=1000, most=1000)
    return {
        "members": [_shown(parts, args, one) for one in rows],
        "cache_ts": FOUNDED,
        "response_metadata": {"next_cursor": cursor},
    }


def list_groups(parts: WorkspaceParts, args: Arguments) -> Document:
    groups = []
    for group in parts.workspace.usergroups:
        record: Document = {
            **group,
            "team_id": TEAM_ID,
            "is_usergroup": True,
            "is_external": False,
            "description": "",
            "date_create": FOUNDED,
            "date_update": FOUNDED,
            "date_delete": 0,
            "auto_type": None,
            "created_by": ADMIN,
            "user_count": len(group["users"]),
            "prefs": {"channels": [], "groups": []},
        }
        if not args.flag("include_users"):
            record.pop("users")
        groups.append(record)
    return {"usergroups": groups}


def list_group_members(parts: WorkspaceParts, args: Arguments) -> Document:
    group_id = args.required("usergroup")
    group = next((one for one in parts.workspace.usergroups if one["id"] == group_id), None)
    if group is None:
        raise ApiError("no_such_subteam")
    return {"users": list(group["users"])}
