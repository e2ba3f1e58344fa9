"""A file given in chat is what a run is trained on: read as chat reads it, kept by its hash, and only its giver's."""

import json
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import HfApi

from core import commands
from core.commands.repos import is_data_file
from core.data_files import DataFiles
from core.errors import Mistake
from core.recipe import DatasetSource
from core.store import Database
from world import driver, hub_content
from world.chat import Chat
from world.core import ANA, BO, Clock

BASE = "acme/tiny-bert"
# As a spreadsheet of another country writes it.
TICKETS = hub_content.reviews(200, 3).replace(",", ";").replace("film", "Küche").encode("cp1252")


@pytest.fixture
def files(tmp_path: Path) -> DataFiles:
    return DataFiles(Database(tmp_path / "db"), tmp_path / "data", days=30, clock=Clock())


def given(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_the_same_content_lies_there_once_whoever_gives_it_and_whatever_it_is_called(
    files: DataFiles, tmp_path: Path
) -> None:
    one = files.keep(given(tmp_path, "a.csv", b"text,label\n"), "a.csv", ANA)
    other = files.keep(given(tmp_path, "b.csv", b"text,label\n"), "b.csv", BO)
    assert one.sha256 == other.sha256
    assert [path.name for path in (tmp_path / "data").iterdir()] == [one.sha256]
    assert files.find("A.CSV", None, ANA) == one
    assert files.source(one) == DatasetSource(
        repo="a.csv", revision=one.sha256, folder=str(tmp_path / "data" / one.sha256)
    )


def test_a_name_means_the_newest_file_of_that_person_and_a_hash_an_older_one(files: DataFiles, tmp_path: Path) -> None:
    old = files.keep(given(tmp_path, "a.csv", b"1"), "a.csv", ANA)
    Clock.now += 1
    new = files.keep(given(tmp_path, "a.csv", b"2"), "a.csv", ANA)
    assert [files.find("a.csv", start, ANA) for start in (None, old.sha256[:12])] == [new, old]
    with pytest.raises(Mistake, match=r"I have no `a.csv` of yours. Attach it"):
        files.find("a.csv", None, BO)
    with pytest.raises(Mistake, match=r"I have no `b.csv` of yours. I have `a.csv` of yours. Attach it"):
        files.find("b.csv", None, ANA)


@pytest.mark.parametrize("table", ["runs", "schedules"])
def test_a_file_leaves_after_its_days_unless_a_run_or_schedule_is_about_it(
    files: DataFiles, tmp_path: Path, table: str
) -> None:
    needed, unneeded = (files.keep(given(tmp_path, f"{at}.csv", at.encode()), f"{at}.csv", ANA) for at in ("x", "y"))
    body = json.dumps({"dataset": {"revision": needed.sha256}})
    rows = {
        "runs": "INSERT INTO runs(state, title, recipe, requested_by, channel, executor, created) "
        "VALUES ('finished', '', ?, '', '', '', 0)",
        "schedules": "INSERT INTO schedules(state, plan, requested_by, channel, zone, words, created) "
        "VALUES ('active', ?, '', '', '', '', 0)",
    }
    with sqlite3.connect(tmp_path / "db") as connection:
        connection.execute(rows[table], (body,))
    Clock.now += 31 * 86_400
    files.sweep()
    assert [path.name for path in (tmp_path / "data").iterdir()] == [needed.sha256]
    with pytest.raises(Mistake, match="I have no"):
        files.find(unneeded.name, None, ANA)
    with pytest.raises(Mistake, match=r"is not here any more. Attach it anew"):
        files.source(unneeded)


@pytest.mark.parametrize(
    ("name", "holds_rows"),
    [
        *((name, True) for name in ("tickets.csv", "Tickets (2).CSV", "a.b.tsv", "x.jsonl", "x.ndjson", "x.parquet")),
        *((name, False) for name in ("acme/tickets.csv", "tickets", "notes.txt", "tickets.csv.gz", "")),
    ],
)
def test_a_name_with_the_end_of_a_table_is_that_of_a_file(name: str, holds_rows: bool) -> None:
    assert is_data_file(name) is holds_rows


@pytest.mark.parametrize(
    ("typed", "name", "start"),
    [
        ("tickets.csv", "tickets.csv", None),
        ("tickets.csv@3FA9c1e00", "tickets.csv", "3fa9c1e00"),
        ('"my tickets (2).csv@3fa9c1e00"', "my tickets (2).csv", "3fa9c1e00"),
        ('"a@b.csv"', "a@b.csv", None),
    ],
)
def test_a_command_on_a_file_reads_back_as_it_is_written(typed: str, name: str, start: str | None) -> None:
    command = commands.parse(f"train {BASE} on {typed} epochs=2", datetime.now)
    assert isinstance(command, commands.Train)
    assert (command.dataset, command.dataset_revision) == (name, start)
    assert commands.parse(commands.to_text(command), datetime.now) == command


@pytest.fixture(scope="module")
def chat(workspace: driver.Sandbox, hugops: driver.Bot, tmp_path_factory: pytest.TempPathFactory) -> Chat:
    api = HfApi(endpoint=workspace.ready["hub_endpoint"], token=workspace.ready["hub_token"])
    hub_content.upload(api, "model", BASE, hub_content.tiny_bert(tmp_path_factory.mktemp("bert")))
    workspace.call("command", user="cy", channel="ml", command="/invite", text="@hugops")
    return Chat(workspace, hugops)


def shown(message: dict[str, Any]) -> str:
    return json.dumps(message["blocks"], ensure_ascii=False)


@pytest.mark.story
def test_a_file_dropped_into_chat_becomes_a_model_that_can_be_made_again(chat: Chat) -> None:
    line = f"@hugops train {BASE} on tickets.csv epochs=2 lr=2e-3 batch=16"
    plan = chat.answer("ana", chat.say("ana", line, ("tickets.csv", TICKETS)))
    assert "tickets.csv@" in shown(plan)
    assert "Windows-1252" in shown(plan)
    chat.running.click("ana", plan, "run.start")
    assert chat.running.wait_state("R1", "succeeded", "failed") == "succeeded"
    (card,) = chat.running.about("R1")
    assert "tickets.csv@" in shown(card)
    folder = chat.bot.home / "runs" / "R1" / "model"
    text = (folder / "README.md").read_text()
    assert ("tickets.csv" in text, str(chat.bot.home) in text, "\ndatasets:" in text) == (True, False, False)

    chat.running.command("ana", f"train {BASE} on TICKETS.csv epochs=1")
    again = chat.running.wait_text("epochs=1", "ana")
    assert "tickets.csv@" in shown(again)


@pytest.mark.story
def test_a_file_is_looked_into_and_trained_on_from_there(chat: Chat) -> None:
    ts = chat.say("ana", "@hugops dataset looked.csv", ("looked.csv", TICKETS))
    look = chat.answer("ana", ts)
    assert "looked.csv" in shown(look)
    assert "read as Windows-1252" in shown(look)
    chat.running.click("ana", look, "dataset.tune")
    assert str(driver.entered(chat.running.view("ana"))["dataset"]).startswith("looked.csv@")


@pytest.mark.story
def test_under_a_message_with_a_table_the_form_is_filled_with_it(chat: Chat) -> None:
    ts = chat.say("dee", "look at these", ("news.csv", TICKETS))
    chat.running.call("shortcut", user="dee", callback_id="train.message", channel="ml", ts=ts)
    view = chat.running.view("dee")
    assert driver.entered(view)["dataset"] == "news.csv"
    assert not chat.running.fill("dee", view, base=BASE, epochs="1").get("errors")
    plan = chat.running.wait_text("news.csv@", "dee")
    assert "run.start" in shown(plan)
    chat.running.command("dee", "train", "general")
    menu = {"view_id": chat.running.view("dee")["id"], "block_id": "dataset", "action_id": "dataset.suggest"}
    offered = chat.running.call("suggest", user="dee", value="NEW", **menu)
    assert "news.csv" in json.dumps(offered)


@pytest.mark.story
def test_under_a_message_without_a_table_it_is_said(chat: Chat) -> None:
    ts = chat.say("dee", "look at this", ("cat.png", b"\x89PNG\r\n\x1a\n" + bytes(99)), channel="general")
    chat.running.call("shortcut", user="dee", callback_id="train.message", channel="general", ts=ts)
    assert chat.running.wait_text("There is no table in this message.", "dee", "general")


@pytest.mark.parametrize(
    ("user", "files", "line", "part"),
    [
        ("bo", [], "on tickets.csv", "I have no `tickets.csv` of yours. Attach it to a message that mentions me"),
        ("bo", [("other.csv", TICKETS)], "on tickets.csv", "There is no `tickets.csv` here, but `other.csv`."),
        ("bo", [("p.csv", b"\x89PNG\r\n\x1a\n" + bytes(99))], "on p.csv", "`p.csv` is a picture, whatever its name"),
        ("bo", [("e.csv", b"text,label\n")], "on e.csv", "has no rows"),
        ("bo", [("e.csv", b"a\x00b")], "on e.csv", "of no kind that I can read"),
        ("bo", [("t.csv", TICKETS)], "", "train org/model on t.csv"),
        ("dee", [("t.csv", TICKETS)], "on t.csv@abcdef12", "I have no `t.csv@abcdef12` of yours."),
    ],
    ids=[
        "a file of somebody else",
        "a file of another name",
        "a picture",
        "only names of columns",
        "no text",
        "no word",
        "another hash",
    ],
)
@pytest.mark.story
def test_what_cannot_be_trained_on_is_told_with_a_way_on(
    chat: Chat, user: str, files: list[tuple[str, bytes]], line: str, part: str
) -> None:
    text = f"@hugops train {BASE} {line}" if line else "@hugops"
    answer = chat.answer(user, chat.say(user, text, *files))
    assert part in json.dumps(answer, ensure_ascii=False)
