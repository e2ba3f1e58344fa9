"""Slack's directory and the Hub hang: every command, press, form and menu is acknowledged at once all the same."""

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import pytest
from test_acknowledgements import COMMANDS, SUBMITTED, VALUES, registered

from world import driver
from world.desk import CHANNELS, PEOPLE, Desk

pytestmark = pytest.mark.story
# Each answer hangs for so long: whoever waits for one takes longer.
HANG = 4
HANGING = ("users.info", "usergroups.users.list", "usergroups.list", "conversations.list", "conversations.info")
MANY = 10_000
# What opens a form, which is no message.
FORMS = ("run", "run a/b", "compare", "search", "train", "train a/b", "tokenize", "watch")
ACTIONS = [action.replace(r"\w+", "task").replace("\\", "") for action in registered("action")]


@dataclass
class Waited:
    """How long everything took to be acknowledged, and which commands got an answer later."""

    seconds: dict[str, float]
    answered: set[str]


def deliver(desk: Desk, kind: str, user: str, **payload: Any) -> float:
    """Hands the bot what Slack sends for this; the seconds until it was acknowledged."""
    who, channel = desk.running.ready["users"][user], desk.running.ready["channels"]["ml"]
    envelope = {
        "type": kind,
        "api_app_id": "A0HUGOPS",
        "trigger_id": "1.2.3",
        "team": {"id": "T0ACMELABS"},
        "user": {"id": who, "team_id": "T0ACMELABS"},
        "channel": {"id": channel, "name": "ml"},
        "container": {"type": "message", "message_ts": "1.000001", "channel_id": channel},
    }
    return desk.deliver({"payload": json.dumps(envelope | payload)})[0]


def type_all(desk: Desk) -> Waited:
    """Types every command, as many at a time as there are people and places, and waits for the answers."""
    waited = Waited({}, set())
    places = list(product(PEOPLE, CHANNELS))
    for start in range(0, len(COMMANDS), len(places)):
        lines = dict(zip(COMMANDS[start : start + len(places)], places, strict=False))
        before = {place: len(desk.running.messages(*place)) for place in places}
        for text, (user, channel) in lines.items():
            waited.seconds[f"/hf {text}"] = desk.running.command(user, text, channel)["ack_ms"] / 1000
        for text, place in lines.items():
            if text not in FORMS:
                driver.wait_for(partial(has_answer, desk, place, before[place]), 120, f"an answer to {text}")
                waited.answered.add(text)
    return waited


def has_answer(desk: Desk, place: tuple[str, str], before: int) -> bool:
    return any(message.get("blocks") for message in desk.running.messages(*place)[before:])


@pytest.fixture(scope="module")
def waited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Waited]:
    """Everything is typed, pressed, filled in and chosen once while nobody answers in time."""
    folder = tmp_path_factory.mktemp("desk")
    url = f"http://127.0.0.1:{(port := driver.free_port())}/slack/events"
    with (
        driver.sandbox(folder / "sandbox", "--empty", "--http-mode", url) as running,
        driver.bot(running, folder / "home", HUGOPS_LISTEN=f"127.0.0.1:{port}", **_over_http(running)) as bot,
    ):
        desk = Desk(running, bot, url)
        for method in HANGING:
            assert running.call("faults", kind="hang", method=method, count=MANY, seconds=HANG)["ok"]
        hub = {"kind": "hang", "path": "/api/", "count": MANY, "seconds": HANG}
        asked = urllib.request.Request(f"{desk.hub}/sandbox/faults", json.dumps(hub).encode())
        urllib.request.urlopen(asked, timeout=10).close()
        waited = type_all(desk)
        for number, action in enumerate(ACTIONS):
            value = VALUES.get(action.partition(".")[0], "x")
            pressed = {"type": "button", "action_id": action, "block_id": "b", "value": value, "action_ts": "1.0"}
            waited.seconds[action] = deliver(desk, "block_actions", PEOPLE[number % 4], actions=[pressed])
        for callback, body in SUBMITTED.items():
            view = {"type": "modal", "callback_id": callback, **body["view"]}
            waited.seconds[callback] = deliver(desk, "view_submission", "dee", view=view)
        for field in registered("options"):
            chosen = {"action_id": field, "block_id": "b", "value": "acme/x"}
            waited.seconds[field] = deliver(desk, "block_suggestion", "dee", **chosen)
        yield waited


def _over_http(running: driver.Sandbox) -> dict[str, str]:
    return {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": running.ready["signing_secret"]}


@pytest.mark.parametrize("text", COMMANDS)
def test_a_command_is_acknowledged_at_once_and_answered_later(waited: Waited, text: str) -> None:
    assert waited.seconds[f"/hf {text}"] < HANG
    assert text in waited.answered or text in FORMS


@pytest.mark.parametrize("name", [*ACTIONS, *registered("view")])
def test_a_press_and_a_form_are_acknowledged_at_once(waited: Waited, name: str) -> None:
    assert waited.seconds[name] < HANG


@pytest.mark.parametrize("name", registered("options"))
def test_a_menu_does_not_wait_for_its_names(waited: Waited, name: str) -> None:
    assert waited.seconds[name] < HANG
