"""All commands with their keys and examples, from the forms themselves: for help and for the README."""

from dataclasses import dataclass

from core.commands.grammar import FORMS
from core.commands.keys import Key, keys_of


@dataclass(frozen=True)
class Entry:
    """What help says about one command; two entries share a name where a word goes with two kinds of id."""

    name: str
    group: str
    usage: str
    summary: str
    examples: tuple[str, ...]
    keys: tuple[Key, ...]


CATALOGUE = tuple(
    Entry(form.name, form.group, form.usage, (form.__doc__ or "").strip(), form.examples, tuple(keys_of(form).values()))
    for form in FORMS
)


def commands_table() -> str:
    """The commands as a Markdown table."""
    rows = ["| command | does |", "|---|---|"]
    for entry in CATALOGUE:
        usage = entry.usage.replace("|", "\\|")
        keys = f" Keys: {', '.join(f'`{key.name}`' for key in entry.keys)}." if entry.keys else ""
        rows.append(f"| `{usage}` | {entry.summary}{keys} |")
    return "\n".join(rows)
