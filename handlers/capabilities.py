"""Which function answers which command, collected from one file a capability."""

from datetime import datetime

from core import commands
from handlers import ask, find, releases, runs, schedules, train, watches, you
from handlers.listeners import Answer, Caller, Commands, Parts

CAPABILITIES = (find, ask, train, runs, schedules, releases, watches, you)
COMMANDS: Commands = {command: handle for capability in CAPABILITIES for command, handle in capability.COMMANDS.items()}


def read(parts: Parts, user: str, text: str) -> commands.Command:
    """The command that this person typed; their zone is looked up where it holds a time."""
    return commands.parse(text, lambda: datetime.now(parts.workspace.person(user).zone))


def answer(parts: Parts, caller: Caller, command: commands.Command) -> Answer:
    """What a command answers; raises a HugopsError where it cannot be done."""
    return COMMANDS[type(command)](parts, caller, command)
