"""From a command back to the line that one would type for it."""

import re
from collections.abc import Iterator
from datetime import UTC

from core.commands import forms
from core.commands.forms import Command
from core.commands.grammar import KINDS
from core.commands.keys import LIMITS, Key, keys_of, plain
from core.commands.tokens import SLACK

# Words that need no quotes wherever they stand.
BARE = re.compile(r"[A-Za-z0-9_./+-]+")
ID = re.compile(r"[RSP][0-9]+")


def to_text(command: Command) -> str:
    """The line that means the same as `command`, without `/hf`; plain text, to be escaped before it is shown.

    A page of a search has no words, and a time is written in UTC.
    """
    line = " ".join(part for part in (*_words(command), *_pairs(command), *_time(command)) if part)
    # What looks like one of Slack's own marks would be read as one.
    return line.replace("&", "&amp;").replace("<", "&lt;") if SLACK.search(line) else line


def _words(command: Command) -> Iterator[str]:
    match command:
        case forms.Search():
            yield from ("search", _kind_word(command), _search_words(command.words))
        case forms.Info():
            # Two repos are models anyway.
            kind = f"{command.kind}s/" if command.kind and not command.other else ""
            yield f"info {kind}{_repo(command.repo, command.revision)}"
            yield _repo(command.other, command.other_revision) if command.other else ""
        case forms.Run():
            yield f"run {_repo(command.model, command.revision)}"
            yield from map(_quoted, command.inputs)
        case forms.Compare() | forms.Tokenize():
            yield command.name
            yield from (_repo(model.id, model.revision) for model in command.models)
            yield from map(_quoted, command.inputs)
            if isinstance(command, forms.Compare) and command.dataset:
                yield f"on {_repo(command.dataset.id, command.dataset.revision)}"
        case forms.Train():
            yield f"train {_repo(command.base, command.base_revision)}"
            yield f"on {_repo(command.dataset, command.dataset_revision)}"
        case forms.Publish():
            yield f"publish {command.run} to {command.repo} {'public' if command.public else 'private'}"
        case forms.Runs():
            yield from ("runs", "mine" if command.scope == "mine" else "")
        case _:
            yield from _few_words(command)


def _few_words(command: Command) -> Iterator[str]:
    """Commands that are a word, an id, or a word and one thing."""
    match command:
        case forms.Help():
            yield from (command.name, command.topic or "")
        case forms.Releases():
            yield from (command.name, command.repo or "")
        case forms.Watch() | forms.Unwatch():
            yield from (command.name, command.target)
        case forms.OneRun():
            yield ID.sub(command.run, command.usage)
        case forms.OneSchedule():
            yield ID.sub(command.schedule, command.usage)
        case forms.OneRelease():
            yield ID.sub(command.release, command.usage)
        case _:
            yield command.name


def _kind_word(command: forms.Search) -> str:
    if command.kind != "model":
        return f"{command.kind}s"
    # Without it, a first word that names a kind would be taken for one.
    return "models" if command.words.lower().split()[:1] in ([kind] for kind in KINDS) else ""


def _search_words(words: str) -> str:
    parts = words.split(" ")
    return words if not words or all(BARE.fullmatch(part) for part in parts) else _quoted(words)


def _repo(name: str, revision: str | None) -> str:
    return f"{name}@{revision}" if revision else name


def _pairs(command: Command) -> Iterator[str]:
    for key in keys_of(type(command)).values():
        value: object = command
        for field in key.path:
            value = getattr(value, field)
        if value is not None and value != key.default:
            yield key.pair(_value(key, value))


def _value(key: Key, value: object) -> str:
    if isinstance(value, float):
        return plain(value)
    if isinstance(value, int):
        short = next(((unit, sign) for unit, sign in ((10**9, "B"), (10**6, "M")) if value % unit == 0), None)
        return f"{value // short[0]}{short[1]}" if short and key.name in LIMITS else str(value)
    return str(value) if BARE.fullmatch(str(value)) else _quoted(str(value))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _time(command: Command) -> Iterator[str]:
    if isinstance(command, forms.Train) and command.at:
        at = command.at.astimezone(UTC)
        clock = at.strftime("%H:%M:%S" if at.second else "%H:%M")
        yield f'at "{at.date()} {clock} UTC"'
    if isinstance(command, forms.Train) and command.every:
        yield f'every "{command.every.text}"'
