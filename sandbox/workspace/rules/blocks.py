"""Rules for each block, and for a list of blocks: surfaces, unique ids, tables, the size of the whole."""

from collections.abc import Mapping

from sandbox.documents import Document
from sandbox.workspace.rules.checks import (
    FLAG,
    MARKDOWN_LIMIT,
    TYPE,
    URL,
    Check,
    Report,
    Rule,
    array,
    both,
    by_type,
    integer,
    matching,
    number,
    one_of,
    plain_text,
    record,
    string,
    text_object,
)
from sandbox.workspace.rules.elements import (
    IMAGE,
    IN_ACTIONS,
    IN_CONTEXT_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    SLACK_FILE,
    element_of,
    one_picture,
)
from sandbox.workspace.rules.rich_text import RICH_TEXT

BLOCK_ID = string(255, 1)

TABLE_CHARACTERS = 10_000


def _block(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    return record({"type": TYPE, **required}, {"block_id": BLOCK_ID, **(optional or {})})


def _unique_actions(elements_of: Check) -> Check:
    def unique(report: Report, block: Document, pointer: str) -> None:
        names: set[str] = set()
        for index, element in enumerate(block["elements"]):
            name = element.get("action_id")
            if name in names:
                report.fail(
                    f"`action_id` {name} already exists",
                    f"{pointer}/elements/{index}/action_id",
                )
            names |= {name} if name else set()

    return both(elements_of, unique)


def _section_has_content(report: Report, block: Document, pointer: str) -> None:
    if not block.get("text") and not block.get("fields"):
        report.fail("missing required field: text", pointer)


def _input_dispatch(report: Report, block: Document, pointer: str) -> None:
    if block["element"]["type"] == "file_input" and block.get("dispatch_action"):
        report.fail("dispatch_action is not allowed with file_input", f"{pointer}/dispatch_action")


def _markdown_total(report: Report, block: Document, pointer: str) -> None:
    report.markdown_characters += len(block["text"])
    if report.markdown_characters > MARKDOWN_LIMIT:
        report.fail(f"must be less than {MARKDOWN_LIMIT + 1} characters", f"{pointer}/text")


def _table_total(report: Report, block: Document, pointer: str) -> None:
    report.counts["table"] = report.counts.get("table", 0) + 1
    if report.counts["table"] > 1:
        report.fail("only_one_table_allowed", pointer)
    if sum(len(cell.get("text") or "") for row in block["rows"] for cell in row) > TABLE_CHARACTERS:
        report.fail(f"must be less than {TABLE_CHARACTERS + 1} characters", f"{pointer}/rows")


def _limited(kind: str, maximum: int) -> Rule:
    def check(report: Report, _block: Document, pointer: str) -> None:
        report.counts[kind] = report.counts.get(kind, 0) + 1
        if report.counts[kind] > maximum:
            report.fail(f"no more than {maximum} {kind} blocks allowed", pointer)

    return check


def _nullable(inner: Check) -> Check:
    return lambda report, value, pointer: None if value is None else inner(report, value, pointer)


CELL = matching(
    by_type(
        {
            "raw_text": record({"type": TYPE, "text": string(3000, 1, counted=True)}),
            "raw_number": record({"type": TYPE, "value": number}, {"text": string(3000, counted=True)}),
            "rich_text": RICH_TEXT,
        }
    )
)
COLUMN = record({}, {"align": one_of("left", "center", "right"), "is_wrapped": FLAG})
_POINT = record({"label": string(20, 1), "value": number})
_SERIES = record({"name": string(20, 1), "data": array(_POINT, 1, 20)})
_AXES = record({}, {"categories": array(string(20, 1), 1, 20), "x_label": string(50), "y_label": string(50)})
_PLOT = record({"type": TYPE, "series": array(_SERIES, 1, 6)}, {"axis_config": _AXES})
CHART = matching(
    by_type(
        {
            **dict.fromkeys(("line", "bar", "area"), _PLOT),
            "pie": record({"type": TYPE, "segments": array(_POINT, 1, 6)}),
        }
    )
)
TASK_CARD = record(
    {"task_id": string(255, 1), "title": string(255, 1, counted=True)},
    {
        "type": one_of("task_card"),
        "block_id": BLOCK_ID,
        "status": one_of("pending", "in_progress", "complete", "error"),
        "details": RICH_TEXT,
        "output": RICH_TEXT,
        "sources": array(record({"type": one_of("url"), "url": URL, "text": string(255, 1)}), 0),
    },
)


def _card_has_content(report: Report, block: Document, pointer: str) -> None:
    if not any(block.get(name) for name in ("hero_image", "title", "actions", "body")):
        report.fail("must provide one of hero_image, title, actions, body", pointer)


CARD = both(
    _block(
        {},
        {
            "hero_image": IMAGE,
            "icon": IMAGE,
            "title": text_object(150),
            "subtitle": text_object(150),
            "body": text_object(200),
            "actions": array(element_of(("button",)), 1, 3),
        },
    ),
    _card_has_content,
)
IN_CONTAINER = ("actions", "context", "divider", "header", "image", "input", "rich_text", "section", "table")


def _child_blocks(report: Report, value: object, pointer: str) -> None:
    array(matching(by_type(BLOCKS, (*IN_CONTAINER, "video"))), 1, 10)(report, value, pointer)


BLOCKS: dict[str, Check] = {
    "section": both(
        _block(
            {},
            {
                "text": text_object(3000),
                "fields": array(text_object(2000), 1, 10),
                "accessory": element_of(IN_SECTION),
                "expand": FLAG,
            },
        ),
        _section_has_content,
    ),
    "header": _block({"text": plain_text(150)}, {"level": integer(1, 4)}),
    "divider": _block({}),
    "context": _block(
        {
            "elements": array(
                matching(
                    by_type(
                        {
                            "image": IMAGE,
                            "plain_text": text_object(3000),
                            "mrkdwn": text_object(3000),
                        }
                    )
                ),
                1,
                10,
            )
        }
    ),
    "image": both(
        _block(
            {"alt_text": string(2000, 1)},
            {"image_url": URL, "slack_file": SLACK_FILE, "title": plain_text(2000)},
        ),
        one_picture,
    ),
    "actions": _unique_actions(_block({"elements": array(element_of(IN_ACTIONS), 1, 25)})),
    "context_actions": _unique_actions(_block({"elements": array(element_of(IN_CONTEXT_ACTIONS), 1, 5)})),
    "input": both(
        _block(
            {"label": plain_text(2000), "element": element_of(IN_INPUT)},
            {"hint": plain_text(2000), "optional": FLAG, "dispatch_action": FLAG},
        ),
        _input_dispatch,
    ),
    "rich_text": RICH_TEXT,
    "markdown": both(_block({"text": string(MARKDOWN_LIMIT, 1, counted=True)}), _markdown_total),
    "video": _block(
        {"video_url": URL, "thumbnail_url": URL, "alt_text": string(2000, 1), "title": plain_text(199)},
        {
            "title_url": URL,
            "author_name": string(49),
            "provider_name": string(200),
            "provider_icon_url": URL,
            "description": plain_text(200),
        },
    ),
    "table": both(
        _block(
            {"rows": array(array(CELL, 1, 20), 1, 100)},
            {"column_settings": array(_nullable(COLUMN), 0, 20)},
        ),
        _table_total,
    ),
    "data_table": both(
        _block(
            {"caption": string(255, 1), "rows": array(array(CELL, 1, 20), 2, 101)},
            {"page_size": integer(1, 100), "row_header_column_index": integer(0, 19)},
        ),
        _table_total,
    ),
    "data_visualization": both(_block({"title": string(50, 1), "chart": CHART}), _limited("data_visualization", 2)),
    "alert": _block({"text": text_object(200)}, {"level": one_of("default", "info", "warning", "error", "success")}),
    "card": CARD,
    "carousel": _block({"elements": array(matching(by_type({"card": CARD})), 1, 10)}),
    "container": _block(
        {"child_blocks": _child_blocks},
        {
            "title": plain_text(150),
            "rich_text_title": RICH_TEXT,
            "subtitle": plain_text(150),
            "width": one_of("narrow", "standard", "wide", "full"),
            "icon": IMAGE,
            "is_collapsible": FLAG,
            "default_collapsed": FLAG,
            "has_header_divider": FLAG,
        },
    ),
    "plan": both(_block({"title": string(255, 1, counted=True)}, {"tasks": array(TASK_CARD, 0)}), _limited("plan", 1)),
    "task_card": TASK_CARD,
}
_EVERYWHERE = ("section", "header", "divider", "context", "image", "actions", "input", "rich_text", "video")
SURFACES: dict[str, tuple[str, ...]] = {
    "message": tuple(kind for kind in BLOCKS if kind != "alert"),
    "modal": (*_EVERYWHERE, "alert"),
    "home": (*_EVERYWHERE, "card", "carousel", "container", "data_visualization"),
}


def check_blocks(report: Report, blocks: list[object], pointer: str) -> None:
    """Checks each block and that their ids are unique; how many there may be is the caller's rule."""
    check = by_type(BLOCKS, SURFACES[report.surface])
    for index, block in enumerate(blocks):
        at = f"{pointer}/{index}"
        check(report, block, at)
        block_id = block.get("block_id") if isinstance(block, dict) else None
        if block_id in report.block_ids:
            report.fail(f"`block_id` {block_id} already exists", f"{at}/block_id")
        elif isinstance(block_id, str):
            report.block_ids.add(block_id)
