"""The one door of a listener: what it is called with, what it answers, and how it answers later."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from core.answers import Answer, Caller, SlackFile, say
from core.commands import Command
from handlers.answering import Work, attempt, later, recall, remember, reply, under_message
from handlers.parts import Parts

__all__ = [
    "Ack",
    "Answer",
    "Body",
    "Caller",
    "Commands",
    "Form",
    "Handle",
    "Listener",
    "Parts",
    "Press",
    "SlackFile",
    "Work",
    "attempt",
    "later",
    "recall",
    "remember",
    "reply",
    "say",
    "under_message",
]

# What Slack sends, whose fields depend on what happened.
Body = dict[str, Any]


class Ack(Protocol):
    """Acknowledges: with an answer, with a form's errors, with options, or with nothing."""

    def __call__(self, response: "str | Body" = "", **more: object) -> object: ...


Listener = Callable[[Parts, Ack, Body], None]
Press = Callable[[Parts, Caller, str], Answer | None]
# Takes a command of the class beside which it stands.
Handle = Callable[[Parts, Caller, Any], Answer]
Commands = Mapping[type[Command], Handle]


class Form(Protocol):
    """The file of a form: what a press opens, and what happens when it is submitted."""

    @property
    def open_form(self) -> Press: ...
    @property
    def submitted(self) -> Listener: ...
