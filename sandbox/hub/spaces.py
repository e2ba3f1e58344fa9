"""Spaces: what a new one holds."""

import yaml

from sandbox.hub.errors import BadRequest

SDKS = ("gradio", "docker", "static", "streamlit")
COLOURS = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")
REFERENCE = "https://huggingface.co/docs/hub/spaces-config-reference"
# The file that each kind of Space starts from.
ENTRY_FILES = {"gradio": "app.py", "streamlit": "app.py", "static": "index.html"}


def first_card(name: str, sdk: str) -> bytes:
    """The README.md of a new Space; BadRequest for an SDK that there is not."""
    if sdk not in SDKS:
        raise BadRequest(f'"sdk" must be one of [{", ".join(SDKS)}]')
    title = name.replace("-", " ").replace("_", " ").title()
    front: dict[str, str | bool] = {"title": title, "emoji": "🚀", "colorFrom": "blue", "colorTo": "green", "sdk": sdk}
    front |= {"app_file": ENTRY_FILES[sdk]} if sdk in ENTRY_FILES else {}
    head = yaml.safe_dump(front | {"pinned": False}, sort_keys=False, allow_unicode=True)
    return f"---\n{head}---\n\nCheck out the configuration reference at {REFERENCE}\n".encode()
