"""All commands with their keys and examples, from the commands themselves: for help and for the README."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from core.commands.command import Command
from core.commands.keys import Key, keys_of


@dataclass(frozen=True)
class HelpEntry:
    """What help says about one command; two entries share a name where a word goes with two kinds of id."""

    name: str
    group: str
    usage: str
    summary: str
    examples: tuple[str, ...]
    keys: tuple[Key, ...]

    @classmethod
    def of(cls, command: type[Command]) -> Self:
        """The entry of this command."""
        summary = (command.__doc__ or "").strip()
        keys = tuple(keys_of(command).values())
        return cls(command.name, command.group, command.usage, summary, command.examples, keys)


def build_table(catalogue: Sequence[HelpEntry]) -> str:
    """The commands as a Markdown table."""
    rows = ["| command | does |", "|---|---|"]
    for entry in catalogue:
        usage = entry.usage.replace("|", "\\|")
        keys = f" Keys: {', '.join(f'`{key.name}`' for key in entry.keys)}." if entry.keys else ""
        rows.append(f"| `{usage}` | {entry.summary}{keys} |")
    return "\n".join(rows)
