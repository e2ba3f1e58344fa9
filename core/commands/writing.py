"""From a command back to the line that one would type for it."""

from collections.abc import Iterator, Mapping

from core.commands.command import Command
from core.commands.keys import Key, keys_of, plain
from core.commands.tokens import BARE, LIMITS, as_line, quoted

SHORT = ((10**9, "B"), (10**6, "M"))


def to_text(command: Command) -> str:
    """The line that means the same as `command`, without `/hf`; plain text, to be escaped before it is shown.

    A page of a search has no words, and a time is written in UTC.
    """
    return as_line(" ".join(part for part in command.typed() if part))


def filled_line(command: type[Command], words: str, values: Mapping[str, str], times: str = "") -> str:
    """The line with these words, and the values of the command's keys as they were filled in."""
    keys = keys_of(command)
    filled = (
        key.pair(value if BARE.fullmatch(value) else quoted(value))
        for name, key in keys.items()
        if (value := values.get(name))
    )
    return as_line(" ".join(part for part in (words, *filled, times) if part))


def pairs(command: Command) -> Iterator[str]:
    """Every `key=value` of the command that is not the default."""
    for key in keys_of(type(command)).values():
        value: object = command
        for field in key.path:
            value = getattr(value, field)
        if value is not None and value != key.default:
            yield key.pair(_value(key, value))


def repo_at(name: str, revision: str | None) -> str:
    """`org/name@revision`."""
    return f"{name}@{revision}" if revision else name


def word(text: str) -> str:
    """The text as one word of a line, in quotes where it needs them."""
    return text if BARE.fullmatch(text.replace("@", "")) else quoted(text)


def _value(key: Key, value: object) -> str:
    if isinstance(value, float):
        return plain(value)
    if isinstance(value, int):
        short = next(((unit, sign) for unit, sign in SHORT if value % unit == 0), None)
        return f"{value // short[0]}{short[1]}" if short and key.name in LIMITS else str(value)
    return str(value) if BARE.fullmatch(str(value)) else quoted(str(value))
