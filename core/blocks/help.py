"""Help: first steps for a newcomer, all commands on one page, or one command with its keys and examples."""

from collections.abc import Sequence
from itertools import groupby

from core.blocks.parts import Block, Blocks, actions, button, context, section
from core.commands import CATALOGUE, HelpEntry
from core.words import escape, shorten

MOST = 2900  # characters in a section; Slack allows 3,000
LONGEST_OPTION = 75
EVERYTHING = "all"
# The block of the first steps, and the blocks of an answer that leave room for them.
STEPS, MOST_BEFORE = "help.first", 47
# The same under a list that is empty.
LISTED_STEPS = "list.first"
INTRODUCTION = "I find, try, compare, fine-tune, publish and watch models of the Hugging Face Hub, here in Slack."
# What a newcomer presses; the command stands alone, so its form opens.
FIRST_STEPS = {
    "help.search": ("Find a model", "search"),
    "help.run": ("Try one", "run"),
    "help.train": ("Fine-tune one", "train"),
}
ALSO = "`/hf help all` lists every command. The same words work after a mention of me, and in a message to me."


def build_help(topic: str | None = None, tasks: Sequence[str] = ()) -> tuple[str, Blocks]:
    """Text and blocks about `topic`, a command's name or `all`; what to begin with where there is none.

    `tasks` are lines about what models can be used for, where the command takes a `task=`.
    """
    if topic == EVERYTHING:
        return _build_all()
    entries = [entry for entry in CATALOGUE if topic and entry.name == topic]
    return _build_topic(entries, tasks) if entries else _build_start()


def with_first_words(blocks: Blocks) -> Blocks:
    """The first answer in a channel, with a word on the app to those who have not met it yet."""
    if not blocks or any(block.get("block_id") == STEPS for block in blocks):
        return blocks
    others = [block for block in blocks if block.get("block_id") != LISTED_STEPS]
    return [*others[:MOST_BEFORE], {"type": "divider"}, context(f"{INTRODUCTION} {ALSO}"), first_steps()]


def _build_start() -> tuple[str, Blocks]:
    title = "What you can type after /hf"
    return f"{title}: {_all_names()}", [
        _header(title),
        section(INTRODUCTION),
        first_steps(),
        _topics(),
        context(ALSO),
    ]


def first_steps(block_id: str = STEPS) -> Block:
    """What a newcomer presses, in one row."""
    return actions(block_id, *(button(action, label, line) for action, (label, line) in FIRST_STEPS.items()))


def _topics() -> Block:
    """Every command to choose from, by its group; a word that goes with two kinds of things once."""
    words: dict[str, HelpEntry] = {}
    for entry in CATALOGUE:
        words.setdefault(entry.name, entry)
    groups = [
        {"label": _plain(group), "options": [_option(entry) for entry in entries]}
        for group, entries in groupby(words.values(), key=lambda entry: entry.group)
    ]
    menu: Block = {
        "type": "static_select",
        "action_id": "help.topic",
        "placeholder": _plain("Explain a command"),
        "option_groups": groups,
    }
    return actions("help.topics", menu)


def _option(entry: HelpEntry) -> Block:
    return {"text": _plain(entry.usage), "value": entry.name}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": shorten(text, LONGEST_OPTION)}


def _all_names() -> str:
    return ", ".join(dict.fromkeys(entry.name for entry in CATALOGUE))


def _build_all() -> tuple[str, Blocks]:
    blocks: Blocks = [_header("What you can type after /hf")]
    for group, entries in groupby(CATALOGUE, key=lambda entry: entry.group):
        lines = [f"`{escape(entry.usage)}` {escape(entry.summary)}" for entry in entries]
        blocks += _sections(f"*{group}*", lines)
    example = (
        "`/hf help train` shows keys and examples. The same words work after a mention of me, and in a message to me."
    )
    return f"What you can type after /hf: {_all_names()}", [*blocks, context(example)]


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
    return f"/hf {first.usage}: {first.summary}", [*blocks, _topics(), context("`/hf help all` lists every command.")]


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
