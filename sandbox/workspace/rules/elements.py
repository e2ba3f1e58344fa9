"""Rules for the interactive elements of blocks: buttons, menus, pickers, inputs."""

from collections.abc import Mapping

from sandbox.documents import Document
from sandbox.workspace.rules.checks import (
    FLAG,
    TYPE,
    URL,
    Check,
    Report,
    array,
    both,
    by_type,
    integer,
    matching,
    one_of,
    plain_text,
    record,
    string,
    text_object,
)

ACTION_ID = string(255, 1)
DATE = string(10, 10, r"\d{4}-\d{2}-\d{2}")
TIME = string(5, 5, r"([01]\d|2[0-3]):[0-5]\d")
USER_ID = string(100, 1, r"[UW][A-Z0-9]+")
CHANNEL_ID = string(100, 1, r"[CGDU][A-Z0-9]+")
PLACEHOLDER = plain_text(150)
CONFIRM = record(
    {"title": plain_text(100), "text": text_object(300), "confirm": plain_text(30), "deny": plain_text(30)},
    {"style": one_of("primary", "danger")},
)


def option(text_kinds: tuple[str, ...] = ("plain_text",), url: bool = False) -> Check:
    extra: dict[str, Check] = {"description": text_object(75, text_kinds)}
    if url:
        extra["url"] = URL
    return record({"text": text_object(75, text_kinds), "value": string(150, 1)}, extra)


OPTION = option()
RICH_OPTION = option(("plain_text", "mrkdwn"))
OPTION_GROUP = record({"label": plain_text(75), "options": array(OPTION, 1, 100)})
OPTIONS = array(OPTION, 1, 100)
OPTION_GROUPS = array(OPTION_GROUP, 1, 100)


def focus(report: Report, value: object, pointer: str) -> None:
    FLAG(report, value, pointer)
    if value is True:
        report.focused += 1
        if report.focused > 1:
            report.fail("only one element can be focused on load", pointer)


def _element(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """Any element may leave out its action_id: Slack then makes one up."""
    return record({"type": TYPE, **required}, {"action_id": ACTION_ID, **(optional or {})})


def _menu(optional: Mapping[str, Check]) -> Check:
    return _element({}, {"placeholder": PLACEHOLDER, "confirm": CONFIRM, "focus_on_load": focus, **optional})


def all_options(element: Document) -> list[Document]:
    """The options of a menu, those of its groups included."""
    grouped = [one for group in element.get("option_groups") or [] for one in group["options"]]
    return [*(element.get("options") or []), *grouped]


def _has_one_source(report: Report, element: Document, pointer: str) -> None:
    if bool(element.get("options")) == bool(element.get("option_groups")):
        report.fail("must provide exactly one of options, option_groups", pointer)


def _initials_exist(report: Report, element: Document, pointer: str) -> None:
    initial = element.get("initial_options") or [element[k] for k in ("initial_option",) if element.get(k)]
    known = {(one["value"], one["text"]["text"]) for one in all_options(element)}
    for one in initial:
        if (one["value"], one["text"]["text"]) not in known:
            report.fail("initial option is not among the options", pointer)


def _static(multi: bool) -> Check:
    initial: dict[str, Check] = (
        {"initial_options": array(OPTION, 1, 100), "max_selected_items": integer(1, 10**6)}
        if multi
        else {"initial_option": OPTION}
    )
    shape = _menu({"options": OPTIONS, "option_groups": OPTION_GROUPS, **initial})
    return both(both(shape, _has_one_source), _initials_exist)


def _choice(initial: Mapping[str, Check]) -> Check:
    shape = _element({"options": array(RICH_OPTION, 1, 10)}, {**initial, "confirm": CONFIRM, "focus_on_load": focus})
    return both(shape, _initials_exist)


CONVERSATION_FILTER = record(
    {},
    {
        "include": array(one_of("im", "mpim", "private", "public"), 1, 4),
        "exclude_external_shared_channels": FLAG,
        "exclude_bot_users": FLAG,
    },
)
_MANY = {"max_selected_items": integer(1, 10**6)}
_CONVERSATIONS = {"filter": CONVERSATION_FILTER, "default_to_current_conversation": FLAG}
_RESPONSE_URL = {"response_url_enabled": FLAG}
DISPATCH = record({}, {"trigger_actions_on": array(one_of("on_enter_pressed", "on_character_entered"), 1, 2)})
_TYPED = {"placeholder": PLACEHOLDER, "focus_on_load": focus, "dispatch_action_config": DISPATCH}
_BUTTON_EXTRAS = {
    "accessibility_label": string(75),
    "confirm": CONFIRM,
    "visible_to_user_ids": array(USER_ID, 1, 10),
}
_FEEDBACK = record({"text": plain_text(75), "value": string(2000)}, {"accessibility_label": string(75)})
SLACK_FILE = record({}, {"id": string(100, 1), "url": URL})


def one_picture(report: Report, value: Document, pointer: str) -> None:
    reference = value.get("slack_file")
    if bool(value.get("image_url")) == bool(reference):
        report.fail("must provide exactly one of image_url, slack_file", pointer)
    elif reference and not report.known_file(reference):
        report.fail("invalid slack file", f"{pointer}/slack_file")


IMAGE = both(
    record(
        {"type": TYPE, "alt_text": string(2000, 1)},
        {"image_url": URL, "slack_file": SLACK_FILE},
    ),
    one_picture,
)


def _file_input_place(report: Report, _element: Document, pointer: str) -> None:
    if report.surface != "modal":
        report.fail("unsupported type: file_input", f"{pointer}/type")


def _lengths(report: Report, element: Document, pointer: str) -> None:
    if element.get("min_length", 0) > element.get("max_length", 3000):
        report.fail("min_length must not be more than max_length", f"{pointer}/min_length")


NUMERAL = string(100, 1, r"-?\d+(\.\d+)?")
ELEMENTS: dict[str, Check] = {
    "button": _element(
        {"text": plain_text(75)},
        {
            "value": string(2000, 1),
            "url": URL,
            "style": one_of("primary", "danger"),
            "agent_prompt": string(4000),
            "agent_prompt_display": string(4000),
            **_BUTTON_EXTRAS,
        },
    ),
    "workflow_button": _element(
        {"text": plain_text(75), "workflow": lambda _r, _v, _p: None},
        {"style": one_of("primary", "danger"), "accessibility_label": string(75)},
    ),
    "overflow": _element({"options": array(option(url=True), 1, 5)}, {"confirm": CONFIRM}),
    "static_select": _static(multi=False),
    "multi_static_select": _static(multi=True),
    "external_select": _menu({"initial_option": OPTION, "min_query_length": integer(0, 10**6)}),
    "multi_external_select": _menu(
        {"initial_options": array(OPTION, 1, 100), "min_query_length": integer(0, 10**6), **_MANY}
    ),
    "users_select": _menu({"initial_user": USER_ID}),
    "multi_users_select": _menu({"initial_users": array(USER_ID), **_MANY}),
    "conversations_select": _menu({"initial_conversation": CHANNEL_ID, **_CONVERSATIONS, **_RESPONSE_URL}),
    "multi_conversations_select": _menu({"initial_conversations": array(CHANNEL_ID), **_CONVERSATIONS, **_MANY}),
    "channels_select": _menu({"initial_channel": CHANNEL_ID, **_RESPONSE_URL}),
    "multi_channels_select": _menu({"initial_channels": array(CHANNEL_ID), **_MANY}),
    "datepicker": _menu({"initial_date": DATE}),
    "timepicker": _menu({"initial_time": TIME, "timezone": string(100, 1)}),
    "datetimepicker": _element(
        {},
        {"initial_date_time": integer(10**9, 10**10 - 1), "confirm": CONFIRM, "focus_on_load": focus},
    ),
    "checkboxes": _choice({"initial_options": array(RICH_OPTION, 1, 10)}),
    "radio_buttons": _choice({"initial_option": RICH_OPTION}),
    "plain_text_input": both(
        _element(
            {},
            {
                "initial_value": string(3000),
                "multiline": FLAG,
                "min_length": integer(0, 3000),
                "max_length": integer(1, 3000),
                **_TYPED,
            },
        ),
        _lengths,
    ),
    "email_text_input": _element({}, {"initial_value": string(3000), **_TYPED}),
    "url_text_input": _element({}, {"initial_value": string(3000), **_TYPED}),
    "number_input": _element(
        {"is_decimal_allowed": FLAG},
        {"initial_value": NUMERAL, "min_value": NUMERAL, "max_value": NUMERAL, **_TYPED},
    ),
    "rich_text_input": _element(
        {"action_id": ACTION_ID},
        {
            "initial_value": lambda _r, _v, _p: None,
            "min_lines": integer(1, 100),
            "max_lines": integer(1, 100),
            **_TYPED,
        },
    ),
    "file_input": both(
        _element({}, {"max_files": integer(1, 10), "filetypes": array(string(100, 1))}), _file_input_place
    ),
    "feedback_buttons": _element({"positive_button": _FEEDBACK, "negative_button": _FEEDBACK}),
    "icon_button": _element(
        {"icon": one_of("trash"), "text": plain_text(75)}, {"value": string(2000, 1), **_BUTTON_EXTRAS}
    ),
    "image": IMAGE,
}
MENUS = tuple(kind for kind in ELEMENTS if kind.endswith("_select"))
PICKERS = ("datepicker", "timepicker", "checkboxes", "radio_buttons")
IN_ACTIONS = (
    *("button", "workflow_button", "overflow", "datetimepicker", "rich_text_input"),
    *MENUS,
    *PICKERS,
)
IN_SECTION = ("button", "workflow_button", "overflow", "image", *MENUS, *PICKERS)
IN_INPUT = (
    *("plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input"),
    *("file_input", "datetimepicker"),
    *MENUS,
    *PICKERS,
)
IN_CONTEXT_ACTIONS = ("feedback_buttons", "icon_button")


def _checks_response_url(inner: Check, allowed: bool) -> Check:
    def check(report: Report, value: object, pointer: str) -> None:
        inner(report, value, pointer)
        if (
            isinstance(value, dict)
            and value.get("response_url_enabled")
            and not (allowed and report.surface == "modal")
        ):
            report.fail("response_url_enabled is only for inputs of a modal", pointer)

    return check


def element_of(kinds: tuple[str, ...]) -> Check:
    """One element of these kinds, in Slack's wording for a place with several schemas."""
    return _checks_response_url(matching(by_type(ELEMENTS, kinds)), allowed=kinds is IN_INPUT)
