"""Deliveries: in order, each once, whatever breaks in between."""

import json
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from core.outbox import Message, Outbox
from core.pace import EDIT_EVERY, EditPace
from core.store import Database
from jobs.postman import Postman
from world.core import Clock


class Slack:
    """A sender that keeps what it is given, like a workspace; `fail` is raised once by the next call."""

    def __init__(self) -> None:
        self.messages: dict[str, dict[str, Any]] = {}
        self.order: list[tuple[str, str]] = []
        self.fail: Exception | None = None
        self.fail_after: Exception | None = None

    def post(self, channel: str, thread: str | None, content: dict[str, Any]) -> tuple[str, str]:
        self._maybe("fail")
        ts = f"{len(self.messages) + 1}.0"
        self.messages[ts] = {"channel": channel, "thread": thread, **content}
        self.order.append(("post", content["text"]))
        self._maybe("fail_after")
        return channel, ts

    def edit(self, channel: str, ts: str, content: dict[str, Any]) -> None:
        self._maybe("fail")
        self.messages[ts] |= content
        self.order.append(("edit", content["text"]))

    def direct(self, user: str) -> None:
        """Direct messages have the person's own id here."""

    def find(self, channel: str, thread: str | None, delivery: str, since: float) -> str | None:
        found = [ts for ts, m in self.messages.items() if m["metadata"]["event_payload"]["delivery"] == delivery]
        return found[0] if found else None

    def upload(self, file: Path, alt: str) -> str:
        return f"F-{file.name}"

    def _maybe(self, name: str) -> None:
        error = getattr(self, name)
        setattr(self, name, None)
        if error:
            raise error


def refusal(code: str, status: int = 200, **headers: str) -> SlackApiError:
    response = SlackResponse(
        client=None,
        http_verb="POST",
        api_url="",
        req_args={},
        data={"ok": False, "error": code},
        headers=headers,
        status_code=status,
    )
    return SlackApiError(code, response)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def slack() -> Slack:
    return Slack()


class Post(Outbox):
    """An outbox with its postman."""

    def __init__(self, database: Database, slack: Slack, clock: Clock) -> None:
        super().__init__(database, clock)
        self.send_due = Postman(database, slack, clock).send_due  # type: ignore[arg-type]


@pytest.fixture
def outbox(tmp_path: Path, slack: Slack, clock: Clock) -> Post:
    return Post(Database(tmp_path / "hugops.db"), slack, clock)


def drain(outbox: Post, clock: Clock) -> None:
    """Lets time pass until nothing is left to send."""
    for _ in range(60):
        outbox.send_due()
        clock.now += 1.1


def test_messages_of_a_channel_go_out_in_the_order_they_were_put(outbox: Post, slack: Slack, clock: Clock) -> None:
    for word in ("one", "two", "three"):
        outbox.put(Message(word, "C1", word, "R1", "queued"))
    drain(outbox, clock)
    assert slack.order == [("post", "one"), ("post", "two"), ("post", "three")]


def test_a_second_post_in_a_channel_waits_a_second(outbox: Post, slack: Slack) -> None:
    outbox.put(Message("a", "C1", "a", "R1", "queued"))
    outbox.put(Message("b", "C1", "b", "R1", "queued"))
    outbox.put(Message("c", "C2", "c", "R2", "queued"))
    outbox.send_due()
    assert [text for _, text in slack.order] == ["a", "c"]


def test_edits_of_one_message_keep_only_the_newest(outbox: Post, slack: Slack, clock: Clock) -> None:
    outbox.put(Message("R1", "C1", "step 0", "R1", "running"))
    drain(outbox, clock)
    for step in range(1, 6):
        outbox.put(Message("R1", "C1", f"step {step}", "R1", "running"))
    drain(outbox, clock)
    assert slack.order == [("post", "step 0"), ("edit", "step 5")]
    assert slack.messages["1.0"]["metadata"]["event_payload"]["state"] == "running"


def test_a_reply_waits_for_the_first_message_of_its_thread(outbox: Post, slack: Slack, clock: Clock) -> None:
    outbox.put(Message("R1", "C1", "card", "R1", "running"))
    outbox.put(Message("R1/1", "C1", "note", "R1", "running", thread="R1"))
    outbox.put(Message("R1", "C1", "newer card", "R1", "running"))
    drain(outbox, clock)
    assert [(m["text"], m["thread"]) for m in slack.messages.values()] == [("newer card", None), ("note", "1.0")]


def test_a_post_that_slack_took_before_the_line_broke_is_not_posted_twice(
    outbox: Post, slack: Slack, clock: Clock
) -> None:
    outbox.put(Message("R1", "C1", "card", "R1", "running"))
    slack.fail_after = URLError("connection reset")
    drain(outbox, clock)
    assert slack.order == [("post", "card")]
    assert outbox.location("R1") == ("C1", "1.0")


def test_a_delivery_begun_before_a_crash_is_looked_up_before_it_is_sent_again(
    tmp_path: Path, outbox: Post, slack: Slack, clock: Clock
) -> None:
    outbox.put(Message("R1", "C1", "card", "R1", "running"))
    slack.fail_after = KeyboardInterrupt()  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        outbox.send_due()
    drain(Post(Database(tmp_path / "hugops.db"), slack, clock), clock)
    assert slack.order == [("post", "card")]


def test_what_slack_was_too_busy_for_is_rewritten_and_not_looked_for(
    tmp_path: Path, outbox: Post, slack: Slack, clock: Clock
) -> None:
    outbox.put(Message("R1", "C1", "first", "R1", "queued"))
    slack.fail = refusal("ratelimited", 429, **{"Retry-After": "7"})
    outbox.send_due()
    outbox.put(Message("R1", "C1", "second", "R1", "running"))
    slack.find = None  # type: ignore[assignment]
    drain(outbox, clock)
    assert slack.order == [("post", "second")]


def test_cards_and_growing_answers_share_one_budget_of_edits(tmp_path: Path, slack: Slack, clock: Clock) -> None:
    edits, database = EditPace(clock), Database(tmp_path / "hugops.db")
    outbox, postman = Outbox(database, clock), Postman(database, slack, clock, edits)  # type: ignore[arg-type]
    for text in ("card", "edited"):
        outbox.put(Message("R1", "C1", text, "R1", "running"))
        postman.send_due()
        clock.now += 5
    assert edits.take() == 0
    outbox.put(Message("R1", "C1", "again", "R1", "running"))
    assert postman.send_due() == pytest.approx(EDIT_EVERY)
    edits.rest(7)
    clock.now += EDIT_EVERY
    assert postman.send_due() == pytest.approx(5)  # the longest that it waits unasked
    clock.now += 6
    postman.send_due()
    assert slack.order == [("post", "card"), ("edit", "edited"), ("edit", "again")]
    assert edits.take() == pytest.approx(EDIT_EVERY)


def test_a_rate_limit_pauses_as_long_as_slack_says(outbox: Post, slack: Slack, clock: Clock) -> None:
    outbox.put(Message("R1", "C1", "card", "R1", "running"))
    slack.fail = refusal("ratelimited", 429, **{"Retry-After": "7"})
    assert outbox.send_due() == pytest.approx(5.0, abs=2.2)
    clock.now += 6
    outbox.send_due()
    assert slack.order == []
    clock.now += 2
    outbox.send_due()
    assert slack.order == [("post", "card")]


def test_a_message_that_slack_refuses_for_good_holds_up_no_other(outbox: Post, slack: Slack, clock: Clock) -> None:
    outbox.put(Message("bad", "C1", "bad", "R1", "running"))
    outbox.put(Message("good", "C1", "good", "R2", "running"))
    slack.fail = refusal("is_archived")
    drain(outbox, clock)
    assert slack.order == [("post", "good")]


def test_pictures_are_uploaded_once_and_missing_ones_left_out(
    tmp_path: Path, outbox: Post, slack: Slack, clock: Clock
) -> None:
    (tmp_path / "curve.png").write_bytes(b"png")
    pictures = {"curve": (str(tmp_path / "curve.png"), "a curve"), "gone": (str(tmp_path / "gone.png"), "gone")}
    outbox.put(Message("R1", "C1", "card", "R1", "succeeded", pictures=pictures))
    drain(outbox, clock)
    assert slack.messages["1.0"]["pictures"] == {"curve": "F-curve.png", "gone": None}


def test_a_delivery_is_written_only_with_the_state_it_tells_of(tmp_path: Path, outbox: Post) -> None:
    database = Database(tmp_path / "hugops.db")
    outbox._database = database

    def change_and_fail() -> None:
        with database.transaction():
            outbox.put(Message("R1", "C1", "card", "R1", "running"))
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        change_and_fail()
    assert [json.loads(row["body"]) for row in database.all("SELECT body FROM deliveries")] == []
