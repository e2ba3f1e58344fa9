"""Who has an account, and the secrets of this sandbox, stable for one state folder."""

import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Account:
    """A user of the Hub with one access token."""

    name: str
    token: str
    orgs: tuple[str, ...]
    fullname: str
    email: str
    role: Literal["write", "read"] = "write"


Accounts = tuple[Account, ...]

HUB_PEOPLE = (
    ("hugops-bot", "hugops", ("acme",)),
    ("ana", "Ana Ruiz", ("acme",)),
    ("bo", "Bo Lindqvist", ("acme",)),
    ("cy", "Cy Okafor", ("acme",)),
    ("dee", "Dee Tanaka", ()),
)


@dataclass(frozen=True)
class Secrets:
    """Tokens of the installed Slack app and of each Hub account (`hub`: account name to token)."""

    bot_token: str
    app_token: str
    signing_secret: str
    verification_token: str
    hub: dict[str, str]

    def accounts(self) -> Accounts:
        """The Hub's accounts: the bot's and the four people's."""
        return tuple(
            Account(name, self.hub[name], orgs, fullname, f"{name}@acme.example") for name, fullname, orgs in HUB_PEOPLE
        )


def load_secrets(state_dir: Path) -> Secrets:
    """Reads `tokens.json` of the state folder, or writes it (readable by its owner alone) the first time."""
    path = state_dir / "tokens.json"
    if path.exists():
        return Secrets(**json.loads(path.read_text(encoding="utf-8")))
    tokens = Secrets(
        bot_token=f"xoxb-{secrets.randbelow(10**12):012d}-{secrets.randbelow(10**12):012d}-{secrets.token_hex(12)}",
        app_token=f"xapp-1-A0HUGOPS-{secrets.randbelow(10**12):012d}-{secrets.token_hex(32)}",
        signing_secret=secrets.token_hex(16),
        verification_token=secrets.token_urlsafe(18),
        hub={name: f"hf_{secrets.token_hex(17)}" for name, _, _ in HUB_PEOPLE},
    )
    path.touch(mode=0o600)
    path.write_text(json.dumps(asdict(tokens), indent=1), encoding="utf-8")
    return tokens
