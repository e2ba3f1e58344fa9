"""Where an answer goes: five places, and what of it gets there."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, cast

import pytest
from slack_sdk import WebClient

from core.answers import Answer, Caller, Destination, destination_of, say
from core.blocks.parts import picture, section, without_pictures
from core.notes import Notes
from core.outbox import Message, Outbox
from core.replies import Replies

URL = "http://slack.test/response"
MENTION = Caller("U1", "C1", thread="1.0", message="1.0")
COMMAND = Caller("U1", "C1", response_url=URL)
ON_NOTE = Caller("U1", "C1", response_url=URL, message="1.0")
ON_CARD = Caller("U1", "C1", response_url=URL, message="1.0", on_card=True)
AT_HOME = Caller("U1", "U1")
FORM = Caller("U1", "C1", message="V1")

OPEN = Answer("yes", [section("yes"), picture("F1", "a cat")])
PRIVATE = say("yes")
NEW_FACE = Answer("yes", replace=True)


@pytest.mark.parametrize(
    ("answer", "caller", "state", "place"),
    [
        (OPEN, COMMAND, {}, Destination.RESPONSE),
        (PRIVATE, ON_NOTE, {}, Destination.RESPONSE),
        (NEW_FACE, ON_NOTE, {}, Destination.CARD),
        (NEW_FACE, ON_CARD, {}, Destination.CARD),
        (OPEN, AT_HOME, {}, Destination.HOME),
        (PRIVATE, AT_HOME, {}, Destination.HOME),
        # The response URL of a press on a card answers for everybody, so it is not used.
        (OPEN, ON_CARD, {}, Destination.EPHEMERAL),
        (PRIVATE, MENTION, {}, Destination.EPHEMERAL),
        (OPEN, MENTION, {}, Destination.THREAD),
        (OPEN, FORM, {}, Destination.THREAD),
        # What grew becomes the answer, also where that is a reason for one person.
        (PRIVATE, MENTION, {"begun": True}, Destination.THREAD),
        (PRIVATE, COMMAND, {"begun": True}, Destination.RESPONSE),
        (OPEN, ON_CARD, {"begun": True}, Destination.EPHEMERAL),
        (OPEN, COMMAND, {"refused": True}, Destination.EPHEMERAL),
        (NEW_FACE, ON_CARD, {"refused": True}, Destination.EPHEMERAL),
        (NEW_FACE, ON_NOTE, {"refused": True, "begun": True}, Destination.EPHEMERAL),
    ],
)
def test_each_answer_has_one_place(answer: Answer, caller: Caller, state: dict[str, bool], place: Destination) -> None:
    assert destination_of(answer, caller, **state) == place


class Slack:
    """Stands in for the client and the outbox; keeps what each was given."""

    def __init__(self, begun: bool = False) -> None:
        self.begun, self.notes, self.messages, self.files = begun, list[dict[str, Any]](), list[Message](), list[str]()

    def chat_postEphemeral(self, **note: Any) -> None:  # noqa: N802  # Slack's own name
        self.notes.append(note)

    def files_upload_v2(self, file: str, **_more: object) -> None:
        self.files.append(file)

    def location(self, _key: str) -> tuple[str, str] | None:
        return ("C1", "2.0") if self.begun or self.messages else None

    def put(self, message: Message) -> None:
        self.messages.append(message)

    def send(self, caller: Caller, answer: Answer) -> None:
        client, outbox = cast("WebClient", self), cast("Outbox", self)
        Replies(Notes(client, outbox), outbox, client).send(caller, answer)


class ResponseUrl:
    """A response URL that answers with the `statuses` in turn and keeps what it was sent."""

    def __init__(self) -> None:
        self.statuses: list[tuple[int, str]] = []
        self.heard: list[dict[str, Any]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # the name that http.server calls
                outer.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                status, body = outer.statuses.pop(0)
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_arguments: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"


@pytest.fixture
def response() -> Iterator[ResponseUrl]:
    response = ResponseUrl()
    thread = threading.Thread(target=response.server.serve_forever)
    thread.start()
    yield response
    response.server.shutdown()
    thread.join()
    response.server.server_close()


def test_a_message_for_everybody_goes_through_the_outbox_and_its_sounds_follow(tmp_path: Path) -> None:
    slack, sound = Slack(), str(tmp_path / "1.wav")
    slack.send(MENTION, Answer("yes", OPEN.blocks, sounds=((sound, "a bell"),)))
    message = Message("answer/C1/1.0", "C1", "yes", "answer", "answered", OPEN.blocks, thread="1.0")
    assert (slack.messages, slack.files, slack.notes) == ([message], [sound], [])


def test_an_answer_at_home_is_a_direct_message() -> None:
    slack = Slack()
    slack.send(AT_HOME, PRIVATE)
    (message,) = slack.messages
    assert (message.channel, message.text, message.thread, slack.notes) == ("U1", "yes", None, [])


def test_a_note_for_one_person_tells_pictures_in_words() -> None:
    slack = Slack()
    slack.send(ON_CARD, OPEN)
    blocks = without_pictures(OPEN.blocks)
    assert slack.notes == [{"channel": "C1", "user": "U1", "thread_ts": None, "text": "yes", "blocks": blocks}]


@pytest.mark.parametrize(
    ("caller", "thread"),
    [
        (MENTION, None),
        (Caller("U1", "C1", thread="1.0", message="2.0"), "1.0"),
        (Caller("U1", "C1", response_url=URL, message="1.0", on_card=True), None),
        (Caller("U1", "C1", response_url=URL, thread="1.0", message="2.0", on_card=True), "1.0"),
        (Caller("U1", "D1", message="1.0"), None),
    ],
)
def test_a_note_stands_in_a_thread_only_where_somebody_replied_already(caller: Caller, thread: str | None) -> None:
    slack = Slack()
    slack.send(caller, PRIVATE)
    assert [note["thread_ts"] for note in slack.notes] == [thread]


@pytest.mark.parametrize(
    ("statuses", "sent", "notes"),
    [
        ([(200, "ok")], 1, 0),
        ([(500, "invalid_blocks"), (200, "ok")], 2, 0),
        ([(500, "invalid_blocks"), (500, "invalid_blocks")], 2, 1),
        ([(404, "used_url")], 1, 1),
    ],
)
def test_a_response_url_that_refuses_the_picture_gets_the_words_and_one_that_is_used_up_a_note(
    response: ResponseUrl, statuses: list[tuple[int, str]], sent: int, notes: int
) -> None:
    slack, response.statuses = Slack(), statuses
    slack.send(Caller("U1", "C1", response_url=response.url), OPEN)
    tried = [OPEN.blocks, without_pictures(OPEN.blocks)]
    assert [each["blocks"] for each in response.heard] == tried[:sent]
    assert (len(slack.notes), slack.messages) == (notes, [])


def test_a_response_url_that_cannot_be_reached_is_like_one_that_is_used_up() -> None:
    slack = Slack()
    slack.send(Caller("U1", "C1", response_url="http://127.0.0.1:9/gone"), PRIVATE)
    assert [note["text"] for note in slack.notes] == ["yes"]
