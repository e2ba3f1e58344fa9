"""Says in words what is there and what is missing: tokens, scopes, channels, approvers, Hub, disk, torch."""

import importlib.util
import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.manifest import FILE
from core.access import Access, release_channels
from core.errors import HubError, SettingsError
from core.settings import HELP, Settings, read
from core.workspace import Workspace
from jobs.executors import constructor_of

log = logging.getLogger(__name__)
FREE_BYTES = 5 * 2**30


@dataclass(frozen=True)
class Diagnosis:
    """One thing looked at; the sentence says what to do when it is not good."""

    good: bool
    sentence: str


def diagnose(environment: Mapping[str, str]) -> list[Diagnosis]:
    """Everything that hugops needs, looked at for real; never prints a secret."""
    try:
        settings = read(environment)
        constructor_of(settings.executor)
    except SettingsError as error:
        return [Diagnosis(False, error.sentence), *_machine(Path.home())]
    os.environ["HF_ENDPOINT"] = settings.hf_endpoint
    return [
        Diagnosis(True, "settings are complete"),
        *_slack(settings),
        *_hub(settings),
        *_machine(settings.home),
    ]


def _slack(settings: Settings) -> Iterator[Diagnosis]:
    client = WebClient(token=settings.slack_bot_token.get_secret_value(), base_url=settings.slack_api_url, timeout=10)
    try:
        answer = client.auth_test()
    except SlackApiError as error:
        yield Diagnosis(False, f"SLACK_BOT_TOKEN is refused ({error.response.get('error')}): {HELP['SLACK_BOT_TOKEN']}")
        return
    except OSError as error:
        yield Diagnosis(False, f"SLACK_API_URL {settings.slack_api_url} does not answer ({error})")
        return
    yield Diagnosis(True, f"Slack: {answer['user']} in {answer['team']}")
    held = set(str(answer.headers.get("x-oauth-scopes", "")).replace(" ", "").split(","))
    missing = sorted(needed_scopes() - held)
    yield Diagnosis(
        not missing,
        "all scopes of manifest.yml are granted"
        if not missing
        else f"scopes missing: {', '.join(missing)}. Reinstall the app from manifest.yml",
    )
    yield from _app_token(settings)
    yield from _channels(settings, client)
    yield from _approvals(settings, client)


def _app_token(settings: Settings) -> Iterator[Diagnosis]:
    if settings.slack_app_token is None:
        yield Diagnosis(True, f"HTTP mode: Slack must reach http://{settings.listen}/slack/events")
        return
    try:
        WebClient(base_url=settings.slack_api_url, timeout=10).apps_connections_open(
            app_token=settings.slack_app_token.get_secret_value()
        )
        yield Diagnosis(True, "Socket Mode opens")
    except SlackApiError as error:
        yield Diagnosis(False, f"SLACK_APP_TOKEN is refused ({error.response.get('error')}): {HELP['SLACK_APP_TOKEN']}")
    except OSError as error:
        yield Diagnosis(False, f"Socket Mode cannot be asked for ({error})")


def _channels(settings: Settings, client: WebClient) -> Iterator[Diagnosis]:
    workspace = Workspace(client)
    for key, name in release_channels(settings).items():
        if not name:
            yield Diagnosis(False, f"{key} is not set, so nothing can be published: {HELP[key]}")
            continue
        try:
            obstacle = workspace.posting_obstacle(key, name)
        except SlackApiError as error:
            obstacle = f"{key}: {name} cannot be looked up (Slack says {error.response.get('error')})"
        except OSError as error:
            obstacle = f"{key}: {name} cannot be looked up (Slack does not answer: {error})"
        yield Diagnosis(not obstacle, obstacle or f"{key}: #{name.removeprefix('#')} is there")


def _approvals(settings: Settings, client: WebClient) -> Iterator[Diagnosis]:
    access = Access(settings, Workspace(client))
    try:
        obstacles = access.approval_obstacles()
        yield from (Diagnosis(False, sentence) for sentence in obstacles)
        if not obstacles:
            yield Diagnosis(True, f"approvals: {settings.quorum} of {access.approvers()}")
    except SlackApiError as error:
        yield Diagnosis(False, f"approvers cannot be looked up (Slack says {error.response.get('error')})")
    except OSError as error:
        yield Diagnosis(False, f"approvers cannot be looked up (Slack does not answer: {error})")


def warn_of_obstacles(access: Access) -> None:
    """Says at start, in the log, why nothing could be asked for or approved."""
    try:
        for sentence in (*access.channel_obstacles(), *access.approval_obstacles()):
            log.warning("%s", sentence)
    except (SlackApiError, OSError) as error:
        log.warning("channels and approvers cannot be looked up yet: %s", error)


def _hub(settings: Settings) -> Iterator[Diagnosis]:
    from core.hub import Hub

    try:
        who = Hub(settings.hf_endpoint, settings.hf_token.get_secret_value()).whoami()
    except HubError as error:
        yield Diagnosis(False, f"HF_TOKEN at {settings.hf_endpoint}: {error.sentence}")
        return
    yield Diagnosis(True, f"Hub: {who.name} at {settings.hf_endpoint}, organisations: {', '.join(who.orgs) or 'none'}")
    if who.role == "read":
        yield Diagnosis(False, f"HF_TOKEN may only read, so nothing can be published: {HELP['HF_TOKEN']}")


def _machine(home: Path) -> Iterator[Diagnosis]:
    existing = next(folder for folder in (home, *home.parents) if folder.is_dir())
    free = shutil.disk_usage(existing).free
    yield Diagnosis(
        free >= FREE_BYTES,
        f"disk: {free / 2**30:.0f} GiB free under {existing}"
        + ("" if free >= FREE_BYTES else "; models and checkpoints want at least 5"),
    )
    for library in ("torch", "transformers", "datasets"):
        is_there = importlib.util.find_spec(library) is not None
        yield Diagnosis(
            is_there,
            f"{library} is installed" if is_there else f"{library} is not installed: pip install 'hugops[worker]'",
        )


def needed_scopes() -> set[str]:
    """The bot scopes of manifest.yml; empty where the package is installed without it."""
    if not FILE.is_file():
        return set()
    scopes: list[str] = yaml.safe_load(FILE.read_text())["oauth_config"]["scopes"]["bot"]
    return set(scopes)
