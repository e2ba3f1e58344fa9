"""Rules for modals and App Home views."""

import json

from sandbox.workspace.errors import ApiError
from sandbox.workspace.rules.blocks import check_blocks
from sandbox.workspace.rules.checks import Check, Report, array, boolean, one_of, plain_text, record, string
from sandbox.workspace.rules.messages import KnownFile, refuse

MAX_VIEW_BYTES = 250_000
MAX_VIEW_BLOCKS = 100


def _anything(_report: Report, _value: object, _pointer: str) -> None:
    """The blocks: checked on their own."""


_COMMON: dict[str, Check] = {
    "private_metadata": string(3000),
    "callback_id": string(255),
    "external_id": string(255),
}
_FIELDS = {
    "modal": record(
        {"type": one_of("modal"), "title": plain_text(24), "blocks": _anything},
        {
            "submit": plain_text(24),
            "close": plain_text(24),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
            "submit_disabled": boolean,
            **_COMMON,
        },
    ),
    "home": record({"type": one_of("home"), "blocks": _anything}, _COMMON),
}


def check_view(view: object, kind: str, known_file: KnownFile) -> None:
    """Raises `invalid_arguments` or `view_too_large`; `kind` is `modal` or `home`."""
    if not isinstance(view, dict):
        raise refuse("invalid_arguments", ["must provide an object [json-pointer:/view]"])
    if len(json.dumps(view).encode()) > MAX_VIEW_BYTES:
        raise ApiError("view_too_large")
    report = Report("home" if kind == "home" else "modal", known_file)
    _FIELDS[kind](report, view, "/view")
    if report.problems:
        report.problems.insert(0, "failed to match all allowed schemas [json-pointer:/view]")
    blocks = view.get("blocks")
    array(_anything, 0 if kind == "home" else 1, MAX_VIEW_BLOCKS)(report, blocks or [], "/view/blocks")
    if isinstance(blocks, list):
        check_blocks(report, blocks[:MAX_VIEW_BLOCKS], "/view/blocks")
        has_input = any(isinstance(block, dict) and block.get("type") == "input" for block in blocks)
        if kind == "modal" and has_input and not view.get("submit"):
            report.fail("missing required field: submit", "/view")
    if report.problems:
        raise refuse("invalid_arguments", report.problems)
