"""Commands, clicks, shortcuts, suggestions: a user does something, the app hears of it."""

from sandbox.documents import Document
from sandbox.workspace.arguments import Arguments
from sandbox.workspace.asking import (
    answer_of,
    find_seen_message,
    find_user,
    find_visible_channel,
    name_ids,
    require_interactivity,
    send,
)
from sandbox.workspace.elements import VALUE_KEYS, carry_state, entered, find_element
from sandbox.workspace.errors import ApiError, UserSideError
from sandbox.workspace.messages import present
from sandbox.workspace.parts import WorkspaceParts
from sandbox.workspace.payloads import (
    action_payload,
    action_ts,
    channel_of,
    command_payload,
    container_of,
    envelope,
    in_message,
    in_view,
)
from sandbox.workspace.people import BOT_USER
from sandbox.workspace.responses import show_response
from sandbox.workspace.rules.checks import Report
from sandbox.workspace.rules.elements import OPTION_GROUPS, OPTIONS
from sandbox.workspace.rules.messages import refuse
from sandbox.workspace.state import channel_kind, present_channel
from sandbox.workspace.text import escape_command

MIN_QUERY_LENGTH = 3


async def run_command(parts: WorkspaceParts, args: Arguments) -> Document:
    """`POST /sandbox/command`."""
    user = find_user(parts, args)
    channel = find_visible_channel(parts, user, args.required("channel"))
    command, text = args.required("command"), args.text("text")
    if command == "/invite":
        return _invite(parts, user, channel, text)
    known = parts.manifest.command(command)
    if known is None or "commands" not in parts.manifest.scopes:
        parts.messages.notice(channel, user, f"{command} is not a valid command.")
        raise UserSideError("dispatch_unknown_command")
    if user not in channel["members"]:
        raise UserSideError("not_in_channel")
    if known.should_escape:
        text = escape_command(parts.workspace, text)
    payload = command_payload(parts, user, channel, command, text)
    try:
        ack = await send(parts, "slash_commands", payload, accepts_response=True)
        if ack.response is not None:
            show_response(parts, channel, user, ack.response)
    except ApiError as error:
        parts.messages.notice(channel, user, f'{command} failed with the error "{error.error}"')
        raise
    return answer_of(ack, response=ack.response)


def _invite(parts: WorkspaceParts, user: str, channel: Document, text: str) -> Document:
    """The built-in command: brings someone, also the app, into the channel."""
    guest = parts.workspace.user(text.strip().strip("<>").partition("|")[0])
    if guest is None:
        raise UserSideError("user_not_found")
    if channel_kind(channel) == "im":
        raise UserSideError("method_not_supported_for_channel_type")
    if user not in channel["members"]:
        raise UserSideError("not_in_channel")
    if guest["id"] in channel["members"]:
        raise UserSideError("already_in_channel")
    parts.messages.join(channel, guest["id"], inviter=user)
    tell_channel(parts, channel)
    return {"ack_ms": 0.0, "response": None}


def tell_channel(parts: WorkspaceParts, channel: Document) -> None:
    """Tells each page its own view of a changed channel."""
    for viewer in parts.messages.viewers(channel):
        parts.live.tell([viewer], {"type": "channel", "channel": describe_channel(parts, channel, viewer)})


def describe_channel(parts: WorkspaceParts, channel: Document, viewer: str) -> Document:
    """A channel as the page knows it: see live.py."""
    return {
        **present_channel(channel, viewer),
        "members": channel["members"],
        "is_member": viewer in channel["members"],
        "bot_is_member": BOT_USER in channel["members"],
        "unread": parts.workspace.unread(viewer, channel["id"]),
        "latest": max(parts.workspace.messages[channel["id"]], default=None),
        **({"user": BOT_USER} if channel.get("is_im") else {}),
    }


def _entered_state(parts: WorkspaceParts, element: Document, args: Arguments, place: str) -> Document | None:
    """What was chosen, from `selected` (or `value`, for typed inputs); None for a button."""
    if element["type"] not in VALUE_KEYS:
        return None
    value = args.values.get("selected", args.values.get("value"))
    suggested = parts.suggested.get((place, element["action_id"]), [])
    return entered(element, name_ids(parts, element, value), suggested)


def _button_value(element: Document, args: Arguments) -> str | None:
    """A button's own value; `value` in the request must name it, or one half of a feedback."""
    value = args.values.get("value")
    if element["type"] == "feedback_buttons":
        halves = [element["positive_button"]["value"], element["negative_button"]["value"]]
        if value not in halves:
            raise UserSideError("value_not_found")
        return str(value)
    own = element.get("value")
    if value is not None and value != own:
        raise UserSideError("value_not_found")
    return None if own is None else str(own)


async def click(parts: WorkspaceParts, args: Arguments) -> Document:
    """`POST /sandbox/click`."""
    require_interactivity(parts)
    user = find_user(parts, args)
    if "view_id" in args:
        return await _click_in_view(parts, user, args)
    channel, message = find_seen_message(parts, user, args)
    blocks = [*(message.get("blocks") or [])]
    for attachment in message.get("attachments") or []:
        blocks += attachment.get("blocks") or []
    block, element = find_element(blocks, args.required("action_id"), _block_id(args))
    _check_visible(element, user)
    state = _entered_state(parts, element, args, message["ts"])
    value = None if state else _button_value(element, args)
    key = (user, channel["id"], message["ts"])
    values = carry_state(parts.message_state.get(key, {}), blocks)
    for block_id, actions in (args.structure("values") or {}).items():
        for action_id, input_value in actions.items():
            _, input_element = find_element(blocks, action_id, block_id)
            values[block_id][action_id] = entered(input_element, input_value, [])
    if state and element["type"] != "overflow":
        values[block["block_id"]][element["action_id"]] = state
    parts.message_state[key] = values
    payload = {
        **envelope(parts, "block_actions", user),
        **in_message(parts, user, channel, message, values),
        "actions": [action_payload(block, element, state, value)],
    }
    return answer_of(await send(parts, "interactive", payload, accepts_response=False))


def _block_id(args: Arguments) -> str | None:
    return args.text("block_id") or None


def _check_visible(element: Document, user: str) -> None:
    visible_to = element.get("visible_to_user_ids")
    if visible_to and user not in visible_to:
        raise UserSideError("action_not_found")


async def _click_in_view(parts: WorkspaceParts, user: str, args: Arguments) -> Document:
    view = parts.views.of_user(user, args.required("view_id"))
    block, element = find_element(view["blocks"], args.required("action_id"), _block_id(args))
    state = _entered_state(parts, element, args, view["id"])
    if state and element["type"] != "overflow":
        parts.views.enter(view, block["block_id"], element["action_id"], state)
    if block["type"] == "input" and not block.get("dispatch_action"):
        # Slack's client keeps what is entered in such an input to itself until the form is sent.
        return {"ack_ms": None}
    value = None if state else _button_value(element, args)
    payload = {
        **envelope(parts, "block_actions", user),
        **in_view(parts, user, view),
        "actions": [action_payload(block, element, state, value)],
    }
    return answer_of(await send(parts, "interactive", payload, accepts_response=False))


async def run_shortcut(parts: WorkspaceParts, args: Arguments) -> Document:
    """`POST /sandbox/shortcut`: a message shortcut where `ts` is given, a global one otherwise."""
    require_interactivity(parts)
    user = find_user(parts, args)
    callback_id = args.required("callback_id")
    known = parts.manifest.shortcut(callback_id)
    kind = "message" if "ts" in args else "global"
    if known is None or known.type != kind or "commands" not in parts.manifest.scopes:
        raise UserSideError("shortcut_not_found")
    payload = {
        **envelope(parts, "shortcut", user),
        "callback_id": callback_id,
        "action_ts": action_ts(),
        "trigger_id": parts.triggers.new(user),
    }
    if kind == "message":
        channel, message = find_seen_message(parts, user, args)
        if message.get("is_ephemeral"):
            raise UserSideError("message_not_found")
        payload |= {
            "type": "message_action",
            "channel": channel_of(channel),
            "message_ts": message["ts"],
            "message": present(message),
            "response_url": parts.response_urls.new("actions", channel["id"], user, message),
        }
    return answer_of(await send(parts, "interactive", payload, accepts_response=False))


def _check_options(response: Document | None) -> list[Document]:
    """The options of an answer to block_suggestion, those of groups included; raises as Slack refuses."""
    report = Report("message")
    body = response or {}
    if body.get("option_groups"):
        OPTION_GROUPS(report, body["option_groups"], "/option_groups")
        options = [one for group in body["option_groups"] for one in group.get("options", [])]
    else:
        options = body.get("options") or []
        if options:
            OPTIONS(report, options, "/options")
    if report.problems:
        raise refuse("invalid_options", report.problems)
    return options


async def suggest(parts: WorkspaceParts, args: Arguments) -> Document:
    """`POST /sandbox/suggest`: the options of an external menu for what was typed."""
    require_interactivity(parts)
    user = find_user(parts, args)
    payload = {**envelope(parts, "block_suggestion", user), "value": args.text("value")}
    if "view_id" in args:
        view = parts.views.of_user(user, args.required("view_id"))
        place, blocks = view["id"], view["blocks"]
        payload |= {"container": {"type": "view", "view_id": view["id"]}, "view": view}
    else:
        channel, message = find_seen_message(parts, user, args)
        place, blocks = message["ts"], message.get("blocks") or []
        payload |= {"container": container_of(message, channel), "channel": channel_of(channel)}
        payload |= {} if message.get("is_ephemeral") else {"message": present(message)}
    block, element = find_element(blocks, args.required("action_id"), _block_id(args))
    if element["type"] not in ("external_select", "multi_external_select"):
        raise UserSideError("not_an_external_select")
    if len(payload["value"]) < element.get("min_query_length", MIN_QUERY_LENGTH):
        return {"options": []}
    payload |= {"action_id": element["action_id"], "block_id": block["block_id"]}
    ack = await send(parts, "interactive", payload, accepts_response=True)
    options = _check_options(ack.response)
    parts.suggested[(place, element["action_id"])] = options
    return answer_of(ack, options=options, option_groups=(ack.response or {}).get("option_groups"))
