"""A message that grows: what is fetched, then words that can only be read, and the stop button that is Slack's own."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from slack_sdk import WebClient
from test_slack_sender import refusal

from core.answers import Caller
from core.pace import EditPace
from core.store.tries import Try
from core.workspace import Workspace
from jobs.inference.asking.growing import Edited, Halted, Stream, protect, settled
from jobs.inference.asking.workbench import Workbench
from sandbox.documents import Document
from world.slack_workspace import Slack, start

__all__ = ["start"]  # a fixture


def stoppable(raw: Document) -> None:
    """An agent: its streams have a stop button of Slack's own."""
    raw["oauth_config"]["scopes"]["bot"].append("assistant:write")
    raw["settings"]["event_subscriptions"]["bot_events"].append("agent_session_stopped")


ASKED = cast("Try", SimpleNamespace(id="T1", model="acme/x", task="text-generation"))


def bench_of(client: object) -> Workbench:
    team = Workspace(cast("WebClient", client))
    return cast("Workbench", SimpleNamespace(client=client, workspace=team, edits=EditPace(), unstreamed=set()))


class Unstreaming:
    """A client whose Slack begins no stream, for this reason."""

    def __init__(self, code: str, status: int) -> None:
        self.code, self.status, self.calls = code, status, 0

    def auth_test(self) -> dict[str, str]:
        return {"team_id": "T0ACMELABS"}

    def chat_startStream(self, **_stream: object) -> None:  # noqa: N802  # Slack's own name
        self.calls += 1
        raise refusal(self.code, self.status)


@pytest.mark.parametrize(
    ("code", "status", "thread", "calls"),
    [
        ("channel_type_not_supported", 200, "1.0", 1),
        ("invalid_arguments", 200, "1.0", 1),
        ("missing_scope", 200, "1.0", 1),
        ("ratelimited", 429, "1.0", 2),
        ("internal_error", 500, "1.0", 2),
        ("internal_error", 200, "1.0", 2),
        ("nothing is asked outside of a thread", 200, None, 0),
    ],
)
def test_where_slack_refuses_a_stream_once_none_is_begun_again(
    code: str, status: int, thread: str | None, calls: int
) -> None:
    client = Unstreaming(code, status)
    bench, caller = bench_of(client), Caller("U1", "C1", thread=thread, message="2.0")
    assert [Stream(bench, caller, ASKED).open("One", "") for _ in range(2)] == [False, False]
    assert client.calls == calls


def test_a_stream_tells_what_is_fetched_then_the_words_and_heeds_slacks_stop_button(
    start: Callable[..., Slack],
) -> None:
    slack = start(stoppable)
    channel, ts = slack.join("ml"), slack.post("message", user="ana", channel="ml", text="why?")["ts"]
    bench = bench_of(slack.client)
    stream = Stream(bench, Caller(slack.ready["users"]["ana"], channel, thread=ts), ASKED)

    def blocks() -> list[Any]:
        message = slack.get("messages", channel="ml", user="bo", thread_ts=ts)["messages"][-1]
        return [
            block.get("title") or block["text"]
            for block in message["blocks"]
            if block["type"] in ("task_card", "markdown")
        ]

    assert stream.open("", "Fetching acme/x: 1 MB of 9 MB")
    assert blocks() == ["Fetching acme/x: 1 MB of 9 MB"]
    stream.show("", "Fetching acme/x: 8 MB of 9 MB")
    assert blocks() == ["Fetching acme/x: 8 MB of 9 MB"]
    stream.show("Hello <!channel> ``", "Loading acme/x")
    assert blocks() == ["Loading acme/x", f"```\n{protect('Hello <!channel> ')}"]
    stream.show("Hello <!channel> ``` you", "Loading acme/x")
    assert blocks()[1] == f"```\n{protect('Hello <!channel> ')}''' you"
    slack.post("stop", user="ana", channel="ml", ts=stream.ts)
    with pytest.raises(Halted):
        stream.show("Hello <!channel> ``` you and", "Loading acme/x")
    assert stream.close("Hello")

    again = Stream(bench, Caller(slack.ready["users"]["ana"], channel, thread=ts), ASKED)
    assert again.open("One", "")
    slack.client.chat_stopStream(channel=channel, ts=again.ts)
    assert isinstance(again.show("One two", ""), Edited)
    other = Stream(bench, Caller(slack.ready["users"]["ana"], "C0NOWHERE", thread=ts), ASKED)
    assert not other.open("One", "")


@pytest.mark.parametrize("text", ["<!channel>", "<@U1> and <http://a|b>", "``` <!here> ```", "`<` `` ```` `"])
def test_nothing_that_a_model_writes_leaves_its_fence_or_pings(text: str) -> None:
    shown, pieces = "", [text[:at] for at in range(1, len(text) + 1)]
    for piece in pieces:
        shown += settled(protect(piece))[len(shown) :]
        assert settled(protect(piece)).startswith(shown)
    assert protect(text).startswith(shown)
    for sign in ("```", "<!", "<@", "<h"):
        assert sign not in protect(text)
