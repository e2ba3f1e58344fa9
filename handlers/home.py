"""App Home: what waits for me, what is mine, what I can do; nothing else."""

import logging
import time

from slack_sdk.errors import SlackApiError

from core.blocks.home import SHOWN, Overview, Pending, build_home
from core.ids import RUN
from core.schedules import upcoming
from core.store import watches as watch_table
from core.store.releases import Release
from handlers.listeners import Ack, Body, Parts, attempt

log = logging.getLogger(__name__)
LOOKED_AT = 50


def on_opened(parts: Parts, ack: Ack, body: Body) -> None:
    """Publishes the person's Home whenever they open it."""
    ack()
    event = body["event"]
    if event.get("tab", "home") == "home":
        parts.pool.submit(attempt, lambda: publish(parts, event["user"]))


def publish(parts: Parts, user: str) -> None:
    """What waits for this person, and what is theirs."""
    blocks = build_home(collect(parts, user))
    parts.client.views_publish(user_id=user, view={"type": "home", "blocks": blocks})


def collect(parts: Parts, user: str) -> Overview:
    """What Home shows this person."""
    newest = parts.releases.newest(limit=LOOKED_AT)
    decides = parts.access.may_approve(user)
    waiting = [each for each in newest if each.state == "waiting" and (decides or each.requested_by == user)]
    runs = parts.runs.newest(requested_by=user, limit=SHOWN + 1)
    now = time.time()
    mine = [each for each in parts.schedules.current() if each.requested_by == user]
    return Overview(
        user=user,
        hub_url=parts.settings.hf_endpoint,
        quorum=parts.settings.quorum,
        waiting=[_pending(parts, each) for each in waiting],
        runs=runs,
        schedules=[(each, upcoming(each, now)) for each in mine],
        watches=watch_table.of_person(parts.database, user),
        releases=[each for each in newest if each.state == "published"][: SHOWN + 1],
        cards={run.id: _card(parts, run.id) for run in runs[:SHOWN]},
    )


def _pending(parts: Parts, release: Release) -> Pending:
    run = parts.runs.get(RUN.write(release.run))
    return Pending(release, run, parts.releases.release_before(release), _card(parts, release.id))


def _card(parts: Parts, thing: str) -> str:
    """The address of a thing's card; empty where there is none, or Slack does not tell."""
    place = parts.outbox.location(thing)
    try:
        return parts.workspace.permalink(*place) if place else ""
    except SlackApiError:
        log.warning("Slack does not tell where the card of %s is", thing, exc_info=True)
        return ""
