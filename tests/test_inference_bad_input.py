"""What goes wrong when models are tried in chat: one sentence with a way on, no ping, nothing left, and it goes on."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from huggingface_hub import HfApi

from world import driver, hub_content, writers

pytestmark = [pytest.mark.story, pytest.mark.xdist_group("inference_bad_input")]
# Long enough to be looked at, stopped and cut off.
LONG = "max_new_tokens=450"
GAP = '"the film is [MASK]"'


class Room:
    """A workspace with a bot that is in #ml, on whose Hub are good models and bad ones."""

    def __init__(self, running: driver.Sandbox, bot: driver.Bot) -> None:
        self.running, self.bot = running, bot
        self.api = HfApi(endpoint=running.ready["hub_endpoint"], token=running.ready["hub_token"])

    def put(self, name: str, files: dict[str, bytes]) -> None:
        hub_content.upload(self.api, "model", name, files)

    def mention(self, text: str, user: str = "ana", thread: str = "") -> str:
        more = {"thread_ts": thread} if thread else {}
        return str(self.running.call("message", user=user, channel="ml", text=f"@hugops {text}", **more)["ts"])

    def replies(self, thread: str, user: str = "ana") -> list[dict[str, Any]]:
        return [each for each in self.running.messages(user, "ml", thread) if each.get("bot_id")]

    def wait_reply(self, thread: str, part: str) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            said = self.replies(thread)
            return next((each for each in said if part in json.dumps(each, ensure_ascii=False)), None)

        return driver.wait_for(look, 60, lambda: f"{part!r}; there is {self.replies(thread)}")

    def open_tries(self) -> int:
        with closing(sqlite3.connect(f"file:{self.bot.home}/hugops.db?mode=ro", uri=True)) as database:
            return int(database.execute("SELECT COUNT(*) FROM tries WHERE state = 'open'").fetchone()[0])

    def left(self) -> list[str]:
        """What lies in the scratch folder."""
        return [path.name for path in (self.bot.home / "tries").glob("*")]


def changed(files: dict[str, bytes], **config: Any) -> dict[str, bytes]:
    return files | {"config.json": json.dumps(json.loads(files["config.json"]) | config).encode()}


def loud(files: dict[str, bytes]) -> dict[str, bytes]:
    """A writer whose every word would ping, link or end its fence."""
    tokenizer = json.loads(files["tokenizer.json"])
    signs = ("<http://evil.example|", "```", "<!channel>", "*_~")
    vocabulary = tokenizer["model"]["vocab"]
    tokenizer["model"]["vocab"] = {
        word if word.startswith("[") else f"{signs[at % 4]}{word}": at for word, at in vocabulary.items()
    }
    return files | {"tokenizer.json": json.dumps(tokenizer).encode()}


@pytest.fixture(scope="module")
def room(workspace: driver.Sandbox, hugops: driver.Bot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    room = Room(workspace, hugops)
    bert = hub_content.tiny_bert(tmp_path_factory.mktemp("masked"))
    slow = writers.writer(tmp_path_factory.mktemp("slow"), layers=10)
    for name in ("acme/first", "acme/second"):
        room.put(name, bert)
    room.put("acme/zork", changed(bert, model_type="zork", architectures=["ZorkForMaskedLM"]))
    room.put("acme/untold", bert | {"config.json": b"[1, 2]"})
    room.put("acme/oops", bert | {"config.json": b"{oops"})
    room.put("acme/mute", {name: data for name, data in bert.items() if "token" not in name})
    room.put("acme/empty", {"README.md": b"---\npipeline_tag: fill-mask\n---\n"})
    room.put("acme/slow", slow)
    room.put("acme/loud", loud(slow))
    workspace.call("command", user="cy", channel="ml", command="/invite", text="@hugops")
    yield room
    driver.wait_for(lambda: not room.left(), 10, lambda: f"an empty folder: {room.left()}")
    assert "Traceback" not in json.dumps([workspace.messages(user) for user in ("ana", "bo", "cy")])


REFUSED = {
    f"run acme/zork {GAP}": "`acme/zork` has an architecture that transformers here does not know. "
    "Choose another model.",
    f"run acme/untold {GAP}": "`acme/untold` does not say in its config.json which architecture it has. "
    "Choose another model.",
    f"run acme/oops {GAP}": "`acme/oops` has a configuration that is not valid JSON. Try another revision.",
    f"run acme/mute {GAP}": "`acme/mute` has no tokenizer, so it cannot read text. Try the model it came from.",
    f"run acme/empty {GAP}": "`acme/empty` has no weights to run. Choose another model.",
    f"run acme/first {GAP} task=fil-mask": "I cannot run `fil-mask`. Did you mean `fill-mask`? "
    "`/hf help run` lists the tasks.",
    f"run acme/first {GAP} task=poetry": "I cannot run `poetry`. `/hf help run` lists the tasks.",
    f"compare acme/first acme/first@main {GAP}": "Both are `acme/first` at the same commit. Name another model, or "
    "another revision with `@`.",
    'run acme/first "🎬"': "This model fills one gap. Mark it with [MASK], for example: the film is [MASK].",
}


def test_what_cannot_be_run_is_told_in_one_sentence_with_a_way_on(room: Room) -> None:
    for text in REFUSED:
        room.running.command("bo", text)
    driver.wait_for(
        lambda: set(REFUSED.values()) <= set(room.running.texts("bo")), 60, lambda: str(room.running.texts("bo"))
    )


def test_help_on_run_lists_what_each_task_takes_and_answers(room: Room) -> None:
    room.running.command("cy", "help run")
    room.running.wait_text("`image-segmentation` pictures: which areas are what, coloured in the picture", "cy")


@pytest.mark.parametrize(("typed", "offered"), [("@@@ !!", []), ("acme/first", ["acme/first"])])
def test_the_form_offers_only_what_can_be_a_model(room: Room, typed: str, offered: list[str]) -> None:
    room.running.command("cy", "run")
    view = room.running.view("cy")
    menu = {"view_id": view["id"], "block_id": "model", "action_id": "try.model"}
    found = room.running.call("suggest", user="cy", value=typed, **menu)
    assert [option["value"] for option in found["options"]] == offered
    room.running.call("close", user="cy", view_id=view["id"])


def test_nothing_that_a_model_writes_pings_links_or_breaks_out_at_any_time(room: Room) -> None:
    thread = room.mention(f'run acme/loud "x" {LONG}')
    growing = room.wait_reply(thread, '"type": "markdown"')
    for _ in range(2):  # the second press comes while the first one is heeded, or just after
        room.running.click("ana", growing, "try.stop")
    room.wait_reply(thread, "_Stopped by ana; this is what was written until then._")
    room.running.command("bo", 'run acme/loud "x" max_new_tokens=20', "general")
    room.running.wait_text("try.rerun", "bo", "general")
    called = [room.running.get(f"calls?method=chat.{name}")["calls"] for name in ("appendStream", "stopStream")]
    written = json.dumps([called, room.replies(thread), room.running.messages("bo", "general")])
    assert "!channel" in written
    assert [sign for sign in ("<!channel", "<http://evil.example|") if sign in written] == []
    assert "It had ended already" not in written


def test_what_a_restart_cuts_off_is_told_to_the_one_who_typed_it(room: Room) -> None:
    places = ("ml", "ml-private")
    for channel in places:
        room.running.command("ana", f'run acme/slow "a scene" {LONG}', channel)
    driver.wait_for(lambda: room.open_tries() == 2, 60, "two tries")
    room.bot.kill()
    room.bot.start()
    cut = "acme/slow · :warning: I was restarted before the answer was complete. Press Rerun to ask again."
    told = room.running.wait_text(cut, "ana")
    # The bot is not in the private channel, so it writes to the person.
    room.running.wait_text(cut, "ana", "hugops")
    assert told["is_ephemeral"]
    assert cut not in room.running.texts("bo")
    assert room.left() == []
    driver.wait_for(lambda: driver.answers(room.running), 40)
    room.running.click("ana", told, "try.rerun")
    room.running.wait_text("|acme/slow>*")


def test_a_model_that_is_gone_is_told_under_every_button_and_the_thumb_still_counts(room: Room) -> None:
    room.running.command("bo", f"run acme/second {GAP}", "general")
    answer = room.running.wait_text("|acme/second>*", "bo", "general")
    room.api.delete_repo("acme/second")
    gone = "`acme/second` is not on the Hub, or I may not see it."
    for _ in range(2):  # a double click is one press
        room.running.click("bo", answer, "try.rerun", "general")
    room.running.wait_text(gone, "bo", "general")
    room.running.click("bo", answer, "try.compare", "general")
    view = room.running.view("bo")
    room.running.fill("bo", view, model="acme/first")

    def told() -> int:
        return sum(text.startswith(gone) for text in room.running.texts("bo", "general"))

    driver.wait_for(lambda: told() == 2, 30, "the second refusal")
    room.running.click("bo", answer, "try.up", "general")
    room.running.wait_text("tried here 1 time: 👍 1 👎 0", "bo", "general")
