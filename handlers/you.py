"""Help, and who somebody is to hugops."""

from dataclasses import replace

from core.blocks.help import build_help
from core.commands.you import Help, WhoAmI
from core.tasks import tasks_lines
from handlers.listeners import Answer, Caller, Commands, Parts, say

# Commands that take a `task=`.
WITH_TASKS = ("run", "compare")


def help_on(_parts: Parts, _caller: Caller, command: Help) -> Answer:
    """First steps, all commands, or one with its keys and examples."""
    return _help(command.topic)


def explain(_parts: Parts, caller: Caller, topic: str) -> Answer:
    """A command chosen in the list: explained in place of the help that the list stands in, where one alone sees it."""
    return replace(_help(topic), replace=not caller.on_card, only_for_them=True)


def _help(topic: str | None) -> Answer:
    text, blocks = build_help(topic, tasks_lines() if topic in WITH_TASKS else ())
    return Answer(text, blocks)


def whoami(parts: Parts, caller: Caller, _command: WhoAmI) -> Answer:
    """The person's roles, and hugops' own account on the Hub."""
    access = parts.access
    holds = {
        "admin": access.is_admin(caller.user),
        "approver": access.may_approve(caller.user),
        "trainer": access.may_train(caller.user),
    }
    roles = ", ".join(role for role, is_held in holds.items() if is_held)
    who = parts.hub.whoami()
    return say(
        f"You are <@{caller.user}>: {roles or 'no role'}. On the Hub I am `{who.name}`, "
        f"with `{'`, `'.join(who.namespaces)}` to write to."
    )


COMMANDS: Commands = {Help: help_on, WhoAmI: whoami}
