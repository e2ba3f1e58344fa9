"""Trying models: the commands that ask one, or two."""

from core.commands.tries import Compare, Run, Tokenize
from handlers import compare_data, inference
from handlers.listeners import Answer, Caller, Commands, Parts


def compare(parts: Parts, caller: Caller, command: Compare) -> Answer:
    """Two models on the same texts or files, or on rows of a dataset."""
    return (compare_data.compare if command.dataset else inference.compare)(parts, caller, command)


def tokenize(parts: Parts, _caller: Caller, command: Tokenize) -> Answer:
    return inference.tokenize(parts, command)


COMMANDS: Commands = {Run: inference.run, Compare: compare, Tokenize: tokenize}
