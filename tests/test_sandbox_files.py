"""Files of the sandbox's workspace, and what else hangs on messages: as slack_sdk and slack_bolt see them."""

import base64
import queue
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from slack_bolt import App
from slack_sdk.errors import SlackApiError

from sandbox.documents import Document
from world.slack_workspace import WAIT, Slack, button, connected, error_of, slack, start

__all__ = ["connected", "slack", "start"]  # fixtures
Heard = queue.Queue[Document]
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def attached(name: str, content: bytes) -> dict[str, str]:
    return {"name": name, "content_base64": base64.b64encode(content).decode()}


def app_that_hears(slack: Slack, heard: Heard) -> App:
    """Everything that the app is told of others, in the order in which it comes."""
    app = App(client=slack.client)

    @app.middleware
    def hear(body: Document, next_: Callable[[], Any]) -> Any:
        if body.get("event", {}).get("type") != "member_joined_channel":
            heard.put(body)
        return next_()

    for event in (
        "app_mention",
        "message",
        "file_shared",
        "reaction_added",
        "reaction_removed",
        "member_joined_channel",
    ):
        app.event(event)(lambda: None)
    app.shortcut("message.look")(lambda ack: ack())
    app.shortcut("ask.open")(lambda ack: ack())
    return app


def events_of(heard: Heard, *kinds: str) -> Iterator[Document]:
    """The next event of each of these kinds; the order among them is not promised."""
    found: dict[str, Document] = {}
    while not set(kinds) <= set(found):
        event = heard.get(timeout=WAIT)["event"]
        found.setdefault(event["type"], event)
    return (found[kind] for kind in kinds)


def test_a_users_files_reach_the_app_wherever_they_are_posted(slack: Slack, connected: Callable[..., None]) -> None:
    heard = Heard()
    connected(slack, app_that_hears(slack, heard))
    slack.join("ml")
    ts = slack.post("message", user="ana", channel="ml", text="@helper look", files=[attached("a.png", PNG)])["ts"]
    mention, shared = events_of(heard, "app_mention", "file_shared")
    (file,) = mention["files"]
    assert (file["name"], file["mimetype"], file["filetype"], file["size"]) == ("a.png", "image/png", "png", len(PNG))
    assert (mention["ts"], "subtype" in mention, shared["file_id"]) == (ts, False, file["id"])

    headers = {"Authorization": f"Bearer {slack.ready['bot_token']}"}
    for name in ("url_private", "url_private_download"):
        assert slack.http.get(file[name], headers=headers).content == PNG
        stranger = slack.http.get(file[name], follow_redirects=True)
        assert (stranger.status_code, stranger.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert "Sign in to Acme Labs" in stranger.text
    assert slack.client.files_info(file=file["id"])["file"]["url_private"] == file["url_private"]

    while not heard.empty():
        heard.get()
    two = [attached("b.csv", b"x,y\n1,2\n"), attached("c.wav", b"RIFF")]
    slack.post("message", user="bo", channel="ml", text="", thread_ts=ts, files=two)
    (message,) = events_of(heard, "message")
    assert (message["subtype"], message["thread_ts"], message["channel_type"]) == ("file_share", ts, "channel")
    kinds = [(one["mimetype"], one["filetype"], one["mode"]) for one in message["files"]]
    assert kinds == [("text/csv", "csv", "snippet"), ("audio/wav", "wav", "hosted")]

    while not heard.empty():
        heard.get()
    slack.post("message", user="dee", channel="helper", files=[attached("d.jpeg", b"\xff\xd8")])
    (message,) = events_of(heard, "message")
    found = (message["channel_type"], message["text"], message["files"][0]["filetype"])
    assert found == ("im", "", "jpg")

    # Reactions of users, and of threads.
    slack.post("react", user="bo", channel="ml", ts=ts, name="eyes")
    (reaction,) = events_of(heard, "reaction_added")
    assert (reaction["reaction"], reaction["item"]["ts"]) == ("eyes", ts)


def test_a_shortcut_carries_the_whole_message(slack: Slack, connected: Callable[..., None]) -> None:
    heard = Heard()
    connected(slack, app_that_hears(slack, heard))
    parent = slack.post("message", user="bo", channel="ml", text="first")["ts"]
    files = [attached("a.txt", b"one\ntwo\n")]
    ts = slack.post("message", user="bo", channel="ml", text="see *this*", thread_ts=parent, files=files)["ts"]
    pressed = {"user": "ana", "callback_id": "message.look"}
    assert slack.post("shortcut", **pressed, channel="ml", ts=ts)["ok"]
    body = heard.get(timeout=WAIT)
    message = body["message"]
    assert (body["type"], body["callback_id"], body["message_ts"]) == ("message_action", "message.look", ts)
    assert (message["text"], message["ts"], message["thread_ts"]) == ("see *this*", ts, parent)
    assert ([one["preview"] for one in message["files"]], message["blocks"][0]["type"]) == (["one\ntwo"], "rich_text")
    # The app is not in the channel, and may still answer there through the response_url.
    answered = slack.http.post(body["response_url"], json={"text": "seen", "thread_ts": parent})
    assert (answered.status_code, slack.texts("ml", "ana", thread_ts=parent)[-1]) == (200, "seen")
    view = {"type": "modal", "title": {"type": "plain_text", "text": "x"}, "blocks": [{"type": "divider"}]}
    assert slack.client.views_open(trigger_id=body["trigger_id"], view=view)["ok"]
    slack.join("ml")
    posted = slack.client.chat_postMessage(channel=slack.ready["channels"]["ml"], text="plan", blocks=[button()])["ts"]
    slack.post("shortcut", **pressed, channel="ml", ts=posted)
    while (body := heard.get(timeout=WAIT))["type"] != "message_action":
        pass
    assert body["message"]["blocks"] == [button()]
    slack.post("shortcut", user="ana", callback_id="ask.open")
    assert heard.get(timeout=WAIT)["type"] == "shortcut"


def test_the_apps_files_go_into_threads_with_words_beside_them(slack: Slack) -> None:
    channel = slack.join("ml")
    parent = slack.post("message", user="ana", channel="ml", text="a picture?")["ts"]
    reply = slack.post("message", user="bo", channel="ml", text="yes", thread_ts=parent)["ts"]
    uploaded = slack.client.files_upload_v2(
        file_uploads=[
            {"filename": "a.png", "content": PNG, "title": "A cat", "alt_txt": "A cat on a mat"},
            {"filename": "b.txt", "content": "x = 1", "snippet_type": "python"},
        ],
        channel=channel,
        thread_ts=reply,
        initial_comment="Here it is",
    )
    message = slack.client.conversations_replies(channel=channel, ts=parent)["messages"][-1]
    cat, code = message["files"]
    assert (message["text"], message["thread_ts"]) == ("Here it is", parent)
    assert (cat["title"], cat["alt_txt"], code["filetype"]) == ("A cat", "A cat on a mat", "python")
    assert [one["id"] for one in uploaded["files"]] == [cat["id"], code["id"]]
    with pytest.raises(SlackApiError, match="alt_txt_too_large"):
        slack.client.files_upload_v2(channel=channel, filename="a.png", content=PNG, alt_txt="x" * 1001)


def test_a_picture_block_shows_a_file_that_the_app_may_see(slack: Slack) -> None:
    channel = slack.join("ml")
    own = slack.client.files_upload_v2(filename="a.png", content=PNG)["files"][0]["id"]

    def post(file: dict[str, str]) -> Any:
        block = {"type": "image", "slack_file": file, "alt_text": "a"}
        return slack.client.chat_postMessage(channel=channel, text="a", blocks=[block])

    assert post({"id": own})["ok"]
    assert post({"url": slack.client.files_info(file=own)["file"]["url_private"]})["ok"]
    with pytest.raises(SlackApiError) as refused:
        post({"id": "F0NOSUCH"})
    assert refused.value.response["error"] == "invalid_blocks"
    assert refused.value.response["errors"] == ["invalid slack file [json-pointer:/blocks/0/slack_file]"]


def without(*scopes: str) -> Callable[[Document], None]:
    def change(raw: Document) -> None:
        held = raw["oauth_config"]["scopes"]["bot"]
        raw["oauth_config"]["scopes"]["bot"] = [one for one in held if one not in scopes]
        raw["settings"]["event_subscriptions"]["bot_events"] = ["app_mention", "message.im"]

    return change


def test_without_its_scope_or_subscription_the_app_learns_nothing(
    start: Callable[..., Slack], connected: Callable[..., None]
) -> None:
    slack, heard = start(without("files:read", "groups:history")), Heard()
    connected(slack, app_that_hears(slack, heard))
    slack.post("command", user="ana", channel="ml-private", command="/invite", text="@helper")
    secret = slack.post("message", user="ana", channel="ml-private", text="quiet", files=[attached("a.png", PNG)])
    slack.post("message", user="ana", channel="ml-private", text="quiet too", thread_ts=secret["ts"])
    slack.post("react", user="ana", channel="ml-private", ts=secret["ts"], name="eyes")
    slack.post("message", user="ana", channel="ml-private", text="@helper hi", files=[attached("a.png", PNG)])
    event = heard.get(timeout=WAIT)["event"]
    assert (event["type"], heard.empty()) == ("app_mention", True)
    headers = {"Authorization": f"Bearer {slack.ready['bot_token']}"}
    answer = slack.http.get(event["files"][0]["url_private_download"], headers=headers, follow_redirects=True)
    assert "Sign in" in answer.text
    assert error_of(lambda: slack.client.files_info(file=event["files"][0]["id"])) == "missing_scope"
    private = slack.ready["channels"]["ml-private"]
    assert error_of(lambda: slack.client.conversations_replies(channel=private, ts=secret["ts"])) == "missing_scope"


def test_a_thread_is_read_with_its_files_and_metadata(slack: Slack) -> None:
    channel = slack.join("ml")
    metadata = {"event_type": "hugops", "event_payload": {"about": "R1"}}
    parent = slack.post("message", user="ana", channel="ml", text="rows", files=[attached("a.csv", b"a\n1\n")])["ts"]
    slack.client.chat_postMessage(channel=channel, thread_ts=parent, text="R1", metadata=metadata)
    asked = {"channel": channel, "ts": parent}
    first, second = slack.client.conversations_replies(**asked, include_all_metadata=True)["messages"]
    assert (first["files"][0]["name"], first["reply_count"], second["metadata"]) == ("a.csv", 1, metadata)
    assert "metadata" not in slack.client.conversations_replies(**asked)["messages"][1]
    page = slack.client.conversations_replies(**asked, limit=1)
    assert (len(page["messages"]), page["has_more"]) == (1, True)
    rest = slack.client.conversations_replies(**asked, cursor=page["response_metadata"]["next_cursor"])
    assert [one["text"] for one in rest["messages"]] == ["R1"]
    assert error_of(lambda: slack.client.conversations_replies(channel=channel, ts="1.000001")) == "thread_not_found"
