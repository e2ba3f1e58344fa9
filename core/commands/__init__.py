"""The language: from what somebody typed to a command, and back; also the source of every help text.

One file a capability holds its commands; the table of them stands here, and everything else is collected from it.
"""

from core.commands import datasets, find, releases, runs, schedules, train, tries, watches, you
from core.commands.catalogue import HelpEntry, build_table
from core.commands.command import Clock, Command, Sharing
from core.commands.datasets import InspectDataset
from core.commands.fields import Columns, LearnedColumns, Recurrence, RepoRef, RunOptions, Sample
from core.commands.find import Search, fits, is_name
from core.commands.grammar import Grammar
from core.commands.keys import build
from core.commands.meant import looks_meant
from core.commands.mentions import said_to
from core.commands.repos import HubRepo, read_repo
from core.commands.synonyms import is_opener
from core.commands.tokens import clean
from core.commands.train import Train
from core.commands.tries import Compare, RunModel, Tokenize
from core.commands.writing import repo_at, to_text
from core.recipe import TypedParameters

__all__ = [
    "CATALOGUE",
    "GRAMMAR",
    "Clock",
    "Columns",
    "Command",
    "Compare",
    "HelpEntry",
    "HubRepo",
    "InspectDataset",
    "LearnedColumns",
    "Recurrence",
    "RepoRef",
    "RunModel",
    "RunOptions",
    "Sample",
    "Search",
    "Sharing",
    "Tokenize",
    "Train",
    "TypedParameters",
    "build",
    "clean",
    "commands_table",
    "datasets",
    "find",
    "fits",
    "is_meant",
    "is_name",
    "is_opener",
    "parse",
    "read_repo",
    "releases",
    "repo_at",
    "runs",
    "schedules",
    "to_text",
    "train",
    "tries",
    "watches",
    "words_for",
    "you",
]

# In the order of help.
CAPABILITIES = (find, datasets, tries, train, runs, schedules, releases, watches, you)
GRAMMAR = Grammar([command for capability in CAPABILITIES for command in capability.COMMANDS], empty=you.Help)
CATALOGUE = tuple(HelpEntry.of(command) for command in GRAMMAR.commands)


def parse(text: str, clock: Clock) -> Command:
    """The command that `text` means; Mistake and nothing else. `clock` is asked only where a time was typed."""
    return GRAMMAR.parse(text, clock)


def is_meant(text: str) -> bool:
    """Whether a text in a thread with a model was meant as a command."""
    return looks_meant(text, GRAMMAR)


def words_for(bot: str, text: str) -> str:
    """What a message that mentions the bot says to it, without the mention."""
    return said_to(bot, text, GRAMMAR)


def commands_table() -> str:
    """All commands as a Markdown table, for the README."""
    return build_table(CATALOGUE)
