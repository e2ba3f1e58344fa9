"""Interactive elements of blocks: finding them, and the values that users give them."""

import copy
import secrets
from collections.abc import Iterator

from sandbox.documents import Document
from sandbox.workspace.errors import UserSideError
from sandbox.workspace.rules.elements import all_options

VALUE_KEYS = {
    **dict.fromkeys(("plain_text_input", "email_text_input", "url_text_input", "number_input"), "value"),
    **dict.fromkeys(("static_select", "external_select", "radio_buttons", "overflow"), "selected_option"),
    **dict.fromkeys(("multi_static_select", "multi_external_select", "checkboxes"), "selected_options"),
    "users_select": "selected_user",
    "multi_users_select": "selected_users",
    "conversations_select": "selected_conversation",
    "multi_conversations_select": "selected_conversations",
    "channels_select": "selected_channel",
    "multi_channels_select": "selected_channels",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "rich_text_input": "rich_text_value",
    "file_input": "files",
}
STATELESS = ("overflow",)
MANY = ("selected_options", "selected_users", "selected_conversations", "selected_channels", "files")


def new_block_id() -> str:
    return secrets.token_urlsafe(4)[:5]


def complete_blocks(blocks: list[Document]) -> list[Document]:
    """A copy in which every block has a block_id and every interactive element an action_id."""
    copies = copy.deepcopy(blocks)
    for block in copies:
        block.setdefault("block_id", new_block_id())
    for _, element in elements_of(copies):
        element.setdefault("action_id", new_block_id())
    return copies


def _own_elements(block: Document) -> Iterator[Document]:
    kind = block["type"]
    if kind == "section" and block.get("accessory"):
        yield block["accessory"]
    elif kind == "input":
        yield block["element"]
    elif kind in ("actions", "context_actions"):
        yield from block["elements"]
    elif kind == "card":
        yield from block.get("actions") or []


def elements_of(blocks: list[Document]) -> Iterator[tuple[Document, Document]]:
    """Every interactive element with its block, also inside cards, carousels and containers."""
    for block in blocks:
        yield from ((block, one) for one in _own_elements(block) if one["type"] != "image")
        if block["type"] == "carousel":
            yield from elements_of(block["elements"])
        elif block["type"] == "container":
            yield from elements_of(block["child_blocks"])


def find_element(blocks: list[Document], action_id: str, block_id: str | None = None) -> tuple[Document, Document]:
    """The first element with that action_id; raises UserSideError `action_not_found`."""
    for block, element in elements_of(blocks):
        if element.get("action_id") == action_id and block_id in (None, block.get("block_id")):
            return block, element
    raise UserSideError("action_not_found")


def _initial_value(element: Document) -> object:
    key = VALUE_KEYS[element["type"]]
    name = key.replace("selected_", "initial_") if key.startswith("selected_") else "initial_value"
    initial = element.get(name)
    return initial if initial is not None else ([] if key in MANY else None)


def initial_state(blocks: list[Document]) -> dict[str, Document]:
    """`state.values` of blocks that nobody has touched."""
    values: dict[str, Document] = {}
    for block, element in elements_of(blocks):
        kind = element["type"]
        if kind in VALUE_KEYS and kind not in STATELESS:
            state = {"type": kind, VALUE_KEYS[kind]: _initial_value(element)}
            values.setdefault(block["block_id"], {})[element["action_id"]] = state
    return values


def carry_state(old: dict[str, Document], blocks: list[Document]) -> dict[str, Document]:
    """The state of changed blocks: what stayed under the same ids and type keeps what the user entered."""
    values = initial_state(blocks)
    for block_id, actions in values.items():
        for action_id, state in actions.items():
            before = old.get(block_id, {}).get(action_id)
            if before and before["type"] == state["type"]:
                actions[action_id] = before
    return values


def _option(element: Document, suggested: list[Document], value: object) -> Document:
    """The option with that value or text, of the element's own or of those last suggested."""
    if isinstance(value, dict):
        value = value.get("value")
    for option in [*all_options(element), *suggested]:
        if value in (option.get("value"), option["text"]["text"]):
            return option
    raise UserSideError("option_not_found", action_id=element["action_id"], value=value)


def entered(element: Document, value: object, suggested: list[Document]) -> Document:
    """What a user entered, as it stands in `state.values`: `{type, <the type's key>: value}`."""
    kind = element["type"]
    key = VALUE_KEYS[kind]
    if value is None or value in ("", []):
        return {"type": kind, key: [] if key in MANY else None}
    if key == "selected_option":
        value = _option(element, suggested, value)
    elif key == "selected_options":
        values = value if isinstance(value, list) else [value]
        value = [_option(element, suggested, one) for one in values]
    elif key in MANY and not isinstance(value, list):
        value = [value]
    elif kind == "datetimepicker":
        value = int(str(value))
    elif key == "value":
        value = str(value)
    return {"type": kind, key: value}
