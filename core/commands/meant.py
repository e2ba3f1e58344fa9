"""Whether a text that is no command was meant as one; in a thread with a model it may be just the next sentence."""

import difflib
import re
from datetime import UTC, datetime

from core import ids
from core.commands.grammar import Grammar
from core.errors import Mistake

# What sentences hardly have and commands often do: a repo, `key=value`, the id of a thing.
MARK = re.compile(rf"(?:^|\s)(?:[\w.-]+/[\w.-]+|\w+<?=\S+|{ids.ANY.pattern})(?=[\s@]|$)")
NEAR, ALMOST = 0.66, 0.75
FEW = 2


def looks_meant(text: str, grammar: Grammar) -> bool:
    """Whether the first word is a command or near one, and the rest looks like what follows it."""
    parts = text.split(maxsplit=1)
    if not parts:
        return True
    first, rest = parts[0].lower(), parts[1] if len(parts) > 1 else ""
    has_mark = bool(MARK.search(rest))
    is_short = len(text.split()) <= FEW
    words = grammar.words()
    if first in words:
        return has_mark or is_short
    near = difflib.get_close_matches(first, words, 1, NEAR)
    if not near or not _is_command(f"{near[0]} {rest}", grammar):
        return False
    return has_mark or (is_short and difflib.SequenceMatcher(None, first, near[0]).ratio() >= ALMOST)


def _is_command(text: str, grammar: Grammar) -> bool:
    try:
        grammar.parse(text, lambda: datetime.now(UTC))
    except Mistake:
        return False
    return True
