"""Answers: what a person reads, who it is for, and the place where it goes."""

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from core.blocks.parts import Blocks, section

# A file as Slack tells of it, at least by its `id`.
SlackFile = dict[str, Any]
# What a model is asked about: a text, or what stands for a file, a table or a conversation.
Input = str | dict[str, Any]
# A path with what is to be heard.
Sound = tuple[str, str]


@dataclass(frozen=True)
class Answer:
    """What the person reads. `only_for_them` keeps it ephemeral even after a mention; `replace` takes the
    place of the message that the press came from."""

    text: str
    blocks: Blocks = field(default_factory=list)
    only_for_them: bool = False
    replace: bool = False
    sounds: tuple[Sound, ...] = ()

    def payload(self) -> dict[str, Any]:
        """The answer as an acknowledgement or a response URL takes it."""
        shown: dict[str, Any] = {"text": self.text, "response_type": "ephemeral"}
        return shown | ({"blocks": self.blocks} if self.blocks else {})


@dataclass(frozen=True)
class Caller:
    """Who asks, from where; `thread` is set where the answer belongs into a thread (after a mention).

    `on_card` marks a press under a message for everybody, whose response URL answers into that message's thread.
    `files` are those that came along; `inputs` are those of an earlier question, which is asked again.
    """

    user: str
    channel: str
    response_url: str = ""
    trigger_id: str = ""
    thread: str | None = None
    message: str | None = None
    on_card: bool = False
    files: tuple[SlackFile, ...] = ()
    inputs: tuple[Input, ...] = ()

    @property
    def is_about_files(self) -> bool:
        """Whether more is needed to ask the same than what can be typed."""
        return bool(self.files) or any(isinstance(each, dict) for each in self.inputs)

    @property
    def is_at_home(self) -> bool:
        """Whether the press came from App Home, which is no channel: the person stands in for it."""
        return self.channel == self.user

    @property
    def active_thread(self) -> str | None:
        """The thread that has a reply already. Elsewhere Slack shows nobody a note, so under a first mention there
        is none."""
        return self.thread if self.thread != self.message else None


class Destination(Enum):
    """Where an answer can go: a new note by the response URL, the message that was pressed, a direct message after
    a press in App Home, a note that Slack posts for one person, or a message for everybody who reads there."""

    RESPONSE = auto()
    CARD = auto()
    HOME = auto()
    EPHEMERAL = auto()
    THREAD = auto()


def destination_of(answer: Answer, caller: Caller, *, begun: bool = False, refused: bool = False) -> Destination:
    """Where this answer goes. `begun`: what was shown of it while it was made waits to become the answer, or the
    reason why there is none; `refused`: the response URL did not take it."""
    if caller.response_url and not refused and (answer.replace or not caller.on_card):
        return Destination.CARD if answer.replace else Destination.RESPONSE
    if caller.is_at_home:
        return Destination.HOME
    if caller.response_url or (answer.only_for_them and not begun):
        return Destination.EPHEMERAL
    return Destination.THREAD


def answer_key(channel: str, message: str | None) -> str:
    """The name of the message that answers the question of this ts."""
    return f"answer/{channel}/{message}"


def say(sentence: str) -> Answer:
    """A sentence for the person alone. Sentences quote what was typed in backticks and are escaped already."""
    return Answer(sentence, [section(sentence)], only_for_them=True)
