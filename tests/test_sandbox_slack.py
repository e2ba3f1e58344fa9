"""The sandbox's Slack workspace, met by the real slack_sdk and slack_bolt."""

import base64
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from slack_bolt import App
from slack_bolt.app.app import SlackAppDevelopmentServer
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from websockets.sync.client import connect

from sandbox.accounts import load_secrets
from sandbox.documents import Document
from sandbox.workspace.manifest import ManifestError, read_manifest
from world.driver import wait_for
from world.slack_workspace import (
    MANIFEST,
    WAIT,
    Slack,
    button,
    connected,
    error_of,
    hears_event,
    modal,
    slack,
    start,
)

__all__ = ["connected", "slack", "start"]  # fixtures


def test_the_app_knows_itself_and_its_scopes(slack: Slack) -> None:
    answer = slack.client.auth_test()
    assert (answer["user"], answer["user_id"]) == ("helper", slack.ready["bot_user_id"])
    assert "chat:write" in answer.headers["x-oauth-scopes"].split(",")


def test_it_posts_only_where_it_is_a_member(slack: Slack) -> None:
    channels = slack.ready["channels"]
    assert error_of(lambda: slack.client.chat_postMessage(channel=channels["ml"], text="x")) == "not_in_channel"
    assert (
        error_of(lambda: slack.client.chat_postMessage(channel=channels["ml-private"], text="x")) == "channel_not_found"
    )
    slack.join("ml")
    slack.client.chat_postMessage(channel="#ml", text="hello https://example.com/a")
    assert slack.texts("ml", "dee")[-1] == "hello <https://example.com/a>"


def test_a_missing_scope_is_named(start: Callable[..., Slack]) -> None:
    slack = start(lambda raw: raw["oauth_config"]["scopes"].update(bot=["chat:write", "commands"]))
    with pytest.raises(SlackApiError) as refused:
        slack.client.users_list()
    assert refused.value.response.data == {
        "ok": False,
        "error": "missing_scope",
        "needed": "users:read",
        "provided": "chat:write,commands",
    }


def test_metadata_is_kept_by_edits_and_shown_to_those_who_ask(slack: Slack) -> None:
    channel = slack.join("ml")
    metadata = {"event_type": "hugops", "event_payload": {"about": "R1"}}
    ts = slack.client.chat_postMessage(channel=channel, text="one", metadata=metadata)["ts"]
    slack.client.chat_update(channel=channel, ts=ts, text="two")
    message = slack.client.conversations_history(channel=channel, include_all_metadata=True)["messages"][0]
    assert (message["text"], message["metadata"]) == ("two", metadata)
    assert "metadata" not in slack.client.conversations_history(channel=channel)["messages"][0]


def test_a_text_without_blocks_takes_the_blocks_away(slack: Slack) -> None:
    channel = slack.join("ml")
    ts = slack.client.chat_postMessage(channel=channel, text="one", blocks=[button()])["ts"]
    assert "blocks" not in slack.client.chat_update(channel=channel, ts=ts, text="two")["message"]
    assert error_of(lambda: slack.client.chat_update(channel=channel, ts=ts, text="x" * 4001)) == "msg_too_long"


def test_threads_are_counted_on_their_parent(slack: Slack) -> None:
    channel = slack.join("ml")
    parent = slack.client.chat_postMessage(channel=channel, text="parent")["ts"]
    reply = slack.client.chat_postMessage(channel=channel, text="reply", thread_ts=parent)["ts"]
    first, second = slack.client.conversations_replies(channel=channel, ts=parent)["messages"]
    assert (first["reply_count"], first["latest_reply"], second["ts"]) == (1, reply, reply)
    assert slack.texts("ml", "ana")[-1] == "parent"
    assert slack.texts("ml", "ana", thread_ts=parent) == ["parent", "reply"]


def test_posting_too_fast_is_told_with_a_delay(slack: Slack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.workspace.rate_limits.time", SimpleNamespace(monotonic=lambda: 0.0))
    channel = slack.join("ml")
    for number in range(5):
        slack.client.chat_postMessage(channel=channel, text=str(number))
    with pytest.raises(SlackApiError) as refused:
        slack.client.chat_postMessage(channel=channel, text="6")
    assert (refused.value.response.status_code, refused.value.response.headers["Retry-After"]) == (429, "1")
    assert refused.value.response.data == {"ok": False, "error": "ratelimited"}


def test_faults_hit_the_next_calls_and_every_call_is_logged(slack: Slack) -> None:
    slack.post("faults", kind="rate_limit", method="team.info", count=1, seconds=7)
    assert error_of(slack.client.team_info) == "ratelimited"
    assert slack.client.team_info()["team"]["name"] == "Acme Labs"
    calls = slack.get("calls", method="team.info")["calls"]
    assert [(one["status"], one["answer"]["ok"], one["caller"]) for one in calls] == [
        (429, False, "bot"),
        (200, True, "bot"),
    ]


def test_files_go_up_and_come_down(slack: Slack) -> None:
    channel = slack.join("ml")
    uploaded = slack.client.files_upload_v2(channel=channel, filename="a.txt", content="hello", title="A")
    info = slack.client.files_info(file=uploaded["files"][0]["id"])["file"]
    headers = {"Authorization": f"Bearer {slack.ready['bot_token']}"}
    assert slack.http.get(info["url_private"], headers=headers).text == "hello"
    assert slack.http.get(info["url_private"]).is_redirect
    assert slack.http.get(f"sandbox/files/{info['id']}").text == "hello"
    shown = {"type": "image", "slack_file": {"id": info["id"]}, "alt_text": "A"}
    assert slack.client.chat_postMessage(channel=channel, text="A", blocks=[shown])["ok"]


def test_a_mention_reaches_the_app_only_where_it_was_invited(slack: Slack, connected: Callable[..., None]) -> None:
    app, heard = App(client=slack.client), queue.Queue[Document]()
    app.event("app_mention")(hears_event(heard))
    connected(slack, app)
    slack.post("message", user="ana", channel="ml-private", text="@helper not yet")
    told = f"You mentioned <@{slack.ready['bot_user_id']}>, but they're not in this channel. "
    assert slack.texts("ml-private", "ana")[-1] == told + "Type `/invite @helper` to add them."
    assert slack.post("command", user="ana", channel="ml-private", command="/invite", text="@helper")["ok"]
    ts = slack.post("message", user="ana", channel="ml-private", text="@helper now & <soon>")["ts"]
    event = heard.get(timeout=WAIT)
    assert (event["ts"], event["text"]) == (ts, f"<@{slack.ready['bot_user_id']}> now &amp; &lt;soon&gt;")
    assert heard.empty()


def test_an_event_can_come_again_under_a_new_id(slack: Slack, connected: Callable[..., None]) -> None:
    app, heard = App(client=slack.client), queue.Queue[Document]()

    @app.event("app_mention")
    def hear(body: Document) -> None:
        heard.put(body)

    slack.join("ml")
    connected(slack, app)
    slack.post("message", user="ana", channel="ml", text="@helper hi")
    first = heard.get(timeout=WAIT)
    # The message event of the same post is the last one or the one before.
    slack.post("faults", kind="redeliver", count=2)
    again = [heard.get(timeout=WAIT), heard.get(timeout=WAIT)]
    assert sorted(one["event_id"] == first["event_id"] for one in again) == [False, True]
    assert [one["event"]["ts"] for one in again] == [first["event"]["ts"]] * 2


def test_an_outdated_hash_and_an_unknown_trigger_are_refused(slack: Slack) -> None:
    home = {"type": "home", "blocks": []}
    ana = slack.ready["users"]["ana"]
    old = slack.client.views_publish(user_id=ana, view=home)["view"]["hash"]
    slack.client.views_publish(user_id=ana, view=home)
    assert error_of(lambda: slack.client.views_publish(user_id=ana, view=home, hash=old)) == "hash_conflict"
    unknown = "1.2.abc"
    assert error_of(lambda: slack.client.views_open(trigger_id=unknown, view=modal())) == "invalid_trigger_id"


def test_a_dropped_socket_is_made_anew(slack: Slack, connected: Callable[..., None]) -> None:
    app = App(client=slack.client)
    app.command("/hey")(lambda ack: ack("here"))
    connected(slack, app)
    assert slack.post("faults", kind="drop_socket") == {"ok": True, "dropped": 1}

    def answer() -> object:
        return slack.post("command", user="ana", channel="ml", command="/hey").get("response")

    assert wait_for(answer, WAIT, "an answer") == {"text": "here"}


def test_a_ticket_opens_one_socket(slack: Slack) -> None:
    app_client = WebClient(slack.ready["app_token"], base_url=slack.ready["slack_api_url"])
    url = app_client.apps_connections_open(app_token=slack.ready["app_token"])["url"]
    with connect(url, proxy=None) as socket:
        assert '"type": "hello"' in str(socket.recv(timeout=WAIT))
        with pytest.raises(Exception, match="403"), connect(url, proxy=None):
            pass


def test_http_mode_signs_what_it_sends(start: Callable[..., Slack], tmp_path: Path) -> None:
    tokens = load_secrets(tmp_path)
    heard = queue.Queue[Document]()
    client = WebClient(tokens.bot_token)
    app = App(client=client, signing_secret=tokens.signing_secret, token_verification_enabled=False)
    app.command("/hey")(lambda ack: ack("signed"))
    app.event("app_mention")(hears_event(heard))
    server = SlackAppDevelopmentServer(0, "/slack/events", app, http_server_logger_enabled=False)
    address = server._server.server_address
    thread = threading.Thread(target=server._server.serve_forever)
    thread.start()
    try:
        slack = start(url=f"http://127.0.0.1:{address[1]}/slack/events")
        client.base_url = slack.ready["slack_api_url"]
        said = slack.post("command", user="ana", channel="ml", command="/hey", text="")
        assert said["response"] == {"text": "signed"}
        slack.join("ml")
        slack.post("message", user="ana", channel="ml", text="@helper hi")
        assert heard.get(timeout=WAIT)["type"] == "app_mention"
    finally:
        server._server.shutdown()
        thread.join()
        server._server.server_close()


def test_the_page_hears_what_its_user_may_see(slack: Slack) -> None:
    channel = slack.join("ml")
    base = slack.ready["workspace_url"].replace("http", "ws", 1)
    users = slack.ready["users"]
    with connect(f"{base}sandbox/live?user=ana", proxy=None) as ana:
        assert ana.ping().wait(WAIT)
        slack.client.chat_postEphemeral(channel=channel, user=users["bo"], text="for bo")
        slack.client.chat_postEphemeral(channel=channel, user=users["ana"], text="for ana")
        told = json.loads(str(ana.recv(timeout=WAIT)))
    assert (told["type"], told["channel"], told["message"]["text"]) == ("ephemeral", channel, "for ana")


def test_a_users_file_is_in_the_message_that_the_app_hears(slack: Slack, connected: Callable[..., None]) -> None:
    app, heard = App(client=slack.client), queue.Queue[Document]()
    app.event({"type": "message", "subtype": "file_share"})(hears_event(heard))
    connected(slack, app)
    content = base64.b64encode(b"a,b\n1,2\n").decode()
    slack.post(
        "message",
        user="ana",
        channel="helper",
        text="rows",
        files=[{"name": "a.csv", "content_base64": content}],
    )
    event = heard.get(timeout=WAIT)
    assert (event["channel_type"], event["files"][0]["name"], event["files"][0]["size"]) == ("im", "a.csv", 8)


def test_a_restart_keeps_messages_members_and_tokens(start: Callable[..., Slack]) -> None:
    before = start()
    channel = before.join("ml")
    before.client.chat_postMessage(channel=channel, text="kept")
    tokens = before.ready["bot_token"]
    start.stop()  # type: ignore[attr-defined]
    after = start()
    assert after.ready["bot_token"] == tokens
    assert after.client.conversations_history(channel=channel)["messages"][0]["text"] == "kept"


def test_a_manifest_that_slack_would_refuse_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "manifest.yml"
    path.write_text("display_information: {name: x}\nfeatures: {slash_commands: [{command: hey, description: x}]}")
    with pytest.raises(ManifestError, match=r"features\.slash_commands\.0\.command"):
        read_manifest(path)


@pytest.mark.story
def test_the_sandbox_says_when_it_is_ready_and_stops_cleanly(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sandbox", "--empty", "--manifest", str(MANIFEST), "--state", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        client = WebClient(ready["bot_token"], base_url=ready["slack_api_url"])
        assert client.auth_test()["user_id"] == ready["bot_user_id"]
        process.terminate()
        assert process.wait(WAIT) == 0
    assert set(ready) == {
        *("slack_api_url", "workspace_url", "hub_endpoint", "bot_token", "bot_user_id", "app_token"),
        *("signing_secret", "hub_token", "hub_tokens", "users", "channels"),
    }
    assert (tmp_path / "tokens.json").stat().st_mode & 0o777 == 0o600


def test_an_event_without_an_acknowledgement_comes_again_at_once(slack: Slack) -> None:
    slack.join("ml")
    url = slack.client.apps_connections_open(app_token=slack.ready["app_token"])["url"]
    with connect(url, proxy=None) as socket:
        assert json.loads(socket.recv(timeout=WAIT))["type"] == "hello"
        slack.post("message", user="ana", channel="ml", text="hi")
        first, second = (json.loads(socket.recv(timeout=WAIT)) for _ in range(2))
    assert (first["retry_attempt"], first["retry_reason"]) == (0, "")
    assert (second["retry_attempt"], second["retry_reason"]) == (1, "timeout")
    assert first["payload"] == second["payload"]


def test_a_hanging_call_is_done_once_and_answered_late(slack: Slack) -> None:
    channel = slack.join("ml")
    slack.post("faults", kind="hang", method="chat.postMessage", count=1, seconds=1.5)
    hasty = WebClient(slack.ready["bot_token"], base_url=slack.ready["slack_api_url"], timeout=1)
    with pytest.raises(TimeoutError):
        hasty.chat_postMessage(channel=channel, text="once")
    assert slack.texts("ml", "ana").count("once") == 1
