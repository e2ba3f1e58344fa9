"""A Slack workspace for tests: running in a thread, with the real clients at hand."""

import asyncio
import contextlib
import queue
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
import yaml
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from starlette.applications import Starlette

from sandbox.accounts import load_secrets
from sandbox.documents import Document
from sandbox.servers import LoopServer, bind, url_of
from sandbox.workspace.app import build_workspace, describe
from sandbox.workspace.manifest import Manifest

MANIFEST = Path(__file__).parents[1] / "data" / "manifest.yml"
WAIT = 10
T = TypeVar("T")


@dataclass
class Slack:
    """A running workspace: the app's client, and the users' side."""

    ready: Document
    client: WebClient
    http: httpx.Client

    def post(self, deed: str, **fields: object) -> Document:
        answer: Document = self.http.post(f"sandbox/{deed}", json=fields).json()
        return answer

    def get(self, what: str, **fields: str | None) -> Document:
        answer: Document = self.http.get(f"sandbox/{what}", params=fields).json()
        return answer

    def texts(self, channel: str, user: str, **fields: str | None) -> list[str]:
        return [one["text"] for one in self.get("messages", channel=channel, user=user, **fields)["messages"]]

    def join(self, channel: str) -> str:
        return str(self.client.conversations_join(channel=self.ready["channels"][channel])["channel"]["id"])


class RunningWorkspace:
    """A workspace in a thread of its own, so that the sync clients may block."""

    def __init__(self, state: Path, manifest: Manifest, http_mode_url: str | None = None) -> None:
        bound = bind(0)
        tokens = load_secrets(state)
        app = build_workspace(state, manifest, tokens, url_of(bound) + "/", http_mode_url)
        self._live = app.state.parts.live
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._server = self._run(self._start(app, bound))
        ready: Document = describe(app.state.parts)
        client = WebClient(tokens.bot_token, base_url=ready["slack_api_url"])
        self._http = httpx.Client(base_url=ready["workspace_url"], trust_env=False, timeout=WAIT)
        self.slack = Slack(ready, client, self._http)

    @staticmethod
    async def _start(app: Starlette, bound: socket.socket) -> LoopServer:
        server = LoopServer(app, bound)
        await server.start()
        return server

    def _run(self, work: Coroutine[None, None, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(WAIT)

    def stop(self) -> None:
        self._http.close()
        self._loop.call_soon_threadsafe(self._live.close_all)
        self._run(self._server.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Slack]]:
    """Starts a workspace; `changes` edit the manifest, `state` names another state folder."""
    running: list[RunningWorkspace] = []

    def begin(changes: Callable[[Document], None] = lambda _raw: None, url: str | None = None) -> Slack:
        raw = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
        changes(raw)
        running.append(RunningWorkspace(tmp_path, Manifest.model_validate(raw), url))
        return running[-1].slack

    begin.stop = lambda: running.pop().stop()  # type: ignore[attr-defined]
    yield begin
    for one in running:
        one.stop()


@pytest.fixture
def slack(start: Callable[..., Slack]) -> Slack:
    return start()


@pytest.fixture
def connected() -> Iterator[Callable[[Slack, App], None]]:
    """Connects a Bolt app over Socket Mode until the test ends."""
    handlers: list[SocketModeHandler] = []

    def begin(slack: Slack, app: App) -> None:
        handlers.append(SocketModeHandler(app, slack.ready["app_token"]))
        handlers[-1].connect()

    yield begin
    for handler in handlers:
        hang_up(handler)


def hang_up(handler: SocketModeHandler) -> None:
    """Closes the handler; woken first, because its threads would else wait for a message for up to 4 s more."""
    client = handler.client
    client.message_processor.event.set()
    client.message_queue.put("")
    client.closed, client.auto_reconnect_enabled = True, False
    client.current_session_state.terminated = True
    with contextlib.suppress(OSError, AttributeError):  # it may be gone already
        session: Any = client.current_session
        session.sock.shutdown(socket.SHUT_RDWR)
    handler.close()


def error_of(call: Callable[[], object]) -> str:
    with pytest.raises(SlackApiError) as refused:
        call()
    return str(refused.value.response["error"])


def hears_event(heard: "queue.Queue[Document]") -> Callable[[Document], None]:
    """A listener: Bolt passes arguments by their names."""

    def hear(event: Document) -> None:
        heard.put(event)

    return hear


def plain(text: str) -> Document:
    return {"type": "plain_text", "text": text}


def modal(**more: object) -> Document:
    field = {
        "type": "input",
        "block_id": "name",
        "label": plain("Name"),
        "element": {"type": "plain_text_input", "action_id": "name"},
    }
    form = {"type": "modal", "callback_id": "form", "title": plain("Form"), "submit": plain("Go")}
    return {**form, "blocks": [field], **more}


def button(value: str = "R12") -> Document:
    press = {"type": "button", "action_id": "run.start", "text": plain("Start"), "value": value}
    return {"type": "actions", "block_id": "buttons", "elements": [press]}
