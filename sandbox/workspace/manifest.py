"""The app's manifest (v2): what of it the workspace enforces. Limits are those of Slack's manifest schema."""

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError


class ManifestError(Exception):
    """The manifest is not one that Slack would install; the message says where and why."""


class _ManifestPart(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)


class Display(_ManifestPart):
    name: Annotated[str, Field(min_length=1, max_length=35)]
    description: Annotated[str, Field(max_length=140)] = ""


class AppHome(_ManifestPart):
    home_tab_enabled: bool = False
    messages_tab_enabled: bool = False
    messages_tab_read_only_enabled: bool = False


class BotUser(_ManifestPart):
    display_name: Annotated[str, Field(min_length=1, max_length=80)]


class ManifestCommand(_ManifestPart):
    command: Annotated[str, Field(min_length=2, max_length=32, pattern=r"^/[^\sA-Z]+$")]
    description: Annotated[str, Field(min_length=1, max_length=2000)]
    usage_hint: Annotated[str, Field(max_length=1000)] = ""
    url: Annotated[str | None, Field(max_length=3000)] = None
    should_escape: bool = False


class ManifestShortcut(_ManifestPart):
    name: Annotated[str, Field(min_length=1, max_length=24)]
    type: Literal["message", "global"]
    callback_id: Annotated[str, Field(min_length=1, max_length=255)]
    description: Annotated[str, Field(min_length=1, max_length=150)]


class Features(_ManifestPart):
    app_home: AppHome = AppHome()
    bot_user: BotUser | None = None
    slash_commands: Annotated[list[ManifestCommand], Field(max_length=50)] = []
    shortcuts: Annotated[list[ManifestShortcut], Field(max_length=10)] = []
    unfurl_domains: Annotated[list[str], Field(max_length=5)] = []


class Scopes(_ManifestPart):
    bot: Annotated[list[str], Field(max_length=255)] = []


class OAuthConfig(_ManifestPart):
    scopes: Scopes = Scopes()


class EventSubscriptions(_ManifestPart):
    request_url: Annotated[str | None, Field(max_length=3500)] = None
    bot_events: Annotated[list[str], Field(max_length=100)] = []


class Interactivity(_ManifestPart):
    is_enabled: bool
    request_url: str | None = None
    message_menu_options_url: str | None = None


class ManifestSettings(_ManifestPart):
    event_subscriptions: EventSubscriptions = EventSubscriptions()
    interactivity: Interactivity = Interactivity(is_enabled=False)
    socket_mode_enabled: bool = False


class Manifest(_ManifestPart):
    display_information: Display
    features: Features = Features()
    oauth_config: OAuthConfig = OAuthConfig()
    settings: ManifestSettings = ManifestSettings()

    @property
    def scopes(self) -> tuple[str, ...]:
        return tuple(self.oauth_config.scopes.bot)

    @property
    def events(self) -> tuple[str, ...]:
        return tuple(self.settings.event_subscriptions.bot_events)

    @property
    def bot_name(self) -> str:
        bot_user = self.features.bot_user
        return bot_user.display_name if bot_user else self.display_information.name

    @property
    def request_url(self) -> str | None:
        """Where events go in HTTP mode; None in Socket Mode."""
        return None if self.settings.socket_mode_enabled else self.settings.event_subscriptions.request_url

    def command(self, name: str) -> ManifestCommand | None:
        return next((one for one in self.features.slash_commands if one.command == name), None)

    def shortcut(self, callback_id: str) -> ManifestShortcut | None:
        return next((one for one in self.features.shortcuts if one.callback_id == callback_id), None)


def read_manifest(path: Path) -> Manifest:
    """Reads a YAML or JSON manifest; raises ManifestError with one line per fault."""
    try:
        raw: object = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Manifest.model_validate(raw)
    except FileNotFoundError as error:
        raise ManifestError(f"{path} does not exist; name another with --manifest") from error
    except yaml.YAMLError as error:
        raise ManifestError(f"{path} is not YAML: {error}") from error
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise ManifestError(f"{path}: " + "; ".join(faults)) from error
