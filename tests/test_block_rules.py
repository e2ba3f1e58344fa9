"""Slack's rules for blocks and views, with Slack's words for what breaks them."""

from typing import Any

import pytest

from sandbox.workspace.errors import ApiError
from sandbox.workspace.rules.messages import check_message_blocks, check_metadata
from sandbox.workspace.rules.views import check_view

Block = dict[str, Any]


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text}


def button(action_id: str = "model.try", **more: Any) -> Block:
    return {"type": "button", "action_id": action_id, "text": plain("Try"), **more}


def option(number: int) -> Block:
    return {"text": plain(f"Option {number}"), "value": str(number)}


def refusal(blocks: Any) -> dict[str, Any]:
    with pytest.raises(ApiError) as refused:
        check_message_blocks(blocks, lambda _reference: False)
    return refused.value.answer()


def problems(*blocks: Block) -> list[str]:
    return list(refusal(list(blocks))["errors"])


def view_problems(view: Block, kind: str = "modal") -> list[str]:
    with pytest.raises(ApiError) as refused:
        check_view(view, kind, lambda _reference: True)
    assert refused.value.error == "invalid_arguments"
    errors = refused.value.extra["errors"]
    assert isinstance(errors, list)
    return errors


GOOD: list[Block] = [
    {"type": "header", "text": plain("R12")},
    {"type": "section", "text": mrkdwn("*x*"), "fields": [mrkdwn("y")], "accessory": button()},
    {"type": "context", "elements": [mrkdwn("grey"), plain("grey")]},
    {"type": "divider", "block_id": "line"},
    {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a chart"},
    {"type": "actions", "elements": [button("a"), button("b", value="R12", style="danger")]},
    {
        "type": "actions",
        "elements": [
            {"type": "static_select", "action_id": "s", "options": [option(1)], "initial_option": option(1)},
            {"type": "overflow", "action_id": "o", "options": [option(1), option(2)]},
            {"type": "datepicker", "action_id": "d", "initial_date": "2026-11-24"},
            {"type": "timepicker", "action_id": "t", "initial_time": "08:00"},
        ],
    },
    {"type": "markdown", "text": "# Title"},
    {"type": "table", "rows": [[{"type": "raw_text", "text": "a"}]], "column_settings": [None]},
    {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "hi"}]}],
    },
    {
        "type": "data_visualization",
        "title": "Loss",
        "chart": {"type": "line", "series": [{"name": "loss", "data": [{"label": "1", "value": 0.5}]}]},
    },
    {
        "type": "context_actions",
        "elements": [{"type": "icon_button", "icon": "trash", "text": plain("Delete"), "action_id": "i"}],
    },
]


def test_a_message_of_good_blocks_is_taken() -> None:
    check_message_blocks(GOOD, lambda _reference: True)


def test_a_long_section_is_refused_in_slacks_own_shape() -> None:
    found = [
        "failed to match all allowed schemas [json-pointer:/blocks/0/text]",
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ]
    assert refusal([{"type": "section", "text": mrkdwn("x" * 3001)}]) == {
        "ok": False,
        "error": "invalid_blocks",
        "errors": found,
        "response_metadata": {"messages": [f"[ERROR] {one}" for one in found]},
    }


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({"type": "nope"}, "unsupported type: nope [json-pointer:/blocks/0/type]"),
        ({"type": "alert", "text": plain("x")}, "unsupported type: alert [json-pointer:/blocks/0/type]"),
        ({"type": "section"}, "missing required field: text [json-pointer:/blocks/0]"),
        (
            {"type": "header", "text": mrkdwn("x")},
            "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]",
        ),
        (
            {"type": "header", "text": plain("x" * 151)},
            "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
        ),
        (
            {"type": "section", "fields": [mrkdwn("x" * 2001)]},
            "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]",
        ),
        (
            {"type": "section", "fields": [mrkdwn("x")] * 11},
            "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
        ),
        (
            {"type": "section", "text": mrkdwn("")},
            "must be more than 0 characters [json-pointer:/blocks/0/text/text]",
        ),
        (
            {"type": "actions", "elements": [button(str(n)) for n in range(26)]},
            "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
        ),
        (
            {"type": "actions", "elements": [button(), button()]},
            "`action_id` model.try already exists [json-pointer:/blocks/0/elements/1/action_id]",
        ),
        (
            {"type": "actions", "elements": [button(value="x" * 2001)]},
            "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
        ),
        (
            {"type": "actions", "elements": [button(colour="red")]},
            "invalid additional property: colour [json-pointer:/blocks/0/elements/0/colour]",
        ),
        (
            {"type": "context", "elements": [mrkdwn("x")] * 11},
            "no more than 10 items allowed [json-pointer:/blocks/0/elements]",
        ),
        (
            {"type": "image", "image_url": "https://example.com/a.png"},
            "missing required field: alt_text [json-pointer:/blocks/0]",
        ),
        (
            {"type": "image", "slack_file": {"id": "F0"}, "alt_text": "x"},
            "invalid slack file [json-pointer:/blocks/0/slack_file]",
        ),
        (
            {"type": "section", "text": mrkdwn("x"), "accessory": {"type": "plain_text_input"}},
            "unsupported type: plain_text_input [json-pointer:/blocks/0/accessory/type]",
        ),
        (
            {"type": "markdown", "text": "x" * 12_001},
            "must be less than 12001 characters [json-pointer:/blocks/0/text]",
        ),
    ],
)
def test_what_breaks_a_rule_is_named_with_its_place(block: Block, expected: str) -> None:
    assert expected in problems(block)


def test_block_ids_are_unique_in_a_message() -> None:
    twice = {"type": "divider", "block_id": "line"}
    assert problems(twice, twice) == ["`block_id` line already exists [json-pointer:/blocks/1/block_id]"]


def test_a_message_takes_fifty_blocks_and_no_more() -> None:
    check_message_blocks([{"type": "divider"}] * 50, lambda _reference: True)
    assert problems(*[{"type": "divider"}] * 51) == ["no more than 50 items allowed [json-pointer:/blocks]"]


def test_a_message_takes_one_table() -> None:
    table = {"type": "table", "rows": [[{"type": "raw_text", "text": "a"}]]}
    assert problems(table, table) == ["only_one_table_allowed [json-pointer:/blocks/1]"]


def test_the_text_of_all_blocks_together_is_limited() -> None:
    section = {"type": "section", "text": mrkdwn("x" * 2700)}
    assert refusal([section] * 5) == {"ok": False, "error": "msg_blocks_too_long"}


def test_an_initial_option_is_one_of_the_options() -> None:
    menu = {"type": "static_select", "options": [option(1)], "initial_option": option(2)}
    assert problems({"type": "actions", "elements": [menu]}) == [
        "failed to match all allowed schemas [json-pointer:/blocks/0/elements/0]",
        "initial option is not among the options [json-pointer:/blocks/0/elements/0]",
    ]


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ("x", "invalid_metadata_format"),
        ({"event_type": "hugops"}, "invalid_metadata_schema"),
        ({"event_type": "hugops", "event_payload": {"x": "x" * 16_384}}, "metadata_too_large"),
    ],
)
def test_metadata_has_a_form_and_a_size(metadata: Any, error: str) -> None:
    with pytest.raises(ApiError, match=error):
        check_metadata(metadata)


INPUT: Block = {
    "type": "input",
    "block_id": "name",
    "label": plain("Name"),
    "element": {"type": "plain_text_input", "action_id": "name"},
}
MODAL: Block = {"type": "modal", "title": plain("Form"), "submit": plain("Go"), "blocks": [INPUT]}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"title": plain("x" * 25)}, "must be less than 25 characters [json-pointer:/view/title/text]"),
        (
            {"private_metadata": "x" * 3001},
            "must be less than 3001 characters [json-pointer:/view/private_metadata]",
        ),
        (
            {"blocks": [{"type": "divider"}] * 101},
            "no more than 100 items allowed [json-pointer:/view/blocks]",
        ),
        ({"submit": None}, "missing required field: submit [json-pointer:/view]"),
        (
            {"blocks": [{"type": "markdown", "text": "x"}]},
            "unsupported type: markdown [json-pointer:/view/blocks/0/type]",
        ),
    ],
)
def test_a_modal_has_limits_of_its_own(change: Block, expected: str) -> None:
    check_view(MODAL, "modal", lambda _reference: True)
    assert expected in view_problems({**MODAL, **change})


def test_a_home_has_no_title() -> None:
    home = {"type": "home", "blocks": [], "title": plain("x")}
    assert "invalid additional property: title [json-pointer:/view/title]" in view_problems(home, "home")


def test_file_inputs_are_for_modals() -> None:
    upload = {"type": "input", "label": plain("File"), "element": {"type": "file_input", "action_id": "f"}}
    check_view({**MODAL, "blocks": [upload]}, "modal", lambda _reference: True)
    assert "unsupported type: file_input [json-pointer:/blocks/0/element/type]" in problems(upload)
