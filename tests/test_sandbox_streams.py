"""Streaming messages of the sandbox's workspace, sent with the unmodified slack_sdk and slack_bolt."""

import json
import queue
from collections.abc import Callable
from typing import Any

import pytest
from slack_bolt import App
from slack_sdk import WebClient
from slack_sdk.models.messages.chunk import BlocksChunk, PlanUpdateChunk, TaskUpdateChunk
from websockets.sync.client import connect

from sandbox.documents import Document
from sandbox.workspace.people import TEAM_ID
from world.slack_workspace import WAIT, Slack, button, connected, error_of, hears_event, plain, slack, start

__all__ = ["connected", "slack", "start"]  # fixtures
METADATA = {"event_type": "hugops", "event_payload": {"about": "R1"}}


def stoppable(raw: Document) -> None:
    """An agent: its streams have a stop button."""
    raw["oauth_config"]["scopes"]["bot"].append("assistant:write")
    raw["settings"]["event_subscriptions"]["bot_events"].append("agent_session_stopped")


def recipient(slack: Slack, **more: str) -> dict[str, Any]:
    return {"recipient_user_id": slack.ready["users"]["ana"], "recipient_team_id": TEAM_ID, **more}


def asked(slack: Slack) -> tuple[str, str]:
    """A channel and the message in it that is to be answered."""
    return slack.join("ml"), slack.post("message", user="ana", channel="ml", text="why?")["ts"]


def last(slack: Slack, thread_ts: str) -> Document:
    messages: list[Document] = slack.get("messages", channel="ml", user="bo", thread_ts=thread_ts)["messages"]
    return messages[-1]


def test_the_helper_of_the_sdk_streams_into_a_thread(slack: Slack) -> None:
    channel, ts = asked(slack)
    stream = slack.client.chat_stream(channel=channel, thread_ts=ts, buffer_size=1, **recipient(slack))
    stream.append(markdown_text="**hello wo")
    growing = last(slack, ts)
    assert (growing["text"], growing["streaming_state"], growing["thread_ts"]) == ("**hello wo", "in_progress", ts)
    refused = error_of(lambda: slack.client.chat_update(channel=channel, ts=growing["ts"], text="x"))
    assert refused == "streaming_state_conflict"
    stream.append(markdown_text="rld!**\n")
    ended = stream.stop(markdown_text="done", blocks=[button()], metadata=METADATA)["message"]
    (shown,) = slack.client.conversations_replies(channel=channel, ts=ts, include_all_metadata=True)["messages"][1:]
    assert ended == shown
    assert (shown["text"], shown["streaming_state"]) == ("**hello world!**\ndone", "completed")
    assert [block["type"] for block in shown["blocks"]] == ["markdown", "actions"]
    assert (shown["metadata"], "edited" in shown) == (METADATA, False)
    assert slack.client.chat_update(channel=channel, ts=growing["ts"], text="later")["text"] == "later"


def test_every_piece_is_told_to_the_page_and_only_the_end_to_the_app(
    slack: Slack, connected: Callable[..., None]
) -> None:
    app, heard = App(client=slack.client, ignoring_self_events_enabled=False), queue.Queue[Document]()
    app.event({"type": "message", "subtype": "message_changed"})(hears_event(heard))
    app.event("message")(lambda: None)
    connected(slack, app)
    channel, ts = asked(slack)
    address = slack.ready["workspace_url"].replace("http", "ws", 1) + "sandbox/live?user=bo"
    with connect(address, proxy=None) as page:
        assert page.ping().wait(WAIT)
        sent = {
            "channel": channel,
            "ts": slack.client.chat_startStream(channel=channel, thread_ts=ts, markdown_text="a", **recipient(slack))[
                "ts"
            ],
        }
        slack.client.chat_appendStream(**sent, markdown_text="b")
        slack.client.chat_stopStream(**sent, markdown_text="c")
        told = [json.loads(str(page.recv(timeout=WAIT))) for _ in range(4)]
    # The parent's count of replies comes in between.
    seen = [(one["type"], one["message"]["text"]) for one in told if one["message"]["ts"] == sent["ts"]]
    assert seen == [("message", "a"), ("changed", "ab"), ("changed", "abc")]
    assert heard.get(timeout=WAIT)["message"]["text"] == "abc"
    assert heard.empty()


def test_tasks_are_updated_in_place(slack: Slack) -> None:
    channel, ts = asked(slack)
    source = {"type": "url", "url": "https://example.com", "text": "Example"}

    def blocks(mode: str) -> list[Document]:
        stream = slack.client.chat_stream(channel=channel, thread_ts=ts, task_display_mode=mode, **recipient(slack))
        stream.append(chunks=[TaskUpdateChunk(id="t1", title="Read", status="in_progress", details="one ")])
        done = TaskUpdateChunk(id="t1", title="Read it", status="complete", details="two", sources=[source])
        section = {"type": "section", "text": plain("x")}
        stream.append(markdown_text="so", chunks=[done, BlocksChunk(blocks=[section])])
        ended = stream.stop(chunks=[PlanUpdateChunk(title="All")] if mode == "plan" else [])
        shown: list[Document] = ended["message"]["blocks"]
        return shown

    timeline, plan = blocks("timeline"), blocks("plan")
    card: Document = {name: value for name, value in timeline[0].items() if name != "block_id"}
    said = card["details"]["elements"][0]["elements"][0]["text"]
    assert (card["task_id"], card["title"], card["status"], said) == ("t1", "Read it", "complete", "one two")
    assert [one["type"] for one in timeline] == ["task_card", "markdown", "section"]
    assert [one["type"] for one in plan] == ["plan", "markdown", "section"]
    assert (plan[0]["title"], plan[0]["tasks"]) == ("All", [card])


def test_what_slack_refuses(slack: Slack) -> None:
    channel, ts = asked(slack)
    client = slack.client

    def begin(**more: Any) -> str:
        return error_of(lambda: client.chat_startStream(**{"channel": channel, "thread_ts": ts, **more}))

    assert begin() == "missing_recipient_user_id"
    assert begin(recipient_user_id=slack.ready["users"]["ana"]) == "missing_recipient_team_id"
    assert begin(**recipient(slack, recipient_user_id="U0NOBODY")) == "user_not_found"
    assert begin(**recipient(slack), markdown_text="x" * 12_001) == "msg_too_long"
    assert begin(**recipient(slack), chunks=[{"type": "task_update", "id": "1"}]) == "invalid_chunks"
    table = {"type": "blocks", "blocks": [{"type": "section"}]}
    assert begin(**recipient(slack), chunks=[table]) == "invalid_blocks"
    assert begin(**recipient(slack, thread_ts="1.000001")) == "cannot_reply_to_message"

    def append(at: str) -> str:
        return error_of(lambda: client.chat_appendStream(channel=channel, ts=at, markdown_text="x"))

    posted = client.chat_postMessage(channel=channel, text="x")["ts"]
    found = [append(at) for at in (posted, ts, "1.000001")]
    assert found == ["message_not_in_streaming_state", "message_not_owned_by_app", "message_not_found"]
    at = client.chat_startStream(channel=channel, thread_ts=ts, **recipient(slack))["ts"]
    many = [{"type": "divider"}] * 51
    assert error_of(lambda: client.chat_stopStream(channel=channel, ts=at, blocks=many)) == "msg_blocks_too_many"
    client.chat_stopStream(channel=channel, ts=at)
    assert append(at) == "message_not_in_streaming_state"


def test_a_direct_message_needs_a_thread_and_no_recipient(slack: Slack, connected: Callable[..., None]) -> None:
    app = App(client=slack.client)

    @app.event("message")
    def answer(say_stream: Any, event: Document) -> None:
        stream = say_stream(thread_ts=event["ts"])
        stream.append(markdown_text="_yes_")
        stream.stop()
        ended.put(event["ts"])

    ended = queue.Queue[str]()
    connected(slack, app)
    slack.post("message", user="ana", channel="helper", text="there?")
    assert slack.texts("helper", "ana", thread_ts=ended.get(timeout=WAIT)) == ["there?", "_yes_"]
    direct = slack.client.conversations_open(users=slack.ready["users"]["bo"])["channel"]["id"]
    outside = error_of(lambda: slack.client.chat_startStream(channel=direct, thread_ts="", markdown_text="x"))
    assert outside == "invalid_arguments"


def test_a_user_stops_the_stream_of_an_app_that_hears_of_it(
    start: Callable[..., Slack], connected: Callable[..., None]
) -> None:
    slack = start(stoppable)
    app, heard = App(client=slack.client), queue.Queue[Document]()
    app.event("agent_session_stopped")(hears_event(heard))
    connected(slack, app)
    channel, ts = asked(slack)
    at = slack.client.chat_startStream(channel=channel, thread_ts=ts, markdown_text="so", **recipient(slack))["ts"]
    pressed = {"user": "bo", "channel": "ml", "ts": at}
    assert slack.post("stop", **pressed) == {"ok": True}
    event = heard.get(timeout=WAIT)
    assert (event["user"], event["thread_ts"], event["streaming_message_ts"]) == (slack.ready["users"]["bo"], ts, [at])
    client: WebClient = slack.client
    refused = [
        error_of(lambda: client.chat_appendStream(channel=channel, ts=at, markdown_text="x")),
        error_of(lambda: client.chat_stopStream(channel=channel, ts=at)),
    ]
    assert refused == ["stopped_by_user"] * 2
    assert client.chat_update(channel=channel, ts=at, text="so (stopped)")["ok"]
    assert slack.post("stop", **pressed)["error"] == "message_not_in_streaming_state"


@pytest.mark.parametrize("scope", ["assistant:write", None])
def test_without_the_event_there_is_no_stop_button(start: Callable[..., Slack], scope: str | None) -> None:
    slack = start(lambda raw: raw["oauth_config"]["scopes"]["bot"].append(scope) if scope else None)
    channel, ts = asked(slack)
    at = slack.client.chat_startStream(channel=channel, thread_ts=ts, **recipient(slack))["ts"]
    assert slack.post("stop", user="bo", channel="ml", ts=at)["error"] == "not_stoppable"
