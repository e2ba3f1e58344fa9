"""Drives a real sandbox and a real bot as people do: types, presses, waits for what is to be seen."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
ROOT = Path(__file__).parents[2]


def wait_for(look: Callable[[], T | None], seconds: float = 60, what: str | Callable[[], str] = "") -> T:
    """The first true answer of `look`; AssertionError after the time limit, which says what was waited for."""
    until, pause = time.monotonic() + seconds, 0.01
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > until:
            break
        threading.Event().wait(pause)
        pause = min(0.1, pause * 1.5)
    raise AssertionError(f"not within {seconds:g} s: {what if isinstance(what, str) else what()}")


class Sandbox:
    """A running workspace and Hub; `ready` is what it said when it was up."""

    def __init__(self, process: subprocess.Popen[str], ready: dict[str, Any]) -> None:
        self.process = process
        self.ready = ready
        self.base = ready["workspace_url"].rstrip("/")

    def call(self, path: str, **body: Any) -> dict[str, Any]:
        """A POST of the user's side; the answer as it is."""
        request = urllib.request.Request(
            f"{self.base}/sandbox/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return dict(json.load(answer))

    def get(self, path: str) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.base}/sandbox/{path}", timeout=30) as answer:
            return dict(json.load(answer))

    def command(self, user: str, text: str, channel: str = "ml") -> dict[str, Any]:
        return self.call("command", user=user, channel=channel, command="/hf", text=text)

    def messages(self, user: str, channel: str = "ml", thread_ts: str = "") -> list[dict[str, Any]]:
        """What this person sees, oldest first."""
        thread = f"&thread_ts={thread_ts}" if thread_ts else ""
        found: list[dict[str, Any]] = self.get(f"messages?channel={channel}&user={user}{thread}")["messages"]
        return sorted(found, key=lambda message: float(message["ts"]))

    def about(self, thing: str, channel: str = "ml", user: str = "ana") -> list[dict[str, Any]]:
        """The bot's messages about a thing, by their metadata."""
        return [
            message
            for message in self.messages(user, channel)
            if (message.get("metadata") or {}).get("event_payload", {}).get("about") == thing
        ]

    def state(self, thing: str, channel: str = "ml") -> str:
        """The state that the thing's card tells; empty when there is none yet."""
        found = self.about(thing, channel)
        return found[0]["metadata"]["event_payload"]["state"] if found else ""

    def wait_state(self, thing: str, *states: str, channel: str = "ml", seconds: float = 120) -> str:
        def look() -> str | None:
            state = self.state(thing, channel)
            return state if state in states else None

        def what() -> str:
            return f"{thing} in {states}; it is {self.state(thing, channel)!r}: {self.texts('ana', channel)[-3:]}"

        return wait_for(look, seconds, what)

    def texts(self, user: str, channel: str = "ml") -> list[str]:
        return [message.get("text", "") for message in self.messages(user, channel)]

    def wait_text(self, part: str, user: str = "ana", channel: str = "ml", seconds: float = 60) -> dict[str, Any]:
        """The newest message in which `part` stands, in its text or its blocks."""

        def look() -> dict[str, Any] | None:
            seen = self.messages(user, channel)
            return next((each for each in reversed(seen) if part in json.dumps(each, ensure_ascii=False)), None)

        return wait_for(look, seconds, f"{part!r} for {user} in #{channel}; there is {self.texts(user, channel)[-4:]}")

    def click(
        self, user: str, message: dict[str, Any], action_id: str, channel: str = "ml", **more: Any
    ) -> dict[str, Any]:
        return self.call("click", user=user, channel=channel, ts=message["ts"], action_id=action_id, **more)

    def fill(self, user: str, view: dict[str, Any], **filled: Any) -> dict[str, Any]:
        """Fills in fields of a form, by their names, and sends it; a name is typed before it is chosen."""
        elements = {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}
        for field, value in filled.items():
            if elements[field]["type"] == "external_select":
                menu = {"action_id": elements[field]["action_id"], "block_id": field}
                self.call("suggest", user=user, view_id=view["id"], value=value, **menu)
        values = {field: {elements[field]["action_id"]: value} for field, value in filled.items()}
        return self.call("submit", user=user, view_id=view["id"], values=values)

    def view(self, user: str) -> dict[str, Any]:
        """The form that is open for this person."""
        return wait_for(lambda: (self.get(f"views?user={user}")["views"] or [None])[-1], 15, f"a form for {user}")


def entered(view: dict[str, Any]) -> dict[str, str | None]:
    """What stands in the fields of a form, by their names."""
    values: dict[str, str | None] = {}
    for field, actions in view["state"]["values"].items():
        state = next(iter(actions.values()))
        values[field] = (state.get("selected_option") or {}).get("value") or state.get("value")
    return values


def tied(arguments: list[str], **options: Any) -> "subprocess.Popen[Any]":
    """A Python process in a session of its own that ends when the test run does, however that ends."""
    environment = {**options.pop("env", os.environ), "TIED_TO": str(os.getpid())}
    command = [sys.executable, str(ROOT / "tests" / "world" / "tied.py"), *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True, **options)


# Waits for the end of the test run, then ends the process that it watches.
WATCH = """
import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
signal.sigwait({signal.SIGTERM})
os.kill(int(sys.argv[1]), signal.SIGKILL)
"""


@contextmanager
def held(pid: int) -> Iterator[None]:
    """The process stands still, and does not stay so for ever when the test run is killed."""
    os.kill(pid, signal.SIGSTOP)
    with tied(["-c", WATCH, str(pid)]) as watch:
        yield
        watch.kill()


@contextmanager
def sandbox(state: Path, *options: str) -> Iterator[Sandbox]:
    """A sandbox of its own on any ports."""
    process = tied(["-m", "sandbox", "--state", str(state), *options], stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline() if process.stdout else ""
        assert line, "the sandbox ended before it was ready"
        yield Sandbox(process, json.loads(line))
    finally:
        end(process)
        if process.stdout:
            process.stdout.close()


class Bot:
    """A bot process that can be killed and started again on the same state."""

    def __init__(self, ready: dict[str, Any], home: Path, **more: str) -> None:
        self.home = home
        self.log = home.with_suffix(".log")
        self.environment = (
            os.environ
            | {
                "SLACK_BOT_TOKEN": ready["bot_token"],
                "SLACK_APP_TOKEN": ready["app_token"],
                "SLACK_API_URL": ready["slack_api_url"],
                "HF_TOKEN": ready["hub_token"],
                "HF_ENDPOINT": ready["hub_endpoint"],
                "HF_HOME": str(home.parent / "huggingface"),
                "NO_PROXY": "127.0.0.1,localhost",
                "HUGOPS_HOME": str(home),
                "HUGOPS_LISTEN": "127.0.0.1:0",
                "HUGOPS_APPROVAL_CHANNEL": "ml-approvals",
                "HUGOPS_ANNOUNCE_CHANNEL": "ml-releases",
                "HUGOPS_APPROVERS": "ml-leads",
                "HUGOPS_WATCH_SECONDS": "1",
                # An export takes a core for seconds, which no story is about.
                "HUGOPS_EXPORT_AFTER": "0",
            }
            | more
        )
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = tied(["-m", "bot", "serve"], env=self.environment, stdout=log, stderr=log)

    def kill(self) -> None:
        """SIGKILL: no goodbye, as when the power goes."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None:
            end(self.process)

    def end_workers(self) -> None:
        """Ends trainings that are still at work, by the pids that they noted."""
        for note in self.home.glob("runs/*/worker.json"):
            try:
                os.kill(json.loads(note.read_text())["pid"], signal.SIGKILL)
            except (ProcessLookupError, ValueError, KeyError):
                continue


@contextmanager
def bot(running: Sandbox, home: Path, **more: str) -> Iterator[Bot]:
    """A bot that answers; its log is printed when the test fails."""
    started = Bot(running.ready, home, **more)
    started.start()
    try:
        wait_for(lambda: answers(running), 40, f"an answer of the bot; its log: {tail(started.log)}")
        yield started
    except BaseException:
        print(tail(started.log))
        raise
    finally:
        # A goodbye to Slack would take three seconds, and says nothing here.
        started.kill()
        started.end_workers()


def answers(running: Sandbox) -> bool:
    """Whether the bot answers a command."""
    return bool(running.command("cy", "help", "general").get("ok"))


def tail(log: Path, characters: int = 6000) -> str:
    return log.read_text(errors="replace")[-characters:] if log.exists() else "no log"


def end(process: subprocess.Popen[Any]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
