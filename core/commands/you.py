"""Who you are, and what you can type."""

import difflib
from collections.abc import Iterator
from typing import Self

from core import ids
from core.commands.command import Command, Line
from core.commands.reading import Alone
from core.errors import Mistake
from core.words import quote


class WhoAmI(Alone):
    """Says who you are to me, what you may do, and who I am on the Hub."""

    name, group, usage, examples = "whoami", "You", "whoami", ("whoami",)
    waits = "Asking the Hub; its answer follows."


class Help(Command):
    """Lists all commands, or explains one."""

    name, group, usage = "help", "You", "help [topic]"
    examples = ("help", "help train")
    topic: str | None = None

    @classmethod
    def read(cls, line: Line) -> Self:
        if not line.rest:
            return cls()
        names = [command.name for command in line.commands]
        typed = " ".join(token.typed for token in line.rest).strip("`").lower().removeprefix("/hf ")
        first, _, more = typed.partition(" ")
        if ids.ANY.fullmatch(first):
            # Any id stands for its kind, as `S4` does in the list.
            kind = ids.KINDS[first[0].upper()]
            first = next((name for name in names if kind.number(name)), "unwatch")
        if f"{first} {more}" in names:
            return cls(topic=f"{first} {more}")
        if first in names:
            return cls(topic=first)
        near = difflib.get_close_matches(first, names, 1)
        meant = f" Did you mean `/hf help {near[0]}`?" if near else ""
        raise Mistake(f"There is no command {quote(typed)}.{meant} `/hf help` lists them all.")

    def typed(self) -> Iterator[str]:
        yield from ("help", self.topic or "")


COMMANDS = (WhoAmI, Help)
