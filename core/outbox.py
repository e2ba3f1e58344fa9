"""What is told in Slack: written in the transaction that changes the state, sent by the postman."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from core.blocks.parts import Blocks
from core.listeners import Listeners
from core.store import Database, deliveries, dump, rows

# What is older is no news any more.
LATELY_SECONDS = 30 * 86400.0


@dataclass(frozen=True)
class Message:
    """One message as it should look now. `key` names it for good: the same key later edits it.

    `pictures` maps a name to (path, alt text); a block `{"type": "image", "slack_file": {"id": "@name"}}`
    shows it. `thread` is the key of the message in whose thread it is posted, or a Slack ts.
    """

    key: str
    channel: str
    text: str
    about: str
    state: str
    blocks: Blocks = field(default_factory=list)
    thread: str | None = None
    pictures: dict[str, tuple[str, str]] = field(default_factory=dict)


class Outbox:
    """`put` in the transaction that changes the state; `waiting` tells that there is something to send."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock
        self.waiting = Listeners[[]]()

    def put(self, message: Message) -> None:
        """Adds a delivery to the running transaction; one of the same message that still waits is rewritten."""
        body = dump({"text": message.text, "blocks": message.blocks, "pictures": message.pictures})
        with self._database.transaction() as connection:
            if not deliveries.rewrite_waiting(connection, message.key, body, message.about, message.state):
                rows.insert(
                    connection,
                    "deliveries",
                    id=uuid.uuid4().hex,
                    message=message.key,
                    channel=message.channel,
                    thread=message.thread,
                    about=message.about,
                    state=message.state,
                    body=body,
                    created=self._clock(),
                )
            # Told any earlier, the postman would not see the row yet and go back to sleep.
            self._database.on_commit(self.waiting.tell)

    def send_again(self, channel: str) -> None:
        """The bot was let into the channel: what it could not say there lately is sent now."""
        with self._database.transaction() as connection:
            if deliveries.reopen(connection, channel, self._clock() - LATELY_SECONDS):
                self._database.on_commit(self.waiting.tell)

    def location(self, key: str) -> tuple[str, str] | None:
        """Channel and ts of a message that was sent."""
        return deliveries.location(self._database, key)

    def adopt(self, key: str, channel: str, ts: str) -> None:
        """From now on this message, which somebody else posted, is the one of this key: what is put edits it."""
        with self._database.transaction() as connection:
            deliveries.adopt(connection, key, channel, ts)

    def let_go(self, key: str) -> None:
        """What is put under this key is posted as a new message."""
        with self._database.transaction() as connection:
            deliveries.let_go(connection, key)

    def close(self) -> None:
        """Ends what this thread, which is at its end, had to do with the database."""
        self._database.close()
