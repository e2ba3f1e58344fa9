"""Rules for a whole message: text, blocks, attachments, metadata."""

import json
from collections.abc import Callable, Mapping

from sandbox.workspace.errors import ApiError
from sandbox.workspace.rules.blocks import check_blocks
from sandbox.workspace.rules.checks import Report

MAX_BLOCKS = 50
MAX_BLOCK_CHARACTERS = 13_200
MAX_ATTACHMENTS = 100
MAX_TEXT = 40_000
MAX_UPDATED_TEXT = 4_000
MAX_METADATA_BYTES = 16_384
KnownFile = Callable[[Mapping[str, str]], bool]


def refuse(error: str, problems: list[str]) -> ApiError:
    """Slack's answer to a payload with these problems."""
    return ApiError(
        error,
        errors=problems,
        response_metadata={"messages": [f"[ERROR] {problem}" for problem in problems]},
    )


def check_message_blocks(blocks: object, known_file: KnownFile) -> None:
    """Raises `invalid_blocks_format`, `invalid_blocks` or `msg_blocks_too_long`."""
    if not isinstance(blocks, list):
        raise ApiError("invalid_blocks_format")
    report = Report("message", known_file)
    if len(blocks) > MAX_BLOCKS:
        report.fail(f"no more than {MAX_BLOCKS} items allowed", "/blocks")
    check_blocks(report, blocks[:MAX_BLOCKS], "/blocks")
    if report.problems:
        raise refuse("invalid_blocks", report.problems)
    if report.characters > MAX_BLOCK_CHARACTERS:
        raise ApiError("msg_blocks_too_long")


def check_attachments(attachments: object, known_file: KnownFile) -> None:
    """Raises `too_many_attachments` or `invalid_attachments`."""
    if not isinstance(attachments, list) or not all(isinstance(one, dict) for one in attachments):
        raise ApiError("invalid_attachments")
    if len(attachments) > MAX_ATTACHMENTS:
        raise ApiError("too_many_attachments")
    for index, attachment in enumerate(attachments):
        report = Report("message", known_file)
        blocks = attachment.get("blocks") or []
        if isinstance(blocks, list):
            check_blocks(report, blocks, f"/attachments/{index}/blocks")
        else:
            report.fail("must provide an array", f"/attachments/{index}/blocks")
        if report.problems:
            raise refuse("invalid_attachments", report.problems)


def check_metadata(metadata: object) -> None:
    """Raises `invalid_metadata_format`, `invalid_metadata_schema` or `metadata_too_large`."""
    if not isinstance(metadata, dict):
        raise ApiError("invalid_metadata_format")
    payload = metadata.get("event_payload")
    event_type = metadata.get("event_type")
    if not isinstance(event_type, str) or not event_type or not isinstance(payload, dict):
        raise ApiError("invalid_metadata_schema")
    if set(metadata) - {"event_type", "event_payload", "entities"}:
        raise ApiError("invalid_metadata_schema")
    if len(json.dumps(metadata).encode()) > MAX_METADATA_BYTES:
        raise ApiError("metadata_too_large")
