"""Opening a form, and changing one that is open."""

import logging

from slack_sdk.errors import SlackApiError

from core.blocks.parts import View
from handlers.listeners import Caller, Parts

log = logging.getLogger(__name__)


def open_view(parts: Parts, caller: Caller, view: View) -> str:
    """Shows the form; its id."""
    return str(parts.client.views_open(trigger_id=caller.trigger_id, view=view)["view"]["id"])


def update_view(parts: Parts, view_id: str, view: View) -> None:
    """Shows the form anew; what was entered stays. One that was closed meanwhile stays closed."""
    try:
        parts.client.views_update(view_id=view_id, view=view)
    except SlackApiError as error:
        log.info("a form was not changed (%s)", error.response.get("error"))
