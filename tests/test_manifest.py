"""manifest.yml says exactly what the code needs: its commands, events and scopes, no more and no less."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

import handlers
from bot.manifest import print_manifest
from core.errors import SettingsError

ROOT = Path(__file__).parents[1]
MANIFEST = yaml.safe_load((ROOT / "manifest.yml").read_text())

# The bot scopes that Slack's method pages ask for; an empty tuple where none is needed.
SCOPES: dict[str, tuple[str, ...]] = {
    "apps_connections_open": (),
    "auth_test": (),
    "chat_appendStream": ("chat:write",),
    "chat_getPermalink": (),
    "chat_postEphemeral": ("chat:write",),
    "chat_postMessage": ("chat:write",),
    "chat_startStream": ("chat:write",),
    "chat_stopStream": ("chat:write",),
    "chat_unfurl": ("links:write",),
    "chat_update": ("chat:write",),
    "conversations_history": ("channels:history", "groups:history", "im:history"),
    "conversations_members": ("channels:read", "groups:read", "im:read"),
    "conversations_info": ("channels:read", "groups:read", "im:read"),
    "conversations_join": ("channels:join",),
    "conversations_list": ("channels:read", "groups:read", "im:read"),
    "conversations_replies": ("channels:history", "groups:history", "im:history"),
    "files_info": ("files:read",),
    "files_upload_v2": ("files:write",),
    "usergroups_list": ("usergroups:read",),
    "usergroups_users_list": ("usergroups:read",),
    "users_info": ("users:read",),
    "users_list": ("users:read",),
    "views_open": (),
    "views_publish": (),
    "views_update": (),
}
EVENT_SCOPES = {
    "app_mention": "app_mentions:read",
    "message.im": "im:history",
    "app_home_opened": None,
    "link_shared": "links:read",
    "member_joined_channel": "channels:read",
}


class Recorder:
    """Takes registrations as Bolt's App does, and keeps what was registered."""

    def __init__(self) -> None:
        self.seen: dict[str, list[Any]] = {
            "command": [],
            "event": [],
            "action": [],
            "view": [],
            "options": [],
            "shortcut": [],
        }

    def __getattr__(self, kind: str) -> Callable[[Any], Callable[[Any], None]]:
        def register(key: Any) -> Callable[[Any], None]:
            self.seen[kind].append(key)
            return lambda _listener: None

        return register


def registered() -> dict[str, list[Any]]:
    recorder = Recorder()
    handlers.register(recorder, None)  # type: ignore[arg-type]
    return recorder.seen


def called_methods() -> set[str]:
    """Web API methods that the code calls on a client."""
    found: set[str] = set()
    for room in ("bot", "core", "handlers", "jobs"):
        for path in (ROOT / room).rglob("*.py"):
            calls = re.findall(r"(?:client|WebClient\([^)]*\))\s*\.([a-z]+_[A-Za-z_0-9]+)\(", path.read_text())
            found |= set(calls) - {"send_dict", "is_connected"}
    return found


def test_the_commands_of_the_manifest_are_those_that_are_answered() -> None:
    assert [command["command"] for command in MANIFEST["features"]["slash_commands"]] == registered()["command"]


def test_the_shortcuts_of_the_manifest_are_those_that_are_answered() -> None:
    assert [shortcut["callback_id"] for shortcut in MANIFEST["features"]["shortcuts"]] == registered()["shortcut"]


def test_the_events_of_the_manifest_are_those_that_are_listened_to() -> None:
    subscribed = MANIFEST["settings"]["event_subscriptions"]["bot_events"]
    assert {event.partition(".")[0] for event in subscribed} == set(registered()["event"])
    assert set(subscribed) == set(EVENT_SCOPES)


def test_the_scopes_of_the_manifest_are_those_that_the_called_methods_need() -> None:
    methods = called_methods()
    assert methods <= SCOPES.keys(), "a method without a line in SCOPES"
    needed = {scope for method in methods for scope in SCOPES[method]}
    needed |= {scope for scope in EVENT_SCOPES.values() if scope} | {"commands"}
    assert set(MANIFEST["oauth_config"]["scopes"]["bot"]) == needed


def test_every_button_and_form_that_is_built_has_a_listener() -> None:
    built = set()
    for path in (ROOT / "core" / "blocks").glob("*.py"):
        built |= set(re.findall(r'(?:link_)?button\(\s*"([a-z_]+\.[a-z_]+)"', path.read_text()))
    listened = {str(getattr(key, "pattern", key)) for key in registered()["action"]}
    assert built <= listened
    menus = {f"{kind}.suggest" for kind in ("author", "dataset", "model", "other", "task", "watch")} | {"try.model"}
    assert set(registered()["options"]) == menus
    forms = {
        "model.try",
        "model.tune",
        "run.publish",
        "release.reject",
        "release.ask",
        "search.form",
        "dataset.form",
        "tokenize.form",
        "watch.form",
        "compare.try",
        "try.compare",
    }
    assert set(registered()["view"]) == forms


def test_the_fixed_action_ids_are_there() -> None:
    fixed = {
        "search.next",
        "search.previous",
        "model.try",
        "model.details",
        "model.tune",
        "model.watch",
        "run.start",
        "run.cancel",
        "run.resume",
        "run.logs",
        "run.mute",
        "run.publish",
        "release.approve",
        "release.reject",
        "release.withdraw",
        "release.try",
        "release.ask",
    }
    assert fixed <= {key for key in registered()["action"] if isinstance(key, str)}


def test_http_mode_has_a_manifest_with_every_address() -> None:
    manifest = yaml.safe_load(print_manifest("https://hugops.example.com"))
    url = "https://hugops.example.com/slack/events"
    assert {command["url"] for command in manifest["features"]["slash_commands"]} == {url}
    assert manifest["settings"] | {"org_deploy_enabled": False} == MANIFEST["settings"] | {
        "interactivity": {"is_enabled": True, "request_url": url, "message_menu_options_url": url},
        "event_subscriptions": {"request_url": url, **MANIFEST["settings"]["event_subscriptions"]},
        "socket_mode_enabled": False,
    }
    assert manifest["oauth_config"] == MANIFEST["oauth_config"]


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("https://a.example/", "https://a.example/slack/events"),
        ("https://a.example/hugops", "https://a.example/hugops/slack/events"),
        ("https://a.example:8443/slack/events", "https://a.example:8443/slack/events"),
    ],
)
def test_the_address_may_have_a_port_a_path_or_be_the_whole_one(address: str, url: str) -> None:
    assert yaml.safe_load(print_manifest(address))["settings"]["interactivity"]["request_url"] == url


@pytest.mark.parametrize("address", ["http://a.example", "a.example", "https://", "https://a.example/?x=1"])
def test_an_address_that_slack_cannot_call_is_refused(address: str) -> None:
    with pytest.raises(SettingsError) as refused:
        print_manifest(address)
    assert refused.value.sentence == (
        f"{address} is no address that Slack can call. Give one with https, as in `--http https://hugops.example.com`."
    )


def test_without_an_address_it_is_the_file_itself() -> None:
    assert yaml.safe_load(print_manifest(None)) == MANIFEST
