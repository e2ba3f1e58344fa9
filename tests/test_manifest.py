"""manifest.yml says exactly what the code needs: its commands, events and scopes, no more and no less."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

import handlers

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
    "conversations_info": ("channels:read", "groups:read", "im:read"),
    "conversations_join": ("channels:join",),
    "conversations_list": ("channels:read", "groups:read"),
    "conversations_replies": ("channels:history", "groups:history", "im:history"),
    "files_info": ("files:read",),
    "files_upload_v2": ("files:write",),
    "usergroups_list": ("usergroups:read",),
    "usergroups_users_list": ("usergroups:read",),
    "users_info": ("users:read",),
    "views_open": (),
    "views_publish": (),
}
EVENT_SCOPES = {
    "app_mention": "app_mentions:read",
    "message.im": "im:history",
    "app_home_opened": None,
    "link_shared": "links:read",
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
    menus = {"search.author", "search.task", "search.base", "search.dataset", "compare.dataset"}
    assert set(registered()["options"]) == menus
    forms = {
        "model.try",
        "model.tune",
        "run.publish",
        "release.reject",
        "search.form",
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
    }
    assert fixed <= {key for key in registered()["action"] if isinstance(key, str)}
