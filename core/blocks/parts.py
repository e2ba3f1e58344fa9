"""The few Block Kit shapes that every card is made of."""

from collections.abc import Sequence
from typing import Any

from core.words import escape, link

# Slack takes no longer text in a section, and no longer value of a button.
SECTION_CHARACTERS, VALUE_CHARACTERS = 3000, 2000
Block = dict[str, Any]
Blocks = list[Block]
# A form, or App Home.
View = dict[str, Any]


def section(text: str) -> Block:
    """A section of mrkdwn; cut at Slack's 3,000 characters."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:SECTION_CHARACTERS]}}


def sections(lines: Sequence[str]) -> Blocks:
    """A list as few sections, none of which is cut in the middle of a line."""
    packed: list[str] = []
    for line in lines:
        if packed and len(packed[-1]) + 1 + len(line) <= SECTION_CHARACTERS:
            packed[-1] += f"\n{line}"
        else:
            packed.append(line)
    return [section(text) for text in packed]


def context(text: str) -> Block:
    """One small grey line."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text[:SECTION_CHARACTERS]}]}


def picture(file: str, alt: str, title: str = "") -> Block:
    """A picture: `file` is an uploaded file's id, or `@name` until it is uploaded; `alt` tells what it shows."""
    shown: Block = {"type": "image", "slack_file": {"id": file}, "alt_text": (alt or "a picture")[:2000]}
    return shown | ({"title": {"type": "plain_text", "text": title[:2000]}} if title else {})


def without_pictures(blocks: Sequence[Block]) -> Blocks:
    """The same with each picture told in words, where Slack does not show it."""
    return [
        context(f"_A picture, which Slack does not show here: {escape(block['alt_text'])}_")
        if "slack_file" in block
        else block
        for block in blocks
    ]


def actions(block_id: str, *buttons: Block) -> Block:
    return {"type": "actions", "block_id": block_id, "elements": list(buttons)}


def with_button(blocks: Sequence[Block], shown: Block) -> Blocks:
    """The answer with one more button for the whole of it: in its last row, unless that is about one hit of a list.

    One grey line may stand under the row.
    """
    at = len(blocks) - (2 if len(blocks) > 1 and blocks[-1]["type"] == "context" else 1)
    row = blocks[at]
    takes_more = row["type"] == "actions" and not row.get("block_id", "").startswith("hit:")
    # What stops something stays the last of its row.
    if takes_more and row["elements"][-1].get("style") != "danger":
        return [*blocks[:at], row | {"elements": [*row["elements"], shown]}, *blocks[at + 1 :]]
    return [*blocks[:49], actions("answer.more", shown)]


def button(action: str, label: str, value: str, style: str | None = None, ask: str = "") -> Block:
    """A button whose value names the thing; `style` is primary or danger, `ask` what has to be confirmed first."""
    shown: Block = {
        "type": "button",
        "action_id": action,
        "value": value,
        "text": {"type": "plain_text", "text": label},
        "accessibility_label": f"{label} {value}"[:75],
    }
    if ask:
        shown["confirm"] = {
            "title": {"type": "plain_text", "text": f"{label} {value}?"},
            "text": {"type": "plain_text", "text": ask},
            "confirm": {"type": "plain_text", "text": label},
            "deny": {"type": "plain_text", "text": "Back"},
        } | ({"style": style} if style else {})
    return shown | ({"style": style} if style else {})


def link_button(action: str, label: str, url: str) -> Block:
    """A button that opens a page."""
    return {"type": "button", "action_id": action, "url": url, "text": {"type": "plain_text", "text": label}}


def repo_link(part: dict[str, Any]) -> str:
    """`org/name@3fa9c1e` for a `{repo, revision, url}` of a recipe, as a link where there is a url."""
    name = f"{part['repo']}@{str(part['revision'])[:7]}"
    return link(part["url"], name) if part.get("url") else escape(name)


def table(rows: Sequence[tuple[str, ...]]) -> str:
    """Rows of equally many cells in columns, as preformatted text."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return code(
        ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    )


def code(lines: list[str]) -> str:
    """A preformatted block that its content cannot end."""
    return "```" + escape("\n".join(lines).replace("```", "'''"))[:2600] + "```"
