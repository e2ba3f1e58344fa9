"""Links to the Hub in a channel: shown with what they lead to, to everybody who can read the message.

So nothing private is shown, nothing where a message is a list of links, and nothing twice within half an hour.
"""

import logging
from typing import Any
from urllib.parse import urlsplit

from core.blocks.unfurl import build_unfurl
from core.commands import HubRepo, read_repo
from core.errors import HubError, Mistake
from core.hub import Repo
from core.store import seen_events
from handlers.listeners import Ack, Body, Parts, attempt

log = logging.getLogger(__name__)
TOO_MANY = 3
AGAIN_SECONDS = 30 * 60
# The Hub's short name for itself.
ALIASES = {"hf.co": "huggingface.co", "www.huggingface.co": "huggingface.co"}


def on_link_shared(parts: Parts, ack: Ack, body: Body) -> None:
    ack()
    event = body["event"]
    links = [link["url"] for link in event.get("links", ())]
    # While a message is being written it has no place yet where an unfurl could stand.
    if event.get("source") != "composer" and 0 < len(links) < TOO_MANY:
        parts.pool.submit(attempt, lambda: unfurl(parts, event["channel"], event["message_ts"], links))


def unfurl(parts: Parts, channel: str, ts: str, links: list[str]) -> None:
    """Shows what can be shown of these links under the message."""
    shown: dict[str, dict[str, Any]] = {}
    for url in dict.fromkeys(links):
        named = read_link(url, parts.settings.hf_endpoint)
        key = f"link/{channel}/{named.kind}/{named.id}" if named else ""
        if named is None or not _is_first(parts, key):
            continue
        repo = _look_up(parts, named)
        if repo is None:  # nothing was shown, so the next link to it may be
            seen_events.forget(parts.database, key)
        if repo is not None and not repo.private:
            shown[url] = build_unfurl(repo)
    if shown:
        parts.client.chat_unfurl(channel=channel, ts=ts, unfurls=shown)


def read_link(url: str, endpoint: str) -> HubRepo | None:
    """The repo that an address of this Hub leads to; None for every other address."""
    try:
        host, ours = urlsplit(url).netloc.lower(), urlsplit(endpoint).netloc.lower()
        return read_repo(url, example="org/model") if ALIASES.get(host, host) == ours else None
    except (Mistake, ValueError):
        return None


def _look_up(parts: Parts, named: HubRepo) -> Repo | None:
    try:
        return parts.hub.dataset(named.id) if named.kind == "dataset" else parts.hub.model(named.id)
    except HubError as error:  # nobody asked, so nobody is told
        log.info("no unfurl of %s: %s", named.id, error.sentence)
        return None


def _is_first(parts: Parts, key: str) -> bool:
    """Whether this has not been shown within half an hour; Slack delivers events again, too."""
    return seen_events.is_first(parts.database, key, AGAIN_SECONDS)
