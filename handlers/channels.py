"""The channels that the bot is let into."""

from handlers.listeners import Ack, Body, Parts, attempt


def on_joined(parts: Parts, ack: Ack, body: Body) -> None:
    """Cards that could not be posted in a channel come when the bot is invited there."""
    ack()
    event = body["event"]
    if event.get("user") == parts.bot_user:
        attempt(lambda: parts.outbox.send_again(str(event["channel"])))
