"""Says what Slack will never take: to the one who waits for it, and to an admin."""

import logging

from slack_sdk.errors import SlackApiError

from core.access import Access
from core.blocks.parts import Blocks
from core.blocks.undelivered import build_closed_channel, build_undelivered
from core.outbox import Message, Outbox
from core.store import Database, load
from core.store.deliveries import Delivery, is_known
from core.store.owners import owner_of

log = logging.getLogger(__name__)
# The keys of what is said here, of which nothing more is said when it is lost too.
OWN = "undelivered"


class Undelivered:
    """Hears of the postman's losses. Its words are direct messages: one for each thing, and one for each channel."""

    def __init__(self, database: Database, outbox: Outbox, access: Access) -> None:
        self._database = database
        self._outbox = outbox
        self._access = access

    def tell(self, delivery: Delivery, reason: str) -> None:
        """Tells them, once."""
        if delivery.message.startswith(f"{OWN}/"):
            return
        owner, text = owner_of(self._database, delivery), str(load(delivery.body)["text"])
        is_direct = delivery.channel[:1] in "UWD"
        if owner and not is_direct:
            shown = build_undelivered(delivery.channel, delivery.about, text, reason)
            self._put(f"{delivery.channel}/{delivery.about}", owner, delivery.about, shown)
        admin = self._find_admin()
        if admin and admin != owner:
            shown = build_closed_channel(delivery.channel, delivery.about, reason)
            self._put(delivery.channel, admin, delivery.about, shown)

    def _put(self, key: str, user: str, about: str, shown: tuple[str, Blocks]) -> None:
        if not is_known(self._database, f"{OWN}/{key}"):
            text, blocks = shown
            self._outbox.put(Message(f"{OWN}/{key}", user, text, about, OWN, blocks))

    def _find_admin(self) -> str | None:
        try:
            return min(self._access.admins() or (), default=None)
        except (SlackApiError, OSError) as error:
            log.warning("no admin can be told (%s)", error)
            return None
