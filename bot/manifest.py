"""The app's manifest for Slack: as it stands for Socket Mode, or with every address that HTTP mode needs."""

from pathlib import Path
from urllib.parse import urlsplit

import yaml

from core.errors import SettingsError

FILE = Path(__file__).parents[1] / "manifest.yml"
PATH = "/slack/events"


def print_manifest(http: str | None) -> str:
    """The manifest as YAML; with `http`, an address that Slack can reach, for HTTP mode. SettingsError if it cannot."""
    text = FILE.read_text()
    if http is None:
        return text
    address = urlsplit(http)
    if address.scheme != "https" or not address.hostname or address.query or address.fragment:
        raise SettingsError(
            f"{http} is no address that Slack can call. Give one with https, as in `--http https://hugops.example.com`."
        )
    url = f"https://{address.netloc}{address.path.rstrip('/').removesuffix(PATH)}{PATH}"
    manifest = yaml.safe_load(text)
    features, settings = manifest["features"], manifest["settings"]
    for command in features["slash_commands"]:
        command["url"] = url
    settings["interactivity"] |= {"request_url": url, "message_menu_options_url": url}
    settings["event_subscriptions"] = {"request_url": url, **settings["event_subscriptions"]}
    settings["socket_mode_enabled"] = False
    return yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True)
