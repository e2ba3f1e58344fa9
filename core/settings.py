"""The environment, read once into one frozen object."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from core.errors import SettingsError

LAST_PORT = 65_535
_UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}


def parse_size(text: str | int) -> int:
    """Bytes from `2G`, `512MiB` or a plain number; ValueError otherwise."""
    size = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?\s*", str(text).lower())
    if not size:
        raise ValueError("write a size such as 2G or 512M")
    return int(float(size[1]) * _UNITS[size[2]])


def _names(text: object) -> object:
    return tuple(name for name in re.split(r"[,\s]+", text) if name) if isinstance(text, str) else text


def _listen(text: str) -> str:
    if not re.fullmatch(r"[\w.\-\[\]:]+:\d{1,5}", text) or int(text.rpartition(":")[2]) > LAST_PORT:
        raise ValueError("write host:port, for example 127.0.0.1:8080")
    return text


def _address(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+\S*", text):
        raise ValueError("write an address that begins with https://")
    return text.rstrip("/")


Names = Annotated[tuple[str, ...], BeforeValidator(_names)]
Address = Annotated[str, AfterValidator(_address)]
Size = Annotated[int, BeforeValidator(parse_size)]

# What each setting is and where it comes from: the text of `doctor`, of errors and of the README's table.
HELP: dict[str, str] = {
    "SLACK_BOT_TOKEN": "the bot token (xoxb-…): api.slack.com/apps → your app → OAuth & Permissions",
    "SLACK_APP_TOKEN": (
        "the app-level token (xapp-…, scope connections:write) for Socket Mode: "
        "api.slack.com/apps → your app → Basic Information → App-Level Tokens"
    ),
    "SLACK_SIGNING_SECRET": (
        "the signing secret for HTTP mode (instead of SLACK_APP_TOKEN): "
        "api.slack.com/apps → your app → Basic Information → App Credentials"
    ),
    "SLACK_API_URL": "Slack's Web API; only a local workspace has another one",
    "HF_TOKEN": "a Hub token with write access to the organisations you publish to: huggingface.co/settings/tokens",
    "HF_ENDPOINT": "the Hub; only a local or private Hub has another one",
    "HF_INFERENCE_ENDPOINT": "where inference providers are reached (`via=`); the Hub's own router until set, or the "
    "Hub itself where HF_ENDPOINT is another",
    "HUGOPS_HOME": "the state folder; the database is hugops.db in it",
    "HUGOPS_LISTEN": "host:port of the HTTP listener (health, metrics, and Slack's HTTP mode)",
    "HUGOPS_APPROVAL_CHANNEL": "the channel (name or id) where releases are approved",
    "HUGOPS_ANNOUNCE_CHANNEL": "the channel (name or id) where releases are announced",
    "HUGOPS_ADMINS": "user ids or user-group handles of admins; workspace admins until set",
    "HUGOPS_APPROVERS": "user ids or user-group handles of those who approve releases; admins until set",
    "HUGOPS_TRAINERS": "user ids or user-group handles of those who may train; everyone until set",
    "HUGOPS_QUORUM": "how many approvals a release needs",
    "HUGOPS_EXECUTOR": "where runs run; only local today",
    "HUGOPS_SLOTS": "how many runs train at the same time",
    "HUGOPS_MODEL_MEMORY": "how much memory the models of quick inference may take together",
    "HUGOPS_TRIES_DAYS": "for how many days texts and files that models were tried on are kept, for Rerun and Compare",
    "HUGOPS_EXPORT_AFTER": (
        "from which request on a model for texts is exported to ONNX Runtime, which answers faster; 0 for never"
    ),
    "HUGOPS_WATCH_SECONDS": "how often watched repos are looked at, in seconds",
}


class Settings(BaseModel):
    """Everything hugops is told from outside. Secrets hide themselves in `repr`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    slack_bot_token: SecretStr
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_api_url: Address = "https://slack.com/api/"
    hf_token: SecretStr
    hf_endpoint: Address = "https://huggingface.co"
    hf_inference_endpoint: Address | None = None
    home: Path = Field(default=Path("~/.hugops"), alias="HUGOPS_HOME")
    listen: Annotated[str, AfterValidator(_listen)] = Field(default="127.0.0.1:8420", alias="HUGOPS_LISTEN")
    approval_channel: str = Field(default="", alias="HUGOPS_APPROVAL_CHANNEL")
    announce_channel: str = Field(default="", alias="HUGOPS_ANNOUNCE_CHANNEL")
    admins: Names = Field(default=(), alias="HUGOPS_ADMINS")
    approvers: Names = Field(default=(), alias="HUGOPS_APPROVERS")
    trainers: Names = Field(default=(), alias="HUGOPS_TRAINERS")
    quorum: int = Field(default=1, ge=1, le=20, alias="HUGOPS_QUORUM")
    executor: str = Field(default="local", alias="HUGOPS_EXECUTOR")
    slots: int = Field(default=1, ge=1, le=64, alias="HUGOPS_SLOTS")
    model_memory: Size = Field(default=2 * 2**30, alias="HUGOPS_MODEL_MEMORY")
    tries_days: int = Field(default=30, ge=1, le=3650, alias="HUGOPS_TRIES_DAYS")
    export_after: int = Field(default=3, ge=0, alias="HUGOPS_EXPORT_AFTER")
    watch_seconds: float = Field(default=60, gt=0, le=86_400, alias="HUGOPS_WATCH_SECONDS")

    @property
    def database(self) -> Path:
        return self.home / "hugops.db"

    @property
    def runs_folder(self) -> Path:
        return self.home / "runs"

    @property
    def archive(self) -> Path:
        return self.home / "archive"

    @property
    def socket_mode(self) -> bool:
        return self.slack_app_token is not None


def read(environment: Mapping[str, str]) -> Settings:
    """Settings from the environment; SettingsError names the first key that is missing or wrong."""
    ours = {key: value for key, value in environment.items() if value.strip() and _is_ours(key)}
    fields = {(key if key.startswith("HUGOPS_") else key.lower()): value for key, value in ours.items()}
    try:
        settings = Settings(**fields)  # strings, validated field by field
    except ValidationError as error:
        raise SettingsError(_first_problem(error)) from None
    if settings.slack_app_token is None and settings.slack_signing_secret is None:
        raise SettingsError(f"SLACK_APP_TOKEN is missing: {HELP['SLACK_APP_TOKEN']}.")
    if not settings.slack_bot_token.get_secret_value().startswith(("xoxb-", "xoxe.xoxb-")):
        raise SettingsError(f"SLACK_BOT_TOKEN is not a bot token. It is {HELP['SLACK_BOT_TOKEN']}.")
    if settings.slack_app_token and not settings.slack_app_token.get_secret_value().startswith("xapp-"):
        raise SettingsError(f"SLACK_APP_TOKEN is not an app-level token. It is {HELP['SLACK_APP_TOKEN']}.")
    return settings.model_copy(
        update={
            "home": settings.home.expanduser().absolute(),
            "slack_api_url": settings.slack_api_url.rstrip("/") + "/",
        }
    )


def _is_ours(key: str) -> bool:
    return key in HELP


def _first_problem(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_input=False)[0]
    key = str(problem["loc"][0]).upper()
    about = HELP.get(key, "")
    if problem["type"] == "missing":
        return f"{key} is missing: {about}."
    reason = problem["msg"].removeprefix("Value error, ").lower()
    return f"{key} is wrong ({reason}). It is {about}."


def settings_table() -> str:
    """Every setting as a Markdown table, from the settings themselves."""
    lines = ["| setting | default | what it is |", "|---|---|---|"]
    for key, about in HELP.items():
        name = key.removeprefix("HUGOPS_").lower() if key.startswith("HUGOPS_") else key.lower()
        default = Settings.model_fields[name].get_default()
        shown = "required" if Settings.model_fields[name].is_required() else _plain(default)
        lines.append(f"| `{key}` | {shown} | {about} |")
    return "\n".join(lines)


def _plain(default: object) -> str:
    if default in (None, "", ()):
        return "–"
    return f"`{'2G' if default == 2 * 2**30 else default}`"
