"""Slack and the line to it on a bad day: slow, refusing, broken; and in the end everything stands there once."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from world import driver, hub_content
from world.desk import Desk

pytestmark = pytest.mark.story
BASE, DATA = "acme/tiny-bert", "acme/made-up-reviews"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """R1 is trained while every kind of fault happens once; nothing else does."""
    folder = tmp_path_factory.mktemp("desk")
    with driver.sandbox(folder / "sandbox", "--empty") as running, driver.bot(running, folder / "home") as bot:
        desk = Desk(running, bot, "")
        hub_content.upload(desk.api, "model", BASE, hub_content.tiny_bert(folder / "bert"))
        hub_content.upload(desk.api, "dataset", DATA, hub_content.review_dataset())
        plan = desk.plan(f"train {BASE} on {DATA} epochs=8 lr=2e-3 batch=16")
        # The card is written, and Slack's answer does not come before the bot gives up waiting for it.
        fault(desk, "hang", method="chat.postMessage", count=1, seconds=17)
        fault(desk, "server_error", method="chat.update", count=2)
        running.click("ana", plan, "run.start")
        driver.wait_for(lambda: running.about("R1"), 30, "the card")
        fault(desk, "rate_limit", method="chat.postMessage", count=2, seconds=1)
        fault(desk, "server_error", method="chat.postMessage", count=2)
        fault(desk, "rate_limit", method="chat.update", count=2, seconds=1)
        fault(desk, "drop_socket", count=1)
        driver.wait_for(lambda: driver.answers(running), 20, "the socket's return")
        fault(desk, "refuse_connection", seconds=2)
        yield desk


def fault(desk: Desk, kind: str, **more: Any) -> None:
    answer = desk.running.call("faults", kind=kind, **more)
    assert answer["ok"], answer


def posted(desk: Desk) -> list[dict[str, Any]]:
    """Everything of the bot in the channel and in the card's thread."""
    (card,) = desk.running.about("R1")
    thread = desk.running.messages("cy", "ml", card["ts"])
    return [message for message in thread if message.get("bot_id")]


def rows(home: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{home}/hugops.db?mode=ro", uri=True)) as database:
        return database.execute(query).fetchall()


def test_commands_are_answered_again_after_the_socket_broke(desk: Desk) -> None:
    driver.wait_for(lambda: driver.answers(desk.running), 20, "an answer")
    assert desk.hear("bo", "R99", "general") == ["There is no run R99. `/hf runs` lists those there are."]


def test_the_card_tells_the_end_and_stands_there_once(desk: Desk) -> None:
    desk.running.wait_state("R1", "succeeded", seconds=150)
    (card,) = desk.running.about("R1")
    assert ":white_check_mark: *R1" in str(card["blocks"])
    assert "run.publish" in str(card["blocks"])


def test_every_message_that_was_meant_stands_there_once(desk: Desk) -> None:
    desk.running.wait_state("R1", "succeeded", seconds=150)
    waiting = "SELECT 1 FROM deliveries WHERE status != 'sent'"
    driver.wait_for(lambda: not rows(desk.bot.home, waiting), 60, "everything sent")
    there = posted(desk)
    assert {ts for (ts,) in rows(desk.bot.home, "SELECT ts FROM messages")} == {message["ts"] for message in there}
    texts = Counter(message["text"] for message in there)
    assert [text for text, times in texts.items() if times > 1] == []
    assert "Attempt 1 started." in texts
    assert sum("R1 is done" in text for text in texts) == 1


def test_the_faults_have_all_happened(desk: Desk) -> None:
    desk.running.wait_state("R1", "succeeded", seconds=150)
    calls = desk.running.get("calls")["calls"]
    answers = Counter((call["method"], call["answer"].get("error")) for call in calls if not call["answer"]["ok"])
    assert answers["chat.postMessage", "ratelimited"] == 2
    assert answers["chat.postMessage", "internal_error"] == 2
    assert answers["chat.update", "ratelimited"] == 2
    assert answers["chat.update", "internal_error"] == 2
    assert any(call["method"] == "conversations.history" for call in calls)  # was it sent before the line hung?


def test_an_answer_that_slack_refuses_for_a_while_is_said_in_words(desk: Desk) -> None:
    fault(desk, "server_error", method="chat.getPermalink", count=1)
    assert desk.hear("bo", "R1", "ml-releases") == ["Slack refused that (internal_error). Try again in a minute."]
    assert desk.hear("bo", "R1", "ml-releases")[0].startswith("R1 · ")


@pytest.mark.parametrize("kind", ["rate_limit", "server_error"])
def test_a_note_that_slack_does_not_take_just_now_comes_a_little_later(desk: Desk, kind: str) -> None:
    before = desk.running.texts("ana")
    fault(desk, kind, method="chat.postEphemeral", count=2, seconds=1)
    for words in ("srch", "hlep"):
        desk.running.call("message", user="ana", channel="ml", text=f"<@{desk.running.ready['bot_user_id']}> {words}")

    def look() -> list[str]:
        new = desk.running.texts("ana")[len(before) :]
        return sorted(text for text in new if "is not a command" in text)

    driver.wait_for(lambda: len(look()) == 2, 20, "two notes")
    assert [text.split()[0] for text in look()] == ["`hlep`", "`srch`"]
    assert "a note for" not in desk.bot.log.read_text()
    assert "incident" not in desk.bot.log.read_text()


def test_a_bot_that_starts_while_the_socket_is_refused_comes_up_later(desk: Desk) -> None:
    desk.bot.stop()
    fault(desk, "refuse_connection", seconds=4)
    desk.bot.start()
    driver.wait_for(lambda: driver.answers(desk.running), 40, "an answer")
    assert "no socket to Slack yet" in desk.bot.log.read_text()
    assert "incident" not in desk.bot.log.read_text()
