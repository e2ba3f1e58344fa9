"""What listeners look like: to Slack, to the routing table and to each other."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from core.answers import Answer, Caller
from core.commands import Command
from handlers.parts import Parts

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
