"""`make demo`: a workspace, a Hub and hugops on this machine, until Ctrl-C. Everything is kept in `.demo`."""

import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).parent
STATE = ROOT / ".demo"
# The same ports every time, where they are free, so that links in old messages stay right.
PORTS = {"--slack-port": 8400, "--hub-port": 8401}
LISTENER_PORT = 8402


def main() -> int:
    """Starts both, prints the page's address, stops both on Ctrl-C or SIGTERM."""
    STATE.mkdir(exist_ok=True, mode=0o700)
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    print("Starting a Slack workspace and a Hub on this machine (the first start fills the Hub: about two minutes) …")
    sandbox = start(
        [sys.executable, "-m", "sandbox", *free_ports(), "--state", str(STATE / "sandbox")], dict(os.environ)
    )
    ready = read_ready(sandbox, done)
    if ready is None:
        stop(sandbox)
        return 0 if done.is_set() else 1
    with (STATE / "hugops.log").open("ab") as log:
        bot = subprocess.Popen(
            [sys.executable, "-m", "bot", "serve"],
            cwd=ROOT,
            env=bot_environment(ready),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    print(f"\n  Open {ready['workspace_url']} and type  /hf help\n")
    print(f"  The Hub: {ready['hub_endpoint']}   The log: {STATE.name}/hugops.log   Stop: Ctrl-C\n", flush=True)
    while not done.wait(0.5):
        if bot.poll() is not None or sandbox.poll() is not None:
            print(f"A process ended by itself; see {STATE.name}/hugops.log", file=sys.stderr)
            break
    stop(bot)
    stop(sandbox)
    print("Stopped. `make demo` goes on where you left; trainings that were running go on meanwhile.")
    return 0 if done.is_set() else 1


def start(command: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
    # A session of its own: Ctrl-C reaches this process alone, which then stops the others in order.
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    )


def read_ready(sandbox: subprocess.Popen[str], done: threading.Event) -> dict[str, str] | None:
    """The sandbox's ready line; None when it ended, or was stopped, before it was ready."""
    lines: list[str] = []
    reader = threading.Thread(target=lambda: lines.extend(itertools.islice(sandbox.stdout or (), 1)), daemon=True)
    reader.start()
    while reader.is_alive() and not done.is_set():
        reader.join(0.2)
    return json.loads(lines[0]) if lines and lines[0].strip() else None


def bot_environment(ready: dict[str, str]) -> dict[str, str]:
    """What hugops is told: the sandbox's tokens and addresses, and folders of its own."""
    return os.environ | {
        "SLACK_BOT_TOKEN": ready["bot_token"],
        "SLACK_APP_TOKEN": ready["app_token"],
        "SLACK_API_URL": ready["slack_api_url"],
        "HF_TOKEN": ready["hub_token"],
        "HF_ENDPOINT": ready["hub_endpoint"],
        "HF_HOME": str(STATE / "huggingface"),
        "NO_PROXY": "127.0.0.1,localhost",
        "HUGOPS_HOME": str(STATE / "hugops"),
        "HUGOPS_LISTEN": f"127.0.0.1:{free_port(LISTENER_PORT)}",
        "HUGOPS_APPROVAL_CHANNEL": "ml-approvals",
        "HUGOPS_ANNOUNCE_CHANNEL": "ml-releases",
        "HUGOPS_APPROVERS": "ml-leads",
        "HUGOPS_WATCH_SECONDS": "10",
    }


def free_ports() -> list[str]:
    """The usual ports, or 0 (any) for one that is taken."""
    return [word for option, port in PORTS.items() for word in (option, str(free_port(port)))]


def free_port(port: int) -> int:
    """The port itself where nobody listens on it, else 0."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return 0
    return port


def stop(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    """Asks the process to end, and ends it when it does not."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


if __name__ == "__main__":
    sys.exit(main())
