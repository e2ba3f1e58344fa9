"""Messages to the bot with files, and its answers in their threads."""

import base64
from typing import Any

from world import driver


class Chat:
    """A workspace with a bot to whom people write, with files or without."""

    def __init__(self, running: driver.Sandbox, bot: driver.Bot) -> None:
        self.running = running
        self.bot = bot

    def say(self, user: str, text: str, *files: tuple[str, bytes], channel: str = "ml", thread: str = "") -> str:
        given = [{"name": name, "content_base64": base64.b64encode(content).decode()} for name, content in files]
        more = {"thread_ts": thread} if thread else {}
        return str(self.running.call("message", user=user, channel=channel, text=text, files=given, **more)["ts"])

    def answer(self, user: str, ts: str, channel: str = "ml", after: int = 0) -> dict[str, Any]:
        """The finished answer to a message, or the sentence of what was wrong, once there are more than `after`."""

        def look() -> dict[str, Any] | None:
            there = [each for each in self.running.messages(user, channel, ts) if each.get("bot_id")]
            whole = [each for each in there if "metadata" in each or each.get("is_ephemeral")]
            # What is for one person alone stands below the message while its thread has no reply.
            beside = self.running.messages(user, channel) if not whole else []
            whole += [each for each in beside if each.get("is_ephemeral") and float(each["ts"]) > float(ts)]
            return whole[after] if len(whole) > after else None

        return driver.wait_for(look, 60, lambda: driver.tail(self.bot.log))

    def left(self) -> list[str]:
        """What lies in the scratch folder."""
        return [path.name for path in (self.bot.home / "tries").glob("*")]
