"""A command that a kill cut off is told after the restart, and asked again by a press."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from huggingface_hub import HfApi

from core.answers import Caller
from core.blocks.suggestions import build_interrupted
from core.store import Database, unanswered
from world import driver, hub_content

pytestmark = pytest.mark.story
TRAIN = "train acme/tiny-bert on acme/made-up-reviews"


@pytest.fixture(scope="module")
def hub(workspace: driver.Sandbox, tmp_path_factory: pytest.TempPathFactory) -> None:
    api = HfApi(endpoint=workspace.ready["hub_endpoint"], token=workspace.ready["hub_token"])
    hub_content.upload(api, "model", "acme/tiny-bert", hub_content.tiny_bert(tmp_path_factory.mktemp("bert")))
    hub_content.upload(api, "dataset", "acme/made-up-reviews", hub_content.review_dataset())
    workspace.call("command", user="cy", channel="ml", command="/invite", text="@hugops")


def waiting(bot: driver.Bot) -> list[str]:
    """The commands that are being answered."""
    with closing(sqlite3.connect(f"file:{bot.home}/hugops.db?mode=ro", uri=True)) as database:
        return [line for (line,) in database.execute("SELECT line FROM unanswered")]


def cut_off(running: driver.Sandbox, bot: driver.Bot) -> None:
    """The bot is killed while it answers, and starts again."""
    driver.wait_for(lambda: waiting(bot), 20, "a command that is being answered")
    bot.kill()
    bot.start()
    driver.wait_for(lambda: driver.answers(running), 40, "the bot's return")


def test_who_typed_a_command_that_a_kill_cut_off_hears_so_and_asks_again(
    workspace: driver.Sandbox, hugops: driver.Bot, hub: None
) -> None:
    workspace.command("ana", TRAIN)
    cut_off(workspace, hugops)
    told = workspace.wait_text("I was restarted before", "ana")
    assert told["text"].endswith("was answered. Press Ask again.")
    assert all("I was restarted" not in text for text in workspace.texts("bo", "general"))
    workspace.click("ana", told, "command.run")
    workspace.wait_text("rows: train", "ana", seconds=90)
    assert all("I was restarted" not in text for text in workspace.texts("ana", "general"))
    assert waiting(hugops) == []


def test_in_a_thread_everybody_hears_it_and_reads_the_answer_of_the_press(
    workspace: driver.Sandbox, hugops: driver.Bot, hub: None
) -> None:
    thread = workspace.call("message", user="ana", channel="ml", text=f"hey @hugops, please {TRAIN}")["ts"]
    cut_off(workspace, hugops)

    def said(part: str) -> dict[str, str] | None:
        seen = workspace.messages("bo", "ml", thread)
        return next((each for each in seen if part in each["text"] and each["ts"] != thread), None)

    told = driver.wait_for(lambda: said("I was restarted before"), 30)
    workspace.click("ana", told, "command.run", "ml")
    driver.wait_for(lambda: len(workspace.messages("ana", "ml", thread)) > 2, 90, "the plan")


def test_what_is_answered_is_no_longer_kept_and_what_was_begun_later_is_nobodys_past(tmp_path: Path) -> None:
    database = Database(tmp_path / "hugops.db")
    caller = Caller("U1", "C1", thread="1.0", message="1.0", files=({"id": "F1"},))
    with unanswered.kept(database, caller, "tokenize gpt2 hi"):
        (entry,) = unanswered.left(database, before=float("inf"))
        assert unanswered.left(database, before=0.0) == []
    assert (entry.line, entry.has_files, entry.caller) == (
        "tokenize gpt2 hi",
        True,
        Caller("U1", "C1", thread="1.0", message="1.0"),
    )
    assert unanswered.left(database, before=float("inf")) == []
    with pytest.raises(ZeroDivisionError), unanswered.kept(database, caller, "search bert"):
        raise ZeroDivisionError
    assert unanswered.left(database, before=float("inf")) == []
    database.close()


@pytest.mark.parametrize(
    ("line", "has_files", "ends", "buttons"),
    [
        ("compare a/b c/d hi", False, "Press Ask again.", 1),
        ("compare a/b c/d", True, "Send the files again with the command.", 0),
        ("tokenize gpt2 " + "x" * 2000, False, "Type it again.", 0),
    ],
)
def test_what_can_be_asked_again_by_a_press_has_a_button(line: str, has_files: bool, ends: str, buttons: int) -> None:
    text, blocks = build_interrupted(line, has_files=has_files)
    assert text.endswith(ends)
    assert len(blocks) == 1 + buttons
