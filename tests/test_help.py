"""Help, and words for Slack: what is shown of the grammar and of what people typed."""

import subprocess
import sys

import pytest

from core import commands
from core.blocks.help import build_help, with_first_words
from core.blocks.suggestions import build_suggestions
from core.commands import CATALOGUE
from core.errors import Suggestion
from core.words import count, duration, escape, link, quote, size
from sandbox.workspace.rules.messages import check_message_blocks


@pytest.mark.parametrize("topic", [None, "nothing", *dict.fromkeys(entry.name for entry in CATALOGUE)])
def test_help_fits_into_a_message_and_begins_with_a_headline(topic: str | None) -> None:
    text, blocks = build_help(topic)
    sections = [block["text"]["text"] for block in blocks if block["type"] == "section"]
    assert blocks[0]["type"] == "header"
    assert len(blocks) <= 50
    assert max(map(len, sections)) < 3000
    assert "\n" not in text


def test_help_on_a_command_shows_its_keys_with_range_and_default() -> None:
    _, blocks = build_help("train")
    shown = "\n".join(block["text"]["text"] for block in blocks if "text" in block)
    assert "`lr` learning rate; else what fits base and rows, 1e-7 to 1. `lr=2e-5`" in shown
    assert [
        entry.name for entry in CATALOGUE if f"`{entry.usage}`" not in commands.commands_table().replace("\\", "")
    ] == []


def test_the_grammar_brings_in_nothing_slow() -> None:
    code = "import sys, core.commands; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {"dateparser", "slack_bolt", "huggingface_hub", "torch"} & set(loaded) == set()


def test_words_for_slack_are_as_people_write_them() -> None:
    assert [count(number) for number in (0, 999, 12_400, 999_999, 7.2e9)] == ["0", "999", "12.4k", "1M", "7.2B"]
    assert [size(number) for number in (12, 91e6, 999.9e6)] == ["12 B", "91 MB", "1 GB"]
    assert [duration(seconds) for seconds in (5, 240, 7200, 400_000)] == ["5 s", "4 min", "2.0 h", "4.6 days"]


def test_what_somebody_typed_cannot_leave_its_place() -> None:
    assert escape("<!here> & <@U1>") == "&lt;!here&gt; &amp; &lt;@U1&gt;"
    assert quote("a`b\n*c* <!here>") == "`a b *c* &lt;!here&gt;`"
    assert quote("x" * 99) == f"`{'x' * 39}…`"
    assert link("http://a/?b|c>", "x|>") == "<http://a/?b%7Cc%3E|x¦&gt;>"


def test_a_newcomer_gets_three_first_steps_and_every_command_to_choose_from() -> None:
    _, blocks = build_help()
    steps = next(block for block in blocks if block.get("block_id") == "help.first")
    (menu,) = next(block for block in blocks if block.get("block_id") == "help.topics")["elements"]
    assert [(step["action_id"], step["value"]) for step in steps["elements"]] == [
        ("help.search", "search"),
        ("help.run", "run"),
        ("help.train", "train"),
    ]
    chosen = [option["value"] for group in menu["option_groups"] for option in group["options"]]
    assert chosen == list(dict.fromkeys(entry.name for entry in CATALOGUE))
    assert len(blocks) <= 5


@pytest.mark.parametrize("topic", [None, "all", *dict.fromkeys(entry.name for entry in CATALOGUE)])
def test_help_and_first_words_keep_slacks_rules(topic: str | None) -> None:
    _, blocks = build_help(topic)
    check_message_blocks(blocks, lambda _reference: True)
    check_message_blocks(with_first_words(blocks[:47]), lambda _reference: True)


def test_all_commands_stand_on_one_page() -> None:
    _, blocks = build_help("all")
    shown = "\n".join(block["text"]["text"] for block in blocks if "text" in block)
    assert [entry.usage for entry in CATALOGUE if f"`{escape(entry.usage)}`" not in shown] == []


def test_suggestions_keep_slacks_rules() -> None:
    shown = build_suggestions([Suggestion("w" * 200, "l" * 2000) for _ in range(9)])
    check_message_blocks(shown, lambda _reference: True)
    assert {button["action_id"] for row in shown for button in row["elements"]} == {"command.run"}
