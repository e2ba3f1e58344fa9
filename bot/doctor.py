"""Says in words what is there and what is missing: tokens, scopes, channels, Hub, disk, torch."""

import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.manifest import FILE
from core.errors import HubError, SettingsError
from core.settings import HELP, Settings, read

FREE_BYTES = 5 * 2**30


@dataclass(frozen=True)
class Finding:
    """One thing looked at; the sentence says what to do when it is not good."""

    good: bool
    sentence: str


def diagnose(environment: Mapping[str, str]) -> list[Finding]:
    """Everything that hugops needs, looked at for real; never prints a secret."""
    try:
        settings = read(environment)
    except SettingsError as error:
        return [Finding(False, error.sentence), *_machine(Path.home())]
    os.environ["HF_ENDPOINT"] = settings.hf_endpoint
    return [
        Finding(True, "settings are complete"),
        *_slack(settings),
        *_hub(settings),
        *_machine(settings.home),
    ]


def _slack(settings: Settings) -> Iterator[Finding]:
    client = WebClient(token=settings.slack_bot_token.get_secret_value(), base_url=settings.slack_api_url, timeout=10)
    try:
        answer = client.auth_test()
    except SlackApiError as error:
        yield Finding(False, f"SLACK_BOT_TOKEN is refused ({error.response.get('error')}): {HELP['SLACK_BOT_TOKEN']}")
        return
    except OSError as error:
        yield Finding(False, f"SLACK_API_URL {settings.slack_api_url} does not answer ({error})")
        return
    yield Finding(True, f"Slack: {answer['user']} in {answer['team']}")
    held = set(str(answer.headers.get("x-oauth-scopes", "")).replace(" ", "").split(","))
    missing = sorted(needed_scopes() - held)
    yield Finding(
        not missing,
        "all scopes of manifest.yml are granted"
        if not missing
        else f"scopes missing: {', '.join(missing)}. Reinstall the app from manifest.yml",
    )
    yield from _app_token(settings)
    yield from _channels(settings, client)


def _app_token(settings: Settings) -> Iterator[Finding]:
    if settings.slack_app_token is None:
        yield Finding(True, f"HTTP mode: Slack must reach http://{settings.listen}/slack/events")
        return
    try:
        WebClient(base_url=settings.slack_api_url, timeout=10).apps_connections_open(
            app_token=settings.slack_app_token.get_secret_value()
        )
        yield Finding(True, "Socket Mode opens")
    except SlackApiError as error:
        yield Finding(False, f"SLACK_APP_TOKEN is refused ({error.response.get('error')}): {HELP['SLACK_APP_TOKEN']}")
    except OSError as error:
        yield Finding(False, f"Socket Mode cannot be asked for ({error})")


def _channels(settings: Settings, client: WebClient) -> Iterator[Finding]:
    from core.workspace import Workspace

    workspace = Workspace(client)
    wanted = {
        "HUGOPS_APPROVAL_CHANNEL": settings.approval_channel,
        "HUGOPS_ANNOUNCE_CHANNEL": settings.announce_channel,
    }
    for key, name in wanted.items():
        if not name:
            yield Finding(False, f"{key} is not set, so nothing can be published: {HELP[key]}")
            continue
        yield _tried(
            lambda name=name: workspace.channel_id(name) is not None,  # type: ignore[misc]  # bound per turn
            f"{key}: #{name.removeprefix('#')} is there",
            f"{key}: there is no channel {name} that I can see. Create it, or invite me with `/invite @hugops`",
        )


def _tried(look: Callable[[], bool], good: str, bad: str) -> Finding:
    try:
        return Finding(True, good) if look() else Finding(False, bad)
    except SlackApiError as error:
        return Finding(False, f"{bad} (Slack says {error.response.get('error')})")
    except OSError as error:
        return Finding(False, f"{bad} (Slack does not answer: {error})")


def _hub(settings: Settings) -> Iterator[Finding]:
    from core.hub import Hub

    try:
        who = Hub(settings.hf_endpoint, settings.hf_token.get_secret_value()).whoami()
    except HubError as error:
        yield Finding(False, f"HF_TOKEN at {settings.hf_endpoint}: {error.sentence}")
        return
    yield Finding(True, f"Hub: {who.name} at {settings.hf_endpoint}, organisations: {', '.join(who.orgs) or 'none'}")
    if who.role == "read":
        yield Finding(False, f"HF_TOKEN may only read, so nothing can be published: {HELP['HF_TOKEN']}")


def _machine(home: Path) -> Iterator[Finding]:
    existing = next(folder for folder in (home, *home.parents) if folder.is_dir())
    free = shutil.disk_usage(existing).free
    yield Finding(
        free >= FREE_BYTES,
        f"disk: {free / 2**30:.0f} GiB free under {existing}"
        + ("" if free >= FREE_BYTES else "; models and checkpoints want at least 5"),
    )
    for library in ("torch", "transformers", "datasets"):
        found = importlib.util.find_spec(library) is not None
        yield Finding(
            found,
            f"{library} is installed" if found else f"{library} is not installed: pip install 'hugops[worker]'",
        )


def needed_scopes() -> set[str]:
    """The bot scopes of manifest.yml; empty where the package is installed without it."""
    if not FILE.is_file():
        return set()
    scopes: list[str] = yaml.safe_load(FILE.read_text())["oauth_config"]["scopes"]["bot"]
    return set(scopes)
