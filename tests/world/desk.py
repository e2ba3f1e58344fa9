"""A place where much is tried on one bot: what exactly it says to each person, and what came of it."""

import json
import sqlite3
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import product
from typing import Any
from urllib.parse import urlencode

from huggingface_hub import HfApi
from slack_sdk.signature import SignatureVerifier

from world import driver

PEOPLE = ("ana", "bo", "cy", "dee")
CHANNELS = ("ml", "general", "ml-approvals", "ml-releases")
THINGS = ("runs", "schedules", "releases", "watches")


class Desk:
    """A workspace over HTTP, so that presses can be forged, and a bot with whom everything is tried."""

    def __init__(self, running: driver.Sandbox, bot: driver.Bot, url: str) -> None:
        self.running = running
        self.bot = bot
        self.url = url
        self.hub = running.ready["hub_endpoint"]
        self.api = HfApi(endpoint=self.hub, token=running.ready["hub_token"])
        self.dee = HfApi(endpoint=self.hub, token=running.ready["hub_tokens"]["dee"])

    def hear_all(self, commands: list[str]) -> dict[str, list[str]]:
        """What the bot says to each command, all asked at the same time by different people in different places."""
        places = dict(zip(commands, product(PEOPLE, CHANNELS), strict=False))
        assert len(places) == len(commands)
        before = {text: self.seen(*place) for text, place in places.items()}
        for text, (user, channel) in places.items():
            self.running.command(user, text, channel)
        return {text: self.wait_new(*place, before[text]) for text, place in places.items()}

    def hear(self, user: str, text: str, channel: str = "ml") -> list[str]:
        """What the bot says to one command."""
        before = self.seen(user, channel)
        self.running.command(user, text, channel)
        return self.wait_new(user, channel, before)

    def press(self, user: str, message: dict[str, Any], action: str, channel: str = "ml") -> list[str]:
        before = self.seen(user, channel)
        pressed = self.running.click(user, message, action, channel)
        assert pressed["ok"], pressed
        return self.wait_new(user, channel, before)

    def forge(self, action: str, value: str, user: str = "ana", secret: str = "") -> list[str]:
        """What the bot says to a press that no button of its own stands for."""
        before = self.seen(user, "ml")
        who = self.running.ready["users"][user]
        channel = self.running.ready["channels"]["ml"]
        payload = {
            "type": "block_actions",
            "api_app_id": "A0HUGOPS",
            "token": "",
            "trigger_id": "1.2.3",
            "team": {"id": "T0ACMELABS"},
            "user": {"id": who, "team_id": "T0ACMELABS"},
            "channel": {"id": channel, "name": "ml"},
            "container": {"type": "message", "message_ts": "1.000001", "channel_id": channel},
            "actions": [{"type": "button", "action_id": action, "block_id": "b", "value": value, "action_ts": "1.0"}],
        }
        self.deliver({"payload": json.dumps(payload)}, secret)
        return self.wait_new(user, "ml", before)

    def deliver(self, body: dict[str, str], secret: str = "") -> tuple[float, bytes]:
        """Hands a body to the bot as Slack would; the seconds until it was acknowledged, and with what."""
        text, at = urlencode(body), str(int(time.time()))
        signed = SignatureVerifier(secret or self.running.ready["signing_secret"])
        headers = {
            "X-Slack-Request-Timestamp": at,
            "X-Slack-Signature": str(signed.generate_signature(timestamp=at, body=text)),
        }
        begun = time.monotonic()
        with urllib.request.urlopen(urllib.request.Request(self.url, text.encode(), headers), timeout=10) as answer:
            return time.monotonic() - begun, answer.read()

    @contextmanager
    def restarted(self, **more: str) -> Iterator[None]:
        """The bot with other settings, and then as it was."""
        usual = self.bot.environment
        for environment in (usual | more, usual):
            self.bot.stop()
            self.bot.environment = environment
            self.bot.start()
            driver.wait_for(lambda: driver.answers(self.running), 40, "the bot's return")
            if environment is not usual:
                yield

    def count(self) -> dict[str, int]:
        """How many things there are."""
        with closing(sqlite3.connect(f"file:{self.bot.home}/hugops.db?mode=ro", uri=True)) as database:
            return {
                thing: database.execute(f"SELECT COUNT(*) FROM {thing}").fetchone()[0]  # noqa: S608  # four fixed names
                for thing in THINGS
            }

    def plan(self, text: str, user: str = "ana", channel: str = "ml") -> dict[str, Any]:
        """Types the command; returns the plan that appears."""
        before = self.seen(user, channel)
        self.running.command(user, text, channel)
        self.wait_new(user, channel, before)
        return next(
            message
            for message in self.running.messages(user, channel)
            if (message["ts"], message["text"]) not in before and "run.start" in json.dumps(message)
        )

    def seen(self, user: str, channel: str) -> set[tuple[str, str]]:
        return {(message["ts"], message["text"]) for message in self.running.messages(user, channel)}

    def wait_new(self, user: str, channel: str, before: set[tuple[str, str]]) -> list[str]:
        def look() -> list[str]:
            return [
                message["text"]
                for message in self.running.messages(user, channel)
                if (message["ts"], message["text"]) not in before and is_answer(message)
            ]

        return driver.wait_for(look, 90, f"an answer for {user} in #{channel}")


def is_answer(message: dict[str, Any]) -> bool:
    """For this person alone, and no longer "Looking at …"."""
    return bool(message.get("is_ephemeral")) and bool(message.get("blocks"))
