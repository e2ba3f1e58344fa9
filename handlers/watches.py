"""Watching: begin, keep quiet, end, list."""

from dataclasses import replace

from core.blocks.parts import actions
from core.blocks.push import build_watching, mute_button
from core.commands.watches import AddWatch, MuteWatch, UnmuteWatch, Unwatch, Watching
from core.store.watches import Watch
from handlers.listeners import Answer, Caller, Commands, Parts, say


def press_watch(parts: Parts, caller: Caller, target: str) -> None:
    """Watch under a repo: what the channel reads is the answer."""
    begin(parts, caller, target)


def press_end(parts: Parts, caller: Caller, watch_id: str) -> Answer | None:
    """End in a list, or Undo under what the channel reads."""
    watch = parts.watches.remove(watch_id, caller.channel, caller.user)
    return _after(parts, caller, watch, f"{watch.id} has ended.")


def press_mute(parts: Parts, caller: Caller, watch_id: str) -> Answer | None:
    watch = parts.watches.mute(watch_id, caller.user, muted=True)
    return _after(parts, caller, watch, in_words(watch))


def press_unmute(parts: Parts, caller: Caller, watch_id: str) -> Answer | None:
    watch = parts.watches.mute(watch_id, caller.user, muted=False)
    return _after(parts, caller, watch, in_words(watch))


def in_words(watch: Watch) -> str:
    """What muting and unmuting bring."""
    if watch.muted:
        return f"{watch.id} is muted: it announces nothing until `/hf unmute {watch.id}`."
    return f"{watch.id} announces again what comes from now on."


def begin(parts: Parts, caller: Caller, target: str) -> Watch:
    """Watches from now on; the channel reads so."""
    parts.watches.kind_of(target)  # a mistyped name must not bring the bot into a channel
    parts.workspace.ensure_can_post(caller.channel, "ask again")
    return parts.watches.add(target, caller.channel, caller.user)


def mute(parts: Parts, caller: Caller, watch_id: str, *, muted: bool) -> Answer:
    return say(in_words(parts.watches.mute(watch_id, caller.user, muted=muted)))


def watch(parts: Parts, caller: Caller, target: str) -> Answer:
    begun = begin(parts, caller, target)
    return say(f"{begun.id} watches `{begun.target}` in this channel.")


def unwatch(parts: Parts, caller: Caller, target: str) -> Answer:
    return say(f"{parts.watches.remove(target, caller.channel, caller.user).id} has ended.")


def watching(parts: Parts, caller: Caller) -> Answer:
    return Answer(*build_watching(parts.watches.in_channel(caller.channel)))


def _after(parts: Parts, caller: Caller, watch: Watch, sentence: str) -> Answer | None:
    """What a press changed: the watch's own card shows it, a list has it above, Home is drawn anew."""
    if caller.is_at_home or (caller.message and parts.outbox.location(watch.id) == (caller.channel, caller.message)):
        return None
    if caller.on_card:
        shown = say(sentence)
        again = actions(f"{watch.id}.muted", mute_button(watch))
        return replace(shown, blocks=[*shown.blocks, again]) if watch.muted else shown
    return Answer(*build_watching(parts.watches.in_channel(caller.channel), sentence), replace=True)


COMMANDS: Commands = {
    AddWatch: lambda parts, caller, c: watch(parts, caller, c.target),
    Unwatch: lambda parts, caller, c: unwatch(parts, caller, c.target),
    MuteWatch: lambda parts, caller, c: mute(parts, caller, c.watch, muted=True),
    UnmuteWatch: lambda parts, caller, c: mute(parts, caller, c.watch, muted=False),
    Watching: lambda parts, caller, _c: watching(parts, caller),
}
