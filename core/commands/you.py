"""Who you are, and what you can type."""

from collections.abc import Iterator
from typing import Self

from core import ids
from core.commands.command import Command, Line
from core.commands.near import Correction, NearMiss, nearest
from core.commands.reading import Alone
from core.commands.synonyms import MEANS
from core.words import quote


class WhoAmI(Alone):
    """Says who you are to me, what you may do, and who I am on the Hub."""

    name, group, usage, examples = "whoami", "You", "whoami", ("whoami",)
    waits = "Asking the Hub; its answer follows."


class Help(Command):
    """Says what to begin with, explains one command, or lists all."""

    name, group, usage = "help", "You", "help [command|all]"
    examples = ("help", "help train", "help all")
    topic: str | None = None

    @classmethod
    def read(cls, line: Line) -> Self:
        if not line.rest:
            return cls()
        names = [command.name for command in line.commands]
        typed = " ".join(token.typed for token in line.rest).strip("`").lower().removeprefix("/hf ")
        if typed in ("all", "everything", "commands"):
            return cls(topic="all")
        first, _, more = typed.partition(" ")
        first = MEANS.get(first, first)
        if ids.ANY.fullmatch(first):
            # Any id stands for its kind, as `S4` does in the list.
            kind = ids.KINDS[first[0].upper()]
            first = next((name for name in names if kind.number(name)), "unwatch")
        if f"{first} {more}" in names:
            return cls(topic=f"{first} {more}")
        if first in names:
            return cls(topic=first)
        near = nearest(first, names)
        meant = f" Did you mean `/hf help {near}`?" if near else ""
        corrections = [Correction(f"{near}", line.rest[0].start, line.rest[-1].end)] if near else []
        raise NearMiss(f"There is no command {quote(typed)}.{meant} `/hf help all` lists them.", corrections)

    def typed(self) -> Iterator[str]:
        yield from ("help", self.topic or "")


COMMANDS = (WhoAmI, Help)
