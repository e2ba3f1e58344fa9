"""App Home: what waits for me, what is mine, what I can do; nothing else."""

from core.blocks.home import build_home
from handlers.listeners import Ack, Body, Parts, attempt


def on_opened(parts: Parts, ack: Ack, body: Body) -> None:
    """Publishes the person's Home whenever they open it."""
    ack()
    event = body["event"]
    if event.get("tab", "home") == "home":
        parts.pool.submit(attempt, lambda: publish(parts, event["user"]))


def publish(parts: Parts, user: str) -> None:
    """What waits for this person, and their newest runs."""
    waiting = [release for release in parts.releases.newest(limit=50) if release.state == "waiting"]
    if not parts.access.may_approve(user):
        waiting = [release for release in waiting if release.requested_by == user]
    blocks = build_home(user, waiting, parts.runs.newest(requested_by=user, limit=5), parts.settings.hf_endpoint)
    parts.client.views_publish(user_id=user, view={"type": "home", "blocks": blocks})
