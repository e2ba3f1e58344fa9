"""What Slack will never take is told to the one who waits for it, and to an admin, once."""

from pathlib import Path
from typing import Any

import pytest
from test_slack_sender import MoodySlack, refusal

from core.answers import Caller
from core.outbox import Message
from core.slack_sender import NotPossible
from core.store import tries
from core.store.tries import Inquiry
from jobs.postman import Postman
from jobs.undelivered import Undelivered
from world.core import ANA, CY, Team

CLOSED = "I am not in that channel. Invite me there with `/invite @hugops`."


class Closed(MoodySlack):
    """A workspace that takes nothing in these channels."""

    def __init__(self, reason: str, *channels: str) -> None:
        super().__init__()
        self.reason, self.channels = reason, channels

    def post(self, channel: str, thread: str | None, content: dict[str, Any]) -> tuple[str, str]:
        if channel in self.channels:
            raise refusal(self.reason)
        return super().post(channel, thread, content)

    def join(self, _channel: str) -> None:
        raise refusal(self.reason)


class Losing(Team):
    """A team whose Slack takes nothing in some channels."""

    def __init__(self, home: Path, slack: Closed) -> None:
        super().__init__(home, HUGOPS_ADMINS=CY)
        self.slack = slack
        self.postman = Postman(self.database, slack, self.clock)  # type: ignore[arg-type]
        self.postman.lost.connect(Undelivered(self.database, self.outbox, self.access).tell)

    def said(self) -> list[tuple[str, str]]:
        self.drain()
        return [(message["channel"], message["text"]) for message in self.slack.messages.values()]


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("channel_not_found", CLOSED),
        ("not_in_channel", CLOSED),
        ("is_archived", "the channel is archived. Restore it, or choose another one."),
        ("restricted_action", "Slack does not take it (`restricted_action`)."),
    ],
)
def test_a_card_that_cannot_be_posted_is_told_to_its_owner_and_once_to_an_admin(
    tmp_path: Path, reason: str, why: str
) -> None:
    team = Losing(tmp_path, Closed(reason, "C-ML"))
    team.start()
    said = team.said()
    assert said == [
        (ANA, f"I could not post this in <#C-ML>: {why} `/hf R1` shows how it stands."),
        (CY, f"I cannot post in <#C-ML>: {why} The first message that was lost is about R1."),
    ]
    team.start()
    team.runs.cancel("R1", ANA)
    again = (ANA, f"I could not post this in <#C-ML>: {why} `/hf R2` shows how it stands.")
    assert team.said() == [*said, again]


def test_the_owner_reads_what_could_not_be_posted(tmp_path: Path) -> None:
    team = Losing(tmp_path, Closed("is_archived", "C-ML"))
    team.outbox.put(Message("R1/note", "C-ML", "one\ntwo", "R1", "running"))
    team.start()
    team.drain()
    (words,) = [one["blocks"][1]["text"]["text"] for one in team.slack.messages.values() if len(one["blocks"]) > 1][:1]
    assert words == "> one\n> two"


def test_who_asked_a_model_is_told_that_the_answer_cannot_be_posted(tmp_path: Path) -> None:
    team = Losing(tmp_path, Closed("is_archived", "C-ML"))
    asked = Inquiry("acme/x", "main", "text-generation", ["x"], {})
    with team.database.transaction() as connection:
        tries.insert(connection, asked, Caller(ANA, "C-ML", message="1.0"), 0)
    team.outbox.put(Message("answer/C-ML/1.0", "C-ML", "yes", "answer", "answered"))
    assert [channel for channel, _ in team.said()] == [ANA, CY]


@pytest.mark.parametrize("lost", ["the owner", "the admin"])
def test_a_loss_of_such_a_word_is_told_to_nobody(tmp_path: Path, lost: str) -> None:
    team = Losing(tmp_path, Closed("user_not_found", "C-ML", ANA if lost == "the owner" else CY))
    team.start()
    assert [channel for channel, _ in team.said()] == [CY if lost == "the owner" else ANA]


def test_a_message_that_people_deleted_is_no_loss(tmp_path: Path) -> None:
    team = Losing(tmp_path, Closed("", ""))
    team.start()
    team.drain()
    team.slack.edit = refuse  # type: ignore[method-assign, assignment]
    team.runs.cancel("R1", ANA)
    assert [channel for channel, _ in team.said()] == ["C-ML"]


@pytest.mark.parametrize("reason", ["channel_not_found", "not_in_channel"])
def test_what_was_lost_comes_when_the_bot_is_let_in_as_it_is_then_and_once(tmp_path: Path, reason: str) -> None:
    slack = Closed(reason, "C-ML")
    team = Losing(tmp_path, slack)
    team.start()
    team.drain()
    team.runs.cancel("R1", ANA)
    team.drain()
    team.start()
    team.drain()
    slack.channels = ()
    for _ in range(2):
        team.outbox.send_again("C-ML")
    team.drain()
    cards = [message["text"] for message in team.slack.messages.values() if message["channel"] == "C-ML"]
    assert cards == [
        "R1 · minilm on reviews · cancelled",
        "R2 · minilm on reviews · waiting",
    ]


@pytest.mark.parametrize("kind", ["of another channel", "that Slack does not take", "of long ago", "that was sent"])
def test_nothing_else_comes_again(tmp_path: Path, kind: str) -> None:
    reason = "restricted_action" if kind == "that Slack does not take" else "channel_not_found"
    slack = Closed(reason, *(() if kind == "that was sent" else ("C-ML",)))
    team = Losing(tmp_path, slack)
    team.start()
    team.drain()
    before = len(slack.messages)
    slack.channels = ()
    team.clock.now += 40 * 86400 if kind == "of long ago" else 0
    team.outbox.send_again("C-OTHER" if kind == "of another channel" else "C-ML")
    team.drain()
    assert len(slack.messages) == before


def refuse(*_message: object) -> None:
    raise NotPossible("the message is gone")
