"""What is said of a message that could not be posted."""

from core.blocks.parts import Blocks, section
from core.ids import ANY
from core.words import escape

CLOSED = ("not_in_channel", "channel_not_found")


def build_undelivered(channel: str, about: str, text: str, reason: str) -> tuple[str, Blocks]:
    """To the one who waits for it: why, what it was, and where to look. `text` is what could not be posted."""
    sentence = f"I could not post this {_place(channel)}: {_why(reason)}"
    if ANY.fullmatch(about):
        sentence += f" `/hf {about}` shows how it stands."
    quoted = "\n".join(f"> {line}" for line in text.splitlines())
    return sentence, [section(sentence), *([section(quoted)] if quoted else [])]


def build_closed_channel(channel: str, about: str, reason: str) -> tuple[str, Blocks]:
    """To an admin, once for a channel."""
    sentence = f"I cannot post {_place(channel)}: {_why(reason)} The first message that was lost is about {about}."
    return sentence, [section(sentence)]


def _place(channel: str) -> str:
    return "in a direct message" if channel[:1] in "UWD" else f"in <#{channel}>"


def _why(reason: str) -> str:
    if reason in CLOSED:
        return "I am not in that channel. Invite me there with `/invite @hugops`."
    if reason == "is_archived":
        return "the channel is archived. Restore it, or choose another one."
    return f"Slack does not take it (`{escape(reason)}`)."
