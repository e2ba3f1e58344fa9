"""Watching repos and authors for pushes."""

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import StringConstraints

from core import ids
from core.commands.command import Command, Line
from core.commands.reading import MODEL, Alone, OneThing, one_word
from core.commands.repos import read_name

WatchId = Annotated[str, StringConstraints(to_upper=True, pattern=ids.WATCH.pattern)]


class AddWatch(Command):
    """Announces every push to a repo, or to any repo of an author, in this channel."""

    name, group, usage = "watch", "Watch", "watch author-or-repo"
    examples = ("watch mistralai", "watch acme/ticket-router")
    waits = "Asking the Hub; its answer follows."
    target: str

    @classmethod
    def read(cls, line: Line) -> Self:
        return cls(target=read_name(one_word(cls, line, "Watch whom or what?").text, example=MODEL))

    def typed(self) -> Iterator[str]:
        yield from ("watch", self.target)


class Unwatch(Command):
    """Ends a watch, by its id or by what it watches."""

    name, group, usage = "unwatch", "Watch", "unwatch W5|author-or-repo"
    examples = ("unwatch W5", "unwatch mistralai")
    target: str

    @classmethod
    def read(cls, line: Line) -> Self:
        text = one_word(cls, line, "Which watch?").text
        return cls(target=text.upper() if ids.WATCH.number(text) else read_name(text, example=MODEL))

    def typed(self) -> Iterator[str]:
        yield from ("unwatch", self.target)


class MuteWatch(OneThing):
    """Keeps a watch quiet: nothing that it hears of is announced."""

    name, group, usage, examples = "mute", "Watch", "mute W5", ("mute W5",)
    thing = ids.WATCH
    watch: WatchId


class UnmuteWatch(OneThing):
    """Lets a watch announce again what comes from then on."""

    name, group, usage, examples = "unmute", "Watch", "unmute W5", ("unmute W5",)
    thing = ids.WATCH
    watch: WatchId


class Watching(Alone):
    """Lists what is watched in this channel."""

    name, group, usage, examples = "watching", "Watch", "watching", ("watching",)


COMMANDS = (AddWatch, Unwatch, MuteWatch, UnmuteWatch, Watching)
