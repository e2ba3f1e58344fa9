"""Rules for the chunks of a streaming message: text, tasks, the plan's title, blocks."""

from sandbox.documents import Document
from sandbox.workspace.errors import ApiError
from sandbox.workspace.rules.blocks import check_blocks
from sandbox.workspace.rules.checks import (
    MARKDOWN_LIMIT,
    TYPE,
    URL,
    Check,
    Report,
    array,
    by_type,
    one_of,
    record,
    string,
)
from sandbox.workspace.rules.messages import MAX_BLOCKS, KnownFile, refuse

TASK_TEXT = 256
_SOURCE = record({"type": one_of("url"), "url": URL}, {"text": string(255, 1), "icon_url": URL})


def _anything(_report: Report, _value: object, _pointer: str) -> None:
    """The blocks: checked on their own."""


_TASK: dict[str, Check] = {
    "type": TYPE,
    "id": string(255, 1),
    "title": string(TASK_TEXT, 1),
    "status": one_of("pending", "in_progress", "complete", "error"),
}
CHUNK = by_type(
    {
        "markdown_text": record({"type": TYPE, "text": string(MARKDOWN_LIMIT)}),
        "task_update": record(
            _TASK, {"details": string(TASK_TEXT), "output": string(TASK_TEXT), "sources": array(_SOURCE, 0)}
        ),
        "plan_update": record({"type": TYPE, "title": string(TASK_TEXT, 1)}),
        "blocks": record({"type": TYPE, "blocks": array(_anything, 0)}),
    }
)


def check_chunks(chunks: object, known_file: KnownFile) -> list[Document]:
    """The chunks, when they are some. Raises `invalid_chunks`, `invalid_blocks` or `msg_blocks_too_many`."""
    report = Report("message", known_file)
    array(CHUNK, 0)(report, chunks, "/chunks")
    if report.problems or not isinstance(chunks, list):
        raise refuse("invalid_chunks", report.problems)
    for index, chunk in enumerate(chunks):
        blocks = chunk.get("blocks", [])
        if len(blocks) > MAX_BLOCKS:
            raise ApiError("msg_blocks_too_many")
        check_blocks(report, blocks, f"/chunks/{index}/blocks")
    if report.problems:
        raise refuse("invalid_blocks", report.problems)
    return chunks
