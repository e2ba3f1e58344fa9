"""Links to the Hub under which their repo is shown: to everybody, so only what everybody may see, and seldom."""

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import yaml
from huggingface_hub import HfApi
from test_find_blocks import MODEL
from test_search import put

from core.blocks.unfurl import build_unfurl
from core.hub import Hub
from core.store import Database
from handlers import unfurls
from handlers.parts import Parts
from sandbox.workspace.rules.messages import check_message_blocks
from world import driver
from world.running_hub import RunningHub, put_model, running
from world.slack_workspace import Slack, error_of, start

__all__ = ["start"]  # a fixture
HALF_AN_HOUR = 30 * 60


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    with running(tmp_path_factory.mktemp("hub")) as started:
        put_model(started, "acme/open")
        put_model(started, "acme/closed", private=True)
        put_model(started, "acme/second")
        put(started, "acme/rows", {"data.csv": b"text\nsaluton\n"}, "dataset")
        yield started


@pytest.fixture
def slack(start: Callable[..., Slack], server: RunningHub) -> Slack:
    """A workspace that tells of links to the local Hub."""

    def local(raw: dict[str, Any]) -> None:
        raw["features"]["unfurl_domains"] = ["127.0.0.1"]
        raw["oauth_config"]["scopes"]["bot"].append("links:write")

    slack = start(local)
    for channel in ("ml", "general"):
        slack.join(channel)
    return slack


def acknowledge(response: str | dict[str, Any] = "", **more: object) -> None:
    """Slack has its answer."""


class Reader:
    """Posts messages as Ana and hands the links of each to the bot's listener."""

    def __init__(self, slack: Slack, hub: RunningHub, folder: Path) -> None:
        self.slack, self.hub = slack, hub
        self.database_path = folder / "hugops.db"
        settings = SimpleNamespace(hf_endpoint=hub.url)
        self._parts = {
            "settings": settings,
            "database": Database(self.database_path),
            "client": slack.client,
            "hub": Hub(hub.url, "hf_ana"),
        }

    def post(self, *paths: str, channel: str = "ml", times: int = 1, **event: str) -> list[str]:
        """The links under which something stands, after the message was told `times` times."""
        links = [f"{self.hub.url}/{path}" for path in paths]
        ts = self.slack.post("message", user="ana", channel=channel, text=" ".join(links))["ts"]
        told = {"links": [{"url": url, "domain": "127.0.0.1"} for url in links], "message_ts": ts, **event}
        body = {"event": {**told, "channel": self.slack.ready["channels"][channel]}}
        with ThreadPoolExecutor(4) as pool:
            parts = cast("Parts", SimpleNamespace(**self._parts, pool=pool))
            for _ in range(times):
                unfurls.on_link_shared(parts, acknowledge, body)
        messages = self.slack.get("messages", channel=channel, user="dee")["messages"]
        shown = next(one for one in messages if one["ts"] == ts).get("attachments") or []
        return [one["from_url"].removeprefix(f"{self.hub.url}/") for one in shown]


@pytest.fixture
def reader(slack: Slack, server: RunningHub, tmp_path: Path) -> Reader:
    return Reader(slack, server, tmp_path)


def test_links_to_a_model_and_a_dataset_are_shown(reader: Reader) -> None:
    assert reader.post("acme/open", "datasets/acme/rows/tree/main") == ["acme/open", "datasets/acme/rows/tree/main"]


def test_nothing_private_is_shown_though_the_token_may_see_it(reader: Reader) -> None:
    assert Hub(reader.hub.url, "hf_ana").model("acme/closed").private
    assert reader.post("acme/closed", "acme/second") == ["acme/second"]


@pytest.mark.parametrize("path", ["acme", "acme/not-there", "spaces/acme/demo", "docs/hub/index/more", "%3C!here%3E/x"])
def test_what_is_no_model_and_no_dataset_is_passed_over(reader: Reader, path: str) -> None:
    assert reader.post(path) == []


def test_a_list_of_links_stays_a_list(reader: Reader) -> None:
    assert reader.post("acme/open", "acme/second", "datasets/acme/rows") == []


def test_the_same_link_is_shown_once_in_half_an_hour_in_a_channel(reader: Reader) -> None:
    assert reader.post("acme/open", times=3) == ["acme/open"]
    assert reader.post("acme/open") == []
    assert reader.post("acme/open", channel="general") == ["acme/open"]
    with closing(sqlite3.connect(reader.database_path)) as database, database:
        database.execute("UPDATE seen_events SET at = at - ?", (HALF_AN_HOUR + 1,))
    assert reader.post("acme/open") == ["acme/open"]


def test_nothing_is_shown_while_a_message_is_being_written(reader: Reader) -> None:
    assert reader.post("acme/open", source="composer") == []


@pytest.mark.parametrize(
    ("url", "endpoint", "repo"),
    [
        ("https://huggingface.co/acme/open", "https://huggingface.co", "acme/open"),
        ("https://hf.co/acme/open", "https://huggingface.co", "acme/open"),
        ("https://huggingface.co/acme/open", "https://hub.acme.example", None),
        ("https://hub.acme.example.evil.test/acme/open", "https://hub.acme.example", None),
        ("http://[::1", "https://huggingface.co", None),
    ],
)
def test_only_the_hub_that_is_asked_is_read(url: str, endpoint: str, repo: str | None) -> None:
    found = unfurls.read_link(url, endpoint)
    assert (found.id if found else None) == repo


def test_an_unfurl_keeps_slacks_rules() -> None:
    check_message_blocks(build_unfurl(MODEL)["blocks"], lambda _reference: True)


def test_the_workspace_takes_unfurls_for_links_of_the_message_alone(slack: Slack, server: RunningHub) -> None:
    channel = slack.ready["channels"]["ml"]
    ts = slack.post("message", user="ana", channel="ml", text=f"{server.url}/a/b https://huggingface.co/c/d")["ts"]

    def refusal(ts: str, url: str, content: dict[str, Any]) -> str:
        return error_of(lambda: slack.client.chat_unfurl(channel=channel, ts=ts, unfurls={url: content}))

    assert refusal(ts, f"{server.url}/other", {"text": "x"}) == "cannot_unfurl_url"
    assert refusal(ts, "https://huggingface.co/c/d", {"text": "x"}) == "cannot_unfurl_url"
    assert refusal("1.000001", f"{server.url}/a/b", {"text": "x"}) == "cannot_unfurl_message"
    assert refusal(ts, f"{server.url}/a/b", {"blocks": [{"type": "nothing"}]}) == "invalid_attachments"
    assert error_of(lambda: slack.client.chat_unfurl(channel=channel, ts=ts, unfurls={})) == "missing_unfurls"


def test_unfurling_needs_its_scope(start: Callable[..., Slack]) -> None:
    slack = start()
    channel = slack.join("ml")
    ts = slack.post("message", user="ana", channel="ml", text="https://huggingface.co/c/d")["ts"]
    unfurl = {"https://huggingface.co/c/d": {"text": "x"}}
    assert error_of(lambda: slack.client.chat_unfurl(channel=channel, ts=ts, unfurls=unfurl)) == "missing_scope"


@pytest.mark.story
def test_a_link_in_a_channel_is_shown_by_the_running_bot_and_its_details_can_be_pressed(tmp_path: Path) -> None:
    manifest = yaml.safe_load((driver.ROOT / "manifest.yml").read_text())
    manifest["features"]["unfurl_domains"] = ["127.0.0.1"]
    (tmp_path / "manifest.yml").write_text(yaml.safe_dump(manifest))
    with driver.sandbox(tmp_path / "sandbox", "--empty", "--manifest", str(tmp_path / "manifest.yml")) as running:
        api = HfApi(endpoint=running.ready["hub_endpoint"], token=running.ready["hub_token"])
        api.create_repo("acme/linked", private=False)
        with driver.bot(running, tmp_path / "home"):
            running.call("command", user="ana", channel="ml", command="/invite", text="@hugops")
            running.call("message", user="ana", channel="ml", text=f"look: {api.endpoint}/acme/linked")
            message = running.wait_text("is_app_unfurl")
            assert message["attachments"][0]["fallback"] == "acme/linked · no licence given"
            running.click("bo", message, "model.details")
            running.wait_text("Its card has no description.", "bo")
