"""Pictures that blocks show by their address: Slack fetches them before it takes the message.

Addresses on this machine are fetched; the sandbox asks nobody outside, so all others count as fetched.
"""

import contextlib
import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx

from sandbox.workspace.arguments import Arguments
from sandbox.workspace.errors import ApiError
from sandbox.workspace.rules.messages import refuse

FETCH_SECONDS = 3.0
REFUSALS = {"blocks": "invalid_blocks", "attachments": "invalid_attachments", "view": "invalid_arguments"}


async def check_pictures(args: Arguments) -> None:
    """Raises what Slack refuses a message, its attachments or a view with, for a picture that is not there."""
    for name, error in REFUSALS.items():
        addresses = list(_addresses(_structure(args, name), f"/{name}"))
        problems = [
            f"downloading image failed [json-pointer:{pointer}]"
            for pointer, url in addresses
            if _is_here(url) and not await _is_picture(url)
        ]
        if problems:
            raise refuse(error, problems)


def _structure(args: Arguments, name: str) -> object:
    """None for what cannot be read: the method itself says so, in its own words."""
    with contextlib.suppress(ApiError):
        return args.structure(name)
    return None


def _addresses(value: object, pointer: str) -> Iterator[tuple[str, str]]:
    """Every `image_url` below, with its place."""
    if isinstance(value, list):
        for index, one in enumerate(value):
            yield from _addresses(one, f"{pointer}/{index}")
    elif isinstance(value, dict):
        for key, one in value.items():
            if key == "image_url" and isinstance(one, str):
                yield f"{pointer}/{key}", one
            else:
                yield from _addresses(one, f"{pointer}/{key}")


def _is_here(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _is_picture(url: str) -> bool:
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=FETCH_SECONDS, follow_redirects=True) as client:
            answer = await client.get(url)
    except httpx.HTTPError:
        return False
    return answer.is_success and answer.headers.get("content-type", "").startswith("image/")
