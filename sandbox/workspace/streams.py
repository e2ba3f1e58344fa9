"""Streaming messages: how the chunks that an app appends become the text and the blocks of one message."""

from collections.abc import Callable, Sequence

from sandbox.documents import Document
from sandbox.workspace.elements import complete_blocks
from sandbox.workspace.errors import ApiError
from sandbox.workspace.rules.messages import MAX_BLOCKS, MAX_TEXT

# A task's title and status are replaced by the next update of it; these two grow.
GROWING = ("details", "output")
# The blocks of all chunks, and those that come with the end of the stream.
MOST_BLOCKS = 2 * MAX_BLOCKS


def is_streaming(message: Document) -> bool:
    return message.get("streaming_state") == "in_progress"


def grow(message: Document, chunks: Sequence[Document]) -> None:
    """Adds the chunks at the end; raises `msg_too_long` or `msg_blocks_too_many` and then changes nothing."""
    blocks: list[Document] = [dict(block) for block in message.get("blocks") or []]
    for chunk in chunks:
        _ADD[chunk["type"]](blocks, chunk, message.get("task_display_mode", "timeline"))
    text = "".join(str(block["text"]) for block in blocks if block["type"] == "markdown")
    if len(text) > MAX_TEXT:
        raise ApiError("msg_too_long")
    if len(blocks) > MOST_BLOCKS:
        raise ApiError("msg_blocks_too_many")
    message |= {"text": text, "blocks": blocks}


def _add_text(blocks: list[Document], chunk: Document, _mode: str) -> None:
    if blocks and blocks[-1]["type"] == "markdown":
        blocks[-1]["text"] += chunk["text"]
    elif chunk["text"]:
        blocks += complete_blocks([{"type": "markdown", "text": chunk["text"]}])


def _add_blocks(blocks: list[Document], chunk: Document, _mode: str) -> None:
    blocks += complete_blocks(chunk["blocks"])


def _plan(blocks: list[Document]) -> Document:
    """The message's one plan, made where there is none yet."""
    for block in blocks:
        if block["type"] == "plan":
            block["tasks"] = [dict(task) for task in block["tasks"]]
            return block
    blocks += complete_blocks([{"type": "plan", "title": "Plan", "tasks": []}])
    return blocks[-1]


def _name_plan(blocks: list[Document], chunk: Document, _mode: str) -> None:
    _plan(blocks)["title"] = chunk["title"]


def _update_task(blocks: list[Document], chunk: Document, mode: str) -> None:
    tasks = _plan(blocks)["tasks"] if mode == "plan" else blocks
    known = next((one for one in tasks if one.get("task_id") == chunk["id"]), None)
    if known is None:
        known = {"type": "task_card", "task_id": chunk["id"]}
        tasks.append(known if mode == "plan" else complete_blocks([known])[0])
        known = tasks[-1]
    known |= {"title": chunk["title"], "status": chunk["status"]}
    for name in GROWING:
        if chunk.get(name):
            known[name] = _rich_text(_plain(known.get(name)) + chunk[name])
    if chunk.get("sources"):
        known["sources"] = [*known.get("sources", []), *chunk["sources"]]


def _rich_text(text: str) -> Document:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}


def _plain(block: Document | None) -> str:
    return str(block["elements"][0]["elements"][0]["text"]) if block else ""


_ADD: dict[str, Callable[[list[Document], Document, str], None]] = {
    "markdown_text": _add_text,
    "blocks": _add_blocks,
    "plan_update": _name_plan,
    "task_update": _update_task,
}
