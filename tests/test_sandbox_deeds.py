"""What people do to channels and accounts of the sandbox, and what Slack's server checks, met by the real clients."""

import queue
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from slack_bolt import App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sandbox.documents import Document
from world.slack_workspace import WAIT, Slack, connected, error_of, hears_event, plain, slack, start

__all__ = ["connected", "slack", "start"]  # fixtures


def hears(raw: Document, *events: str) -> None:
    raw["settings"]["event_subscriptions"]["bot_events"] += events


def test_an_archived_channel_takes_no_more_messages_until_it_is_restored(slack: Slack) -> None:
    channel, client = slack.join("ml"), slack.client
    ts = client.chat_postMessage(channel=channel, text="before")["ts"]
    assert slack.post("archive", user="bo", channel="ml")["ok"]
    assert client.conversations_info(channel=channel)["channel"]["is_archived"]
    assert error_of(lambda: client.chat_postMessage(channel=channel, text="x")) == "is_archived"
    assert error_of(lambda: client.chat_update(channel=channel, ts=ts, text="x")) == "is_inactive"
    assert error_of(lambda: client.reactions_add(channel=channel, timestamp=ts, name="eyes")) == "is_archived"
    assert slack.post("message", user="ana", channel="ml", text="x")["error"] == "is_archived"
    listed = client.conversations_list(exclude_archived=True)["channels"]
    assert channel not in [one["id"] for one in listed]
    assert slack.post("archive", user="bo", channel="ml")["error"] == "already_archived"
    assert slack.post("archive", user="bo", channel="ml", restore=True)["ok"]
    assert client.chat_postMessage(channel=channel, text="after")["ok"]
    assert slack.texts("ml", "ana")[-3:] == ["archived the channel", "unarchived the channel", "after"]


def test_a_renamed_channel_keeps_its_id(start: Callable[..., Slack], connected: Callable[..., None]) -> None:
    slack = start(lambda raw: hears(raw, "channel_rename"))
    app, heard = App(client=slack.client), queue.Queue[Document]()
    app.event("channel_rename")(hears_event(heard))
    app.event("message")(lambda: None)
    connected(slack, app)
    channel = slack.join("ml")
    assert slack.post("rename", user="bo", channel="ml", name="models")["channel"] == channel
    info = slack.client.conversations_info(channel=channel)["channel"]
    assert (info["name"], info["previous_names"]) == ("models", ["ml"])
    event = heard.get(timeout=WAIT)
    assert (event["channel"]["id"], event["channel"]["name"]) == (channel, "models")
    assert slack.client.chat_postMessage(channel="#models", text="x")["channel"] == channel
    refused = [slack.post("rename", user="bo", channel="models", name=name)["error"] for name in ("general", "No Go")]
    assert refused == ["name_taken", "invalid_name"]


def test_the_app_is_removed_from_a_channel(start: Callable[..., Slack], connected: Callable[..., None]) -> None:
    slack = start(lambda raw: hears(raw, "channel_left"))
    app, heard = App(client=slack.client), queue.Queue[Document]()
    app.event("channel_left")(hears_event(heard))
    app.event("message")(lambda: None)
    connected(slack, app)
    channel = slack.join("ml")
    assert slack.post("remove", user="ana", channel="ml", member="helper")["ok"]
    assert heard.get(timeout=WAIT)["channel"] == channel
    assert error_of(lambda: slack.client.chat_postMessage(channel=channel, text="x")) == "not_in_channel"
    assert slack.post("remove", user="ana", channel="ml", member="helper")["error"] == "not_in_channel"
    assert slack.post("remove", user="ana", channel="general", member="bo")["error"] == "cant_kick_from_general"


def test_a_guest_sees_the_channels_of_the_invitation_alone(slack: Slack) -> None:
    guest = slack.post("guest", user="cy", name="gil", channels=["ml"])["id"]
    shown = slack.client.users_info(user=guest)["user"]
    assert (shown["name"], shown["is_restricted"], shown["is_ultra_restricted"]) == ("gil", True, True)
    assert slack.post("message", user="gil", channel="ml", text="hello")["ok"]
    assert slack.get("messages", user="gil", channel="general")["error"] == "channel_not_found"
    assert [one["name"] for one in slack.get("bootstrap", user="gil")["channels"]] == ["ml"]
    assert slack.post("archive", user="gil", channel="ml")["error"] == "restricted_action"


def test_a_deactivated_account_is_kept_and_reached_no_more(start: Callable[..., Slack]) -> None:
    slack = start()
    dee, channel = slack.ready["users"]["dee"], slack.join("ml")
    assert slack.post("deactivate", user="ana", member="dee")["error"] == "not_allowed"
    assert slack.post("deactivate", user="cy", member="dee")["id"] == dee
    client = slack.client
    assert client.users_info(user=dee)["user"]["deleted"]
    assert dee not in client.conversations_members(channel=channel)["members"]
    assert error_of(lambda: client.conversations_open(users=dee)) == "user_disabled"
    assert error_of(lambda: client.chat_postEphemeral(channel=channel, user=dee, text="x")) == "user_not_in_channel"
    assert slack.post("message", user="dee", channel="ml", text="x")["error"] == "account_inactive"
    start.stop()  # type: ignore[attr-defined]
    assert start().client.users_info(user=dee)["user"]["deleted"]


@pytest.mark.parametrize(
    ("kind", "scope"), [("mpim", "mpim:read"), ("im", "im:read"), ("private_channel", "groups:read")]
)
def test_each_kind_of_conversation_is_listed_with_its_own_scope(
    start: Callable[..., Slack], kind: str, scope: str
) -> None:
    slack = start(lambda raw: raw["oauth_config"]["scopes"].update(bot=["channels:read"]))
    with pytest.raises(SlackApiError) as refused:
        slack.client.conversations_list(types=f"public_channel,{kind}")
    assert (refused.value.response["error"], refused.value.response["needed"]) == ("missing_scope", scope)


def test_a_slow_answer_comes_after_its_seconds_and_for_its_method_alone(slack: Slack) -> None:
    channel = slack.join("ml")
    fault = {"kind": "hang", "method": "chat.postMessage", "seconds": 1.5}
    assert slack.post("faults", **fault) == {"ok": True}
    impatient = WebClient(slack.client.token, base_url=slack.client.base_url, timeout=1)
    began = time.monotonic()
    assert slack.client.auth_test()["ok"]
    assert time.monotonic() - began < 1.5
    with pytest.raises(TimeoutError):
        impatient.chat_postMessage(channel=channel, text="once")
    # It was carried out all the same.
    assert slack.texts("ml", "ana")[-1] == "once"
    odd: list[dict[str, object]] = [{"method": "chat.no"}, {"seconds": "soon"}, {"seconds": -1}, {"count": 0}]
    assert [slack.post("faults", **{"kind": "hang", **one})["error"] for one in odd] == [
        "unknown_method",
        *["invalid_arguments"] * 3,
    ]


@pytest.fixture
def pictures() -> Iterator[str]:
    """A place with one picture, `/dot.png`."""

    class Place(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/dot.png" else 404)
            self.send_header("Content-Type", "image/png" if self.path == "/dot.png" else "text/html")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keeps the test's output quiet."""

    with HTTPServer(("127.0.0.1", 0), Place) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_picture_that_cannot_be_fetched_is_refused(slack: Slack, pictures: str) -> None:
    channel = slack.join("ml")

    def post(url: str) -> str:
        block = {"type": "image", "image_url": url, "alt_text": "A dot"}
        section = {"type": "section", "text": plain("x"), "accessory": block}
        try:
            slack.client.chat_postMessage(channel=channel, text="x", blocks=[block, section])
        except SlackApiError as error:
            return ", ".join(error.response["response_metadata"]["messages"])
        return "posted"

    both = "downloading image failed [json-pointer:/blocks/"
    refused = f"[ERROR] {both}0/image_url], [ERROR] {both}1/accessory/image_url]"
    urls = (f"{pictures}/dot.png", f"{pictures}/gone.png", "http://127.0.0.1:9/dot.png", "https://example.com/dot.png")
    assert [post(url) for url in urls] == ["posted", refused, refused, "posted"]


def test_an_ephemeral_message_is_shown_in_a_thread_that_has_a_reply(slack: Slack) -> None:
    channel, ana = slack.join("ml"), slack.ready["users"]["ana"]
    ts = slack.post("message", user="ana", channel="ml", text="why?")["ts"]

    def whisper(text: str) -> list[str]:
        assert slack.client.chat_postEphemeral(channel=channel, user=ana, text=text, thread_ts=ts)["message_ts"]
        return slack.texts("ml", "ana", thread_ts=ts)

    assert whisper("lost") == ["why?"]
    slack.client.chat_postMessage(channel=channel, text="because", thread_ts=ts)
    assert whisper("seen") == ["why?", "because", "seen"]
