"""What was tried is kept: asked again, compared, judged, and taken up after a restart."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any, cast

import pytest
from huggingface_hub import HfApi

from core import settings
from core.access import Access
from core.answers import Answer, Caller
from core.archive import Archive
from core.errors import Conflict, Mistake, Refused
from core.store import Database
from core.store.tries import Inquiry, Response, Tally, Try
from core.tries import DAY, Tries
from core.workspace import Workspace
from world import core, driver, hub_content

story = pytest.mark.xdist_group("tries")


@pytest.fixture(scope="module")
def tried(workspace: driver.Sandbox, hugops: driver.Bot, tmp_path_factory: pytest.TempPathFactory) -> driver.Sandbox:
    """A workspace with a bot, and two models for gaps on its Hub."""
    api = HfApi(endpoint=workspace.ready["hub_endpoint"], token=workspace.ready["hub_token"])
    files = hub_content.tiny_bert(tmp_path_factory.mktemp("masked"))
    for name in ("acme/first", "acme/second"):
        hub_content.upload(api, "model", name, files)
    return workspace


def row(hugops: driver.Bot, number: int) -> dict[str, Any]:
    with closing(sqlite3.connect(f"file:{hugops.home}/hugops.db?mode=ro", uri=True)) as database:
        database.row_factory = sqlite3.Row
        return dict(database.execute("SELECT * FROM tries WHERE id = ?", (number,)).fetchone())


@story
@pytest.mark.story
def test_an_answer_is_asked_again_compared_and_judged_also_after_a_restart(
    tried: driver.Sandbox, hugops: driver.Bot
) -> None:
    tried.command("ana", 'run acme/second "a [MASK] story"')
    tried.wait_text("|acme/second>*")
    tried.command("ana", 'run acme/first "the film is [MASK]"')
    answer = tried.wait_text("|acme/first>*")
    kept = row(hugops, 2)
    assert (kept["state"], kept["model"], kept["task"], json.loads(kept["inputs"])) == (
        "answered",
        "acme/first",
        "fill-mask",
        ["the film is [MASK]"],
    )
    hugops.kill()
    hugops.start()
    driver.wait_for(lambda: driver.answers(tried), 40)

    tried.click("ana", answer, "try.up")
    assert "tried here 1 time: 👍 1 👎 0" in json.dumps(wait_votes(tried, answer, "👍 1"), ensure_ascii=False)
    tried.click("ana", answer, "try.down")
    assert "tried here 1 time: 👍 0 👎 1" in json.dumps(wait_votes(tried, answer, "👎 1"), ensure_ascii=False)
    tried.command("ana", "info acme/first")
    tried.wait_text("Tried here 1 time: 👍 0 👎 1")

    tried.click("ana", answer, "try.compare")
    view = tried.view("ana")
    assert driver.entered(view) == {"model": "acme/second"}
    tried.fill("ana", view)
    tried.wait_text("*Same answer*")

    newer = HfApi(endpoint=tried.ready["hub_endpoint"], token=tried.ready["hub_token"]).upload_file(
        path_or_fileobj=b"more", path_in_repo="notes.txt", repo_id="acme/first"
    )
    tried.click("ana", answer, "try.rerun")
    again = tried.wait_text(f"acme/first · {newer.oid[:7]}")
    assert "answer.post" in json.dumps(again)
    assert again["is_ephemeral"]
    assert [row(hugops, number)["revision"] == newer.oid for number in (2, 3)] == [False, True]


def wait_votes(tried: driver.Sandbox, answer: dict[str, Any], part: str) -> dict[str, Any]:
    """The answer where it stood, with the new count."""
    return driver.wait_for(
        lambda: next(
            (
                one
                for one in tried.messages("ana")
                if one["ts"] == answer["ts"] and part in json.dumps(one, ensure_ascii=False)
            ),
            None,
        ),
        20,
    )


class Kept:
    """Tries on a database of their own, with a clock to turn."""

    def __init__(self, folder: Any) -> None:
        self.clock = core.Clock()
        self.database = Database(folder / "hugops.db")
        environment = settings.read(core.NEEDED | {"HUGOPS_ADMINS": core.CY})
        access = Access(environment, cast("Workspace", core.Colleagues()))
        archive = Archive(self.database, folder / "archive", together=30)
        self.tries = Tries(self.database, access, archive, 30, self.clock)

    def begin(self, text: str = "hello", follows: Try | None = None, ts: str = "1.0") -> Try:
        """A question from Ana in a thread of #ml."""
        before = follows.number if follows else None
        inquiry = Inquiry("a/b", "c" * 40, "text-generation", [text], {}, follows=before)
        return self.tries.begin(inquiry, Caller(core.ANA, "C1", message=ts, thread=ts))

    def say(self, text: str, follows: Try | None = None, ts: str = "1.0") -> Try:
        """A turn of a conversation and its answer in capitals."""
        asked = self.begin(text, follows, ts)
        self.tries.answered(asked.number, Response(Answer("x"), said=text.upper(), talks=True))
        return self.tries.get(asked.id)


@pytest.fixture
def kept(tmp_path: Any) -> Iterator[Kept]:
    kept = Kept(tmp_path)
    yield kept
    kept.database.close()


def test_each_person_has_one_vote_which_can_be_changed(kept: Kept) -> None:
    asked = kept.say("hello")
    for user, up in ((core.ANA, True), (core.BO, True), (core.ANA, False), (core.ANA, False)):
        kept.tries.vote(asked.id, user, up=up)
    kept.begin()
    assert kept.tries.tally("a/b") == kept.tries.tally("a/b", "c" * 40) == Tally(tried=1, up=1, down=1)
    assert kept.tries.tally("a/b", "d" * 40) == kept.tries.tally("a/other") == Tally(0, 0, 0)


def test_texts_are_forgotten_after_their_days_and_the_votes_are_kept(kept: Kept) -> None:
    asked = kept.say("a secret")
    kept.tries.vote(asked.id, core.ANA, up=True)
    kept.clock.now += 31 * DAY
    kept.begin()
    with pytest.raises(Mistake, match="Texts and files are kept for 30 days, and these are older"):
        kept.tries.repeatable(asked.id)
    old = kept.tries.get(asked.id)
    assert (old.inputs, old.said, old.answer, kept.tries.tally("a/b")) == (None, None, None, Tally(1, 1, 0))
    assert kept.tries.last_in_thread("C1", "1.0") is None


def test_a_conversation_is_what_was_said_in_turn(kept: Kept) -> None:
    first = kept.say("one")
    kept.say("another thread", ts="9.0")
    second = kept.say("two", first)
    assert kept.tries.last_in_thread("C1", "1.0") == second
    assert [turn["content"] for turn in kept.tries.turns(second)] == ["one", "ONE", "two", "TWO"]
    assert kept.tries.last_in_thread("C2", "1.0") is None


def test_what_is_written_is_stopped_by_its_asker_or_an_admin_alone(kept: Kept) -> None:
    asked, stopped = kept.begin(), []
    kept.tries.running(asked.number, lambda: stopped.append(1))
    with pytest.raises(Refused):
        kept.tries.stop(asked.id, core.BO)
    kept.tries.stop(asked.id, core.CY)
    kept.tries.ended(asked.number)
    kept.tries.stop(asked.id, core.ANA)  # a second press on its way says nothing
    assert stopped == [1]
    whole = kept.begin()
    kept.tries.running(whole.number, lambda: stopped.append(2))
    kept.tries.ended(whole.number)
    with pytest.raises(Conflict, match="It had ended already"):
        kept.tries.stop(whole.id, core.ANA)


def test_what_no_bot_answers_any_more_is_found_after_a_restart(kept: Kept) -> None:
    mine, lost = kept.begin(), kept.begin()
    kept.tries.running(mine.number, lambda: None)
    assert [each.id for each in kept.tries.interrupted()] == [lost.id]
    kept.tries.interrupt(lost.number)
    assert kept.tries.interrupted() == []
    assert kept.tries.repeatable(lost.id).inputs == ["hello"]
    for wrong in ("T999", "R1", "", "T1; DROP"):
        with pytest.raises(Mistake, match="Run it again"):
            kept.tries.get(wrong)
