"""Watching: begin, end, list."""

from core.blocks.push import build_watching
from core.commands.watches import AddWatch, Unwatch, Watching
from handlers.listeners import Answer, Caller, Commands, Parts, say


def watch(parts: Parts, caller: Caller, target: str) -> Answer:
    """Watches from now on; the channel reads so."""
    parts.watches.kind_of(target)  # a mistyped name must not bring the bot into a channel
    parts.workspace.ensure_can_post(caller.channel, "ask again")
    begun = parts.watches.add(target, caller.channel, caller.user)
    return say(f"{begun.id} watches `{begun.target}` in this channel.")


def unwatch(parts: Parts, caller: Caller, target: str) -> Answer:
    return say(f"{parts.watches.remove(target, caller.channel, caller.user).id} has ended.")


def watching(parts: Parts, caller: Caller) -> Answer:
    text, blocks = build_watching(parts.watches.in_channel(caller.channel))
    return Answer(text, blocks)


COMMANDS: Commands = {
    AddWatch: lambda parts, caller, c: watch(parts, caller, c.target),
    Unwatch: lambda parts, caller, c: unwatch(parts, caller, c.target),
    Watching: lambda parts, caller, _c: watching(parts, caller),
}
