"""Messages on a real workspace, and deliveries that meet what nobody foresaw."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web import SlackResponse

from core.errors import Refused
from core.outbox import Message, Outbox
from core.slack_sender import Content, NotPossible, Sender
from core.store import Database
from core.store.deliveries import begin
from core.workspace import Workspace
from jobs.postman import MAX_TRIES, Postman
from world import driver
from world.core import Clock, MemorySlack

CARD = {"type": "section", "text": {"type": "mrkdwn", "text": "card"}}
PICTURE = {"type": "image", "slack_file": {"id": "@curve"}, "alt_text": "a curve"}
MADE_UP = "F0MADEUP000"


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


class MoodySlack(MemorySlack):
    """Raises what `moods` says, one for each call, before it does anything."""

    def __init__(self, **moods: list[Exception]) -> None:
        super().__init__()
        self.moods = moods

    def post(self, channel: str, thread: str | None, content: dict[str, Any]) -> tuple[str, str]:
        self._raise("post")
        return super().post(channel, thread, content)

    def upload(self, file: Path, alt: str) -> str:
        self._raise("upload")
        return super().upload(file, alt)

    def _raise(self, what: str) -> None:
        if self.moods.get(what):
            raise self.moods[what].pop(0)


def send(tmp_path: Path, slack: MoodySlack, *messages: Message) -> dict[str, str]:
    """Puts the messages and lets ten minutes pass; text and what became of each."""
    clock, database = Clock(), Database(tmp_path / "hugops.db")
    outbox, postman = Outbox(database, clock), Postman(database, slack, clock)  # type: ignore[arg-type]
    for message in messages:
        outbox.put(message)
    for _ in range(300):
        postman.send_due()
        clock.now += 2
    return {row["message"]: row["status"] for row in database.all("SELECT message, status FROM deliveries")}


def card(key: str, **more: Any) -> Message:
    return Message(key, "C1", key, "R1", "running", **more)


def test_a_picture_that_slack_will_never_take_is_left_out_of_its_message(tmp_path: Path) -> None:
    (tmp_path / "curve.png").write_bytes(b"png")
    slack = MoodySlack(upload=[refusal("missing_scope")])
    assert send(tmp_path, slack, card("R1", pictures={"curve": (str(tmp_path / "curve.png"), "a curve")})) == {
        "R1": "sent"
    }
    assert slack.messages["1.0"]["pictures"] == {"curve": None}


@pytest.mark.parametrize("error", [refusal("ratelimited", 429), SlackRequestError("broke off"), OSError("reset")])
def test_a_picture_that_slack_does_not_take_just_now_is_tried_again(tmp_path: Path, error: Exception) -> None:
    (tmp_path / "curve.png").write_bytes(b"png")
    slack = MoodySlack(upload=[error])
    send(tmp_path, slack, card("R1", pictures={"curve": (str(tmp_path / "curve.png"), "a curve")}))
    assert [message["pictures"] for message in slack.messages.values()] == [{"curve": "F-curve.png"}]


def test_being_asked_to_wait_is_no_failure_however_often(tmp_path: Path) -> None:
    slack = MoodySlack(post=[*[refusal("ratelimited", 429, **{"Retry-After": "3"})] * 2 * MAX_TRIES, OSError("reset")])
    assert send(tmp_path, slack, card("R1")) == {"R1": "sent"}


def test_a_delivery_that_stumbles_for_ever_holds_up_no_other(tmp_path: Path) -> None:
    slack = MoodySlack(post=[KeyError("ts")] * MAX_TRIES)
    assert send(tmp_path, slack, card("bad"), card("good")) == {"bad": "failed", "good": "sent"}


@pytest.fixture
def client(workspace: driver.Sandbox) -> WebClient:
    ready = workspace.ready
    return WebClient(token=ready["bot_token"], base_url=ready["slack_api_url"].rstrip("/") + "/", timeout=10)


def content(delivery: str, *blocks: dict[str, Any], **pictures: str | None) -> Content:
    payload: dict[str, object] = {"delivery": delivery, "about": "R1", "state": "running"}
    metadata: dict[str, object] = {"event_type": "hugops", "event_payload": payload}
    return {"text": "card", "blocks": list(blocks), "pictures": pictures, "metadata": metadata}


def post(tmp_path: Path, client: WebClient, *messages: Message) -> dict[str, tuple[str, str] | None]:
    """Sends the messages one after the other; where each stands."""
    clock, database = Clock(), Database(tmp_path / "hugops.db")
    outbox, postman = Outbox(database, clock), Postman(database, Sender(client), clock)
    for message in messages:
        outbox.put(message)
        for _ in range(10):
            postman.send_due()
            clock.now += 2
    return {message.key: outbox.location(message.key) for message in messages}


def test_the_bot_does_not_come_back_by_itself_to_a_channel_that_it_was_taken_out_of(
    tmp_path: Path, workspace: driver.Sandbox, client: WebClient
) -> None:
    channel = workspace.ready["channels"]["ml-approvals"]
    Outbox(Database(tmp_path / "hugops.db")).adopt("before", channel, "1.000001")
    assert post(tmp_path, client, Message("after", channel, "after", "R1", "running")) == {"after": None}
    assert not client.conversations_info(channel=channel)["channel"]["is_member"]


def test_a_direct_message_that_was_sent_before_a_restart_is_found_again(
    tmp_path: Path, workspace: driver.Sandbox, client: WebClient
) -> None:
    cy, database = workspace.ready["users"]["cy"], Database(tmp_path / "hugops.db")
    Outbox(database, Clock()).put(Message("word", cy, "word", "R1", "running"))
    with database.transaction() as connection:
        delivery = begin(connection, 1)
    place = Sender(client).post(cy, None, content(delivery.id, CARD))
    assert post(tmp_path, client, Message("word", cy, "word", "R1", "running")) == {"word": place}
    assert [message["ts"] for message in workspace.messages("cy", place[0])] == [place[1]]


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("rate_limit", "dee"),
        ("server_error", "dee"),
        ("rate_limit", "general"),
        ("server_error", "ml-releases"),
    ],
)
def test_what_fails_once_for_a_person_or_where_the_bot_is_not_yet_is_sent_once_and_can_be_edited(
    tmp_path: Path, workspace: driver.Sandbox, client: WebClient, kind: str, target: str
) -> None:
    workspace.call("faults", method="chat.postMessage", count=1, kind=kind, seconds=1)
    text, place = f"{kind} {target}", (workspace.ready["users"] | workspace.ready["channels"])[target]
    first = Message(text, place, f"{text} first", "R1", "running")
    stands = post(tmp_path, client, first, replace(first, text=f"{text} then"))[text]
    assert stands is not None
    shown = [message for message in workspace.messages("dee", stands[0]) if message["text"].startswith(text)]
    assert [(message["ts"], message["text"]) for message in shown] == [(stands[1], f"{text} then")]


def test_a_delivery_is_found_again_by_its_id_in_channel_and_thread(
    workspace: driver.Sandbox, client: WebClient
) -> None:
    channel, sender = workspace.ready["channels"]["ml"], Sender(client)
    sender.join(channel)
    _, head = sender.post(channel, None, content("head", CARD))
    _, reply = sender.post(channel, head, content("reply", CARD))
    found = [sender.find(channel, thread, key, 0) for thread, key in ((None, "head"), (head, "reply"), (None, "no"))]
    assert found == [head, reply, None]


def test_a_message_that_people_deleted_stays_deleted(workspace: driver.Sandbox, client: WebClient) -> None:
    channel, sender = workspace.ready["channels"]["ml"], Sender(client)
    sender.join(channel)
    _, ts = sender.post(channel, None, content("d2", CARD))
    client.chat_delete(channel=channel, ts=ts)
    with pytest.raises(NotPossible):
        sender.edit(channel, ts, content("d2", CARD))


def test_pictures_that_slack_refuses_do_not_keep_the_message_back(workspace: driver.Sandbox, client: WebClient) -> None:
    channel, sender = workspace.ready["channels"]["ml"], Sender(client)
    sender.join(channel)
    _, ts = sender.post(channel, None, content("d3", CARD, PICTURE, curve=MADE_UP))
    sender.edit(channel, ts, content("d3", CARD, PICTURE, CARD, curve=MADE_UP))
    [shown] = [message for message in workspace.messages("ana") if message["ts"] == ts]
    assert [block["type"] for block in shown["blocks"]] == ["section", "section"]


def test_a_private_channel_says_invite_me_first(workspace: driver.Sandbox, client: WebClient) -> None:
    found = Workspace(client)
    assert found.channel_id("#ml") == workspace.ready["channels"]["ml"]
    assert (found.channel_id("no-such-channel"), found.person(workspace.ready["users"]["cy"]).is_admin) == (None, True)
    with pytest.raises(Refused) as refused:
        found.ensure_can_post("C0NOSUCHONE", "press Start again")
    assert refused.value.sentence == (
        "I am not in this channel. Invite me with `/invite @hugops`, then press Start again."
    )
