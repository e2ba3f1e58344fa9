"""Forms: what a user enters, submits and closes; what the app answers to it."""

import base64
import binascii
import contextlib

from sandbox.documents import Document
from sandbox.workspace.arguments import Arguments
from sandbox.workspace.asking import answer_of, find_user, name_ids, require_interactivity, send
from sandbox.workspace.elements import entered, find_element
from sandbox.workspace.errors import ApiError, UserSideError
from sandbox.workspace.forms import find_faults
from sandbox.workspace.parts import WorkspaceParts
from sandbox.workspace.payloads import envelope
from sandbox.workspace.rules.messages import refuse
from sandbox.workspace.rules.views import check_view
from sandbox.workspace.transport import AppAck


def _uploaded(parts: WorkspaceParts, user: str, value: object) -> list[Document]:
    """The files of a file input: ids of files, or `{name, content_base64}` to upload now."""
    files = []
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict) and "content_base64" in one:
            files.append(add_file(parts, user, one))
        else:
            file_id = one["id"] if isinstance(one, dict) else str(one)
            document = parts.workspace.files.get(file_id)
            if document is None or not parts.files.visible_to(document, user):
                raise UserSideError("file_not_found")
            files.append(document)
    return files


def add_file(parts: WorkspaceParts, user: str, upload: Document) -> Document:
    """Uploads `{name, content_base64}` as that user's file."""
    try:
        content = base64.b64decode(upload["content_base64"], validate=True)
    except (KeyError, TypeError, binascii.Error) as error:
        raise UserSideError("invalid_file") from error
    return parts.files.add(user, str(upload.get("name") or "file"), content)


def enter_values(parts: WorkspaceParts, user: str, view: Document, values: object) -> None:
    """Notes what the user entered: `{block_id: {action_id: value}}`; unknown ids are an error."""
    if not isinstance(values, dict) or not all(isinstance(one, dict) for one in values.values()):
        raise UserSideError("invalid_values")
    for block_id, actions in values.items():
        for action_id, value in actions.items():
            _, element = find_element(view["blocks"], action_id, block_id)
            takes_files = element["type"] == "file_input" and value
            content = _uploaded(parts, user, value) if takes_files else value
            suggested = parts.suggested.get((view["id"], action_id), [])
            parts.views.enter(view, block_id, action_id, entered(element, name_ids(parts, element, content), suggested))


async def submit(parts: WorkspaceParts, args: Arguments) -> Document:
    """`POST /sandbox/submit`."""
    require_interactivity(parts)
    user = find_user(parts, args)
    view = parts.views.of_user(user, args.required("view_id"))
    if view["type"] != "modal" or view is not parts.views.open_views(user)[-1]:
        raise UserSideError("view_not_on_top")
    enter_values(parts, user, view, args.structure("values") or {})
    if faults := find_faults(view):
        # Slack's client says this itself; the app does not hear of it.
        return {"response_action": "errors", "errors": faults, "ack_ms": None}
    for actions in view["state"]["values"].values():
        for state in actions.values():
            for one in state.get("files") or []:
                parts.files.submit(one["id"])
    payload = {
        **envelope(parts, "view_submission", user),
        "trigger_id": parts.triggers.new(user, view["id"]),
        "view": view,
        "response_urls": _response_urls(parts, user, view),
    }
    ack = await send(parts, "interactive", payload, accepts_response=True)
    return _follow(parts, user, view, ack)


def _response_urls(parts: WorkspaceParts, user: str, view: Document) -> list[Document]:
    """One address for each chosen conversation of an input that asked for it."""
    urls = []
    for block in view["blocks"]:
        element = block.get("element") or {}
        if not element.get("response_url_enabled"):
            continue
        state = view["state"]["values"][block["block_id"]][element["action_id"]]
        channel = state.get("selected_conversation") or state.get("selected_channel")
        if channel in parts.workspace.channels:
            place = {"block_id": block["block_id"], "action_id": element["action_id"], "channel_id": channel}
            urls.append({**place, "response_url": parts.response_urls.new("actions", channel, user)})
    return urls


def _checked_errors(view: Document, errors: object) -> dict[str, str]:
    inputs = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        raise refuse("invalid_response_action", ["errors must name input blocks of the view"])
    return errors


def _follow(parts: WorkspaceParts, user: str, view: Document, ack: AppAck) -> Document:
    """Does what the app answered to a submission; a wrong answer leaves the form open."""
    response = ack.response or {}
    action = response.get("response_action")
    if action is None:
        parts.views.close(user, view)
    elif action == "clear":
        parts.views.clear(user)
    elif action == "errors":
        errors = _checked_errors(view, response.get("errors"))
        return answer_of(ack, response_action=action, errors=errors)
    elif action in ("update", "push"):
        content = response.get("view") or {}
        check_view(content, "modal", parts.files.known_to_app)
        next_view = parts.views.update(user, view, content) if action == "update" else parts.views.push(user, content)
        return answer_of(ack, response_action=action, errors=None, view=next_view)
    else:
        raise ApiError("invalid_response_action")
    return answer_of(ack, response_action=action, errors=None)


async def close(parts: WorkspaceParts, args: Arguments) -> Document:
    """`POST /sandbox/close`: Cancel closes the view, the X (`clear`) the whole stack."""
    user = find_user(parts, args)
    view = parts.views.of_user(user, args.required("view_id"))
    if view["type"] != "modal":
        raise UserSideError("view_not_found")
    is_cleared = args.flag("clear") or view["clear_on_close"]
    if is_cleared:
        views = parts.views.clear(user)
    else:
        parts.views.close(user, view)
        views = [view]
    ack_ms = None
    for one in views:
        if one["notify_on_close"]:
            blank = {**one, "state": {"values": {}}}
            payload = {**envelope(parts, "view_closed", user), "view": blank, "is_cleared": is_cleared}
            # The view is closed for the user, whether or not the app takes notice.
            with contextlib.suppress(UserSideError):
                ack_ms = (await send(parts, "interactive", payload, accepts_response=False)).ms
    return {"ack_ms": ack_ms}
