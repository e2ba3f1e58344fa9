"""Which function answers which command, collected from one file a capability."""

import re
from datetime import datetime

from slack_sdk.errors import SlackApiError

from core import commands
from core.store import unanswered
from handlers import ask, datasets, find, releases, runs, schedules, train, watches, you
from handlers.listeners import Answer, Caller, Commands, Parts

CAPABILITIES = (find, datasets, ask, train, runs, schedules, releases, watches, you)
COMMANDS: Commands = {command: handle for capability in CAPABILITIES for command, handle in capability.COMMANDS.items()}


# A mention of a person or a channel as Slack writes it, without the name that one sees.
NAMELESS = re.compile(r"<([@#])([A-Z0-9]+)\|?>")


def read(parts: Parts, user: str, text: str) -> commands.Command:
    """The command that this person typed; their zone is looked up where it holds a time."""
    return commands.parse(with_names(parts, text), lambda: datetime.now(parts.workspace.person(user).zone))


def with_names(parts: Parts, text: str) -> str:
    """The text with the names of the people and channels that it mentions, which Slack gives by their ids."""

    def name(match: re.Match[str]) -> str:
        sign, about = match[1], match[2]
        try:
            known = parts.workspace.person(about) if sign == "@" else parts.workspace.channel(about)
        except SlackApiError:  # nobody of this workspace; the id is all that there is
            return match[0]
        return f"<{sign}{about}|{known.name}>"

    return NAMELESS.sub(name, text)


def answer(parts: Parts, caller: Caller, command: commands.Command) -> Answer:
    """What a command answers; raises a HugopsError where it cannot be done.

    One that takes long is noted until then, so that a restart is told. A `run` notes itself, with what it shows.
    """
    handle = COMMANDS[type(command)]
    if not command.waits or isinstance(command, commands.RunModel):
        return handle(parts, caller, command)
    with unanswered.kept(parts.database, caller, commands.to_text(command)):
        return handle(parts, caller, command)
