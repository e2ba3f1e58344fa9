"""Help: all commands on one page, or one command with its keys and examples."""

from collections.abc import Sequence
from itertools import groupby

from core.blocks.parts import Block, Blocks, context, section
from core.commands import CATALOGUE, HelpEntry
from core.words import escape, shorten

MOST = 2900  # characters in a section; Slack allows 3,000


def build_help(topic: str | None = None, tasks: Sequence[str] = ()) -> tuple[str, Blocks]:
    """Text and blocks about `topic`, a command's name; about everything where there is no such command.

    `tasks` are lines about what models can be used for, where the command takes a `task=`.
    """
    entries = [entry for entry in CATALOGUE if topic and entry.name == topic]
    return _build_topic(entries, tasks) if entries else _build_all()


def _build_all() -> tuple[str, Blocks]:
    blocks: Blocks = [_header("What you can type after /hf")]
    for group, entries in groupby(CATALOGUE, key=lambda entry: entry.group):
        lines = [f"`{escape(entry.usage)}` {escape(entry.summary)}" for entry in entries]
        blocks += _sections(f"*{group}*", lines)
    example = (
        "`/hf help train` shows keys and examples. The same words work after a mention of me, and in a message to me."
    )
    return "What you can type after /hf: " + ", ".join(dict.fromkeys(entry.name for entry in CATALOGUE)), [
        *blocks,
        context(example),
    ]


def _build_topic(entries: Sequence[HelpEntry], tasks: Sequence[str]) -> tuple[str, Blocks]:
    first = entries[0]
    blocks: Blocks = [_header(f"/hf {first.name}")]
    for entry in entries:
        blocks.append(section(f"`/hf {escape(entry.usage)}`\n{escape(entry.summary)}"))
        if entry.keys:
            lines = [
                f"`{key.name}` {escape(key.description)}"
                + (f", {escape(key.range)}" if key.range else "")
                + (f"; {escape(key.standard)} if not given" if key.default is not None else "")
                + f". `{escape(key.typed)}`"
                for key in entry.keys
            ]
            blocks += _sections("*Keys*", lines)
        blocks += _sections("*Examples*", [f"`/hf {escape(example)}`" for example in entry.examples])
    if tasks:
        blocks += _sections("*Tasks*, with what they are given and what they answer", tasks)
    return f"/hf {first.usage}: {first.summary}", [*blocks, context("`/hf help` lists all commands.")]


def _header(text: str) -> Block:
    return {"type": "header", "text": {"type": "plain_text", "text": shorten(text, 150)}}


def _sections(title: str, lines: Sequence[str]) -> Blocks:
    """The lines under a title, in as many sections as Slack's limit asks for."""
    blocks: Blocks = []
    text = title
    for line in lines:
        if len(text) + len(line) > MOST:
            blocks.append(section(text))
            text = line
        else:
            text += f"\n{line}"
    return [*blocks, section(text)]
