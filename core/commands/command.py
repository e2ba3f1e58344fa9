"""What a command is: a frozen model that holds its words for help, its reader, its writer and how it is answered.

A command's docstring is its summary. A field made by `key` is typed as `name=value`; the others are typed as words.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import ClassVar, Self

from core.commands.tokens import Token
from core.frozen import Frozen

# Tells the time in the zone of the person who typed; asked only where a time was typed.
Clock = Callable[[], datetime]


class Sharing(Enum):
    """Whether an answer can be posted for everybody: not at all, asked for anew, or just as it was."""

    NOT = "not"
    ANEW = "anew"
    AS_IT_WAS = "as it was"


@dataclass(frozen=True)
class Line:
    """What was typed: `rest` follows the command's first word, `plain` is the whole text as the person saw it.

    `commands` are all that there are, for sentences that name others.
    """

    rest: Sequence[Token]
    plain: str
    clock: Clock
    commands: "Sequence[type[Command]]"


class Command(Frozen):
    """`name` is its first word (or the shape of an id), the first of its `examples` stands in hints.

    `waits` is what is said while the Hub or a model is asked; without it nothing but Slack has to be asked.
    """

    name: ClassVar[str]
    group: ClassVar[str]
    usage: ClassVar[str]
    examples: ClassVar[tuple[str, ...]]
    waits: ClassVar[str] = ""
    sharing: ClassVar[Sharing] = Sharing.NOT

    @classmethod
    def read(cls, line: Line) -> Self:
        """The command that the line means; Mistake with the nearest right form where it means none."""
        raise NotImplementedError

    def typed(self) -> Iterator[str]:
        """The parts of the line that one would type for it; empty ones are left out."""
        yield self.name
