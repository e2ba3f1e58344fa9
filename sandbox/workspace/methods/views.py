"""views.open, push, update, publish."""

from sandbox.documents import Document
from sandbox.workspace.arguments import Arguments
from sandbox.workspace.errors import ApiError
from sandbox.workspace.parts import WorkspaceParts
from sandbox.workspace.rules.messages import refuse
from sandbox.workspace.rules.views import check_view


def _read_view(parts: WorkspaceParts, args: Arguments, kind: str) -> Document:
    view: Document = args.structure("view")
    check_view(view, kind, parts.files.known_to_app)
    return view


def _trigger_id(args: Arguments) -> str:
    return args.text("trigger_id") or args.required("interactivity_pointer")


def open_view(parts: WorkspaceParts, args: Arguments) -> Document:
    view = _read_view(parts, args, "modal")
    trigger = parts.triggers.look(_trigger_id(args))
    modal = parts.views.open(trigger.user, view)
    trigger.used = True
    return {"view": modal}


def push(parts: WorkspaceParts, args: Arguments) -> Document:
    view = _read_view(parts, args, "modal")
    trigger = parts.triggers.look(_trigger_id(args))
    if trigger.view_id is None:
        raise ApiError("not_found")
    modal = parts.views.push(trigger.user, view)
    trigger.used = True
    return {"view": modal}


def update(parts: WorkspaceParts, args: Arguments) -> Document:
    if view_id := args.text("view_id"):
        place = parts.views.find(view_id)
    else:
        place = parts.views.by_external_id(args.required("external_id"))
    if place is None:
        raise ApiError("not_found")
    user, view = place
    content = _read_view(parts, args, view["type"])
    if args.text("hash") not in ("", view["hash"]):
        raise ApiError("hash_conflict")
    return {"view": parts.views.update(user, view, content)}


def publish(parts: WorkspaceParts, args: Arguments) -> Document:
    if not parts.manifest.features.app_home.home_tab_enabled:
        raise ApiError("not_enabled")
    user = args.required("user_id")
    known = parts.workspace.users.get(user)
    if known is None or known["is_bot"]:
        raise refuse("invalid_arguments", ["invalid `user_id`"])
    view = _read_view(parts, args, "home")
    old = parts.workspace.homes.get(user)
    if args.text("hash") not in ("", old["hash"] if old else ""):
        raise ApiError("hash_conflict")
    return {"view": parts.views.publish(user, view)}
