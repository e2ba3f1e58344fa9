"""Lines that lack what their command needs, and what they have: a form opens for the rest."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.commands.synonyms import MEANS
from core.commands.tokens import clean, quoted, tokenise
from core.errors import Mistake

# The words that a command may have and still be incomplete.
MOST_WORDS = {"search": 0, "run": 1, "compare": 2, "tokenize": 2, "train": 1, "publish": 1, "watch": 0}
# Commands that a form can fill with pairs.
WITH_PAIRS = ("run", "compare", "train")


@dataclass(frozen=True)
class Opening:
    """The command whose form opens, with the words and pairs that were typed."""

    command: str
    words: tuple[str, ...]
    pairs: Mapping[str, str]

    @property
    def options(self) -> str:
        """The pairs as they are typed, without `task=`."""
        return " ".join(f"{key}={quoted(value)}" for key, value in self.pairs.items() if key != "task")


def opening(text: str) -> Opening | None:
    """The form that a line opens; None where it is complete, or wrong in another way."""
    try:
        tokens = tokenise(clean(text))
    except Mistake:
        return None
    tokens = tokens[1:] if tokens and tokens[0].text.lower() == "/hf" else tokens
    first = MEANS.get(tokens[0].text.lower(), tokens[0].text.lower()) if tokens else ""
    if first not in MOST_WORDS or tokens[0].key:
        return None
    words = [token for token in tokens[1:] if token.key is None]
    pairs = {token.key: token.text for token in tokens[1:] if token.key}
    if len(words) > MOST_WORDS[first] or any(token.quoted or token.text.startswith("-") for token in words):
        return None
    if pairs and (first not in WITH_PAIRS or not words):
        return None
    return Opening(first, tuple(token.text for token in words), pairs)
