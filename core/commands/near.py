"""Mistakes that know what was probably meant: which part of the line should read otherwise, and how."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from core.commands.tokens import FLAG, Token, as_line, key_name
from core.errors import Mistake, Suggestion

# What a button's value takes.
LONGEST_LINE = 2000
# So much alike are a word and what was meant by it: `serach` is near `search`, `approve` is not near `remove`.
ALIKE = 0.78


@dataclass(frozen=True)
class Correction:
    """`words` in place of what stands from `start` to `end` in the cleaned line, or of the pair of this `key`.

    `label` is what the button says; the whole line without it.
    """

    words: str
    start: int = 0
    end: int = 0
    key: str = ""
    label: str = ""


class NearMiss(Mistake):
    """A mistake with the corrections of which each makes a command of the line."""

    def __init__(self, sentence: str, corrections: Sequence[Correction], *, field: str | None = None) -> None:
        super().__init__(sentence, field=field)
        self.corrections = tuple(corrections)


class Unclear(Mistake):
    """What was typed has several readings; `words` are those that mean one of them alone."""

    def __init__(self, sentence: str, words: Sequence[str]) -> None:
        super().__init__(sentence)
        self.words = tuple(words)


def nearest(typed: str, words: Sequence[str], alike: float = ALIKE) -> str | None:
    """The word that is meant by `typed`, if one is near enough: letters that changed places, or a few wrong ones."""
    swapped = [word for word in words if sorted(word) == sorted(typed)]
    close = max(words, key=lambda word: SequenceMatcher(None, typed, word).ratio(), default="")
    is_close = SequenceMatcher(None, typed, close).ratio() >= alike
    return swapped[0] if swapped else close if is_close else None


def suggest(
    error: NearMiss, plain: str, tokens: Sequence[Token], is_command: Callable[[str], bool]
) -> Iterator[Suggestion]:
    """The changed lines that are commands, short enough for a button."""
    for correction in error.corrections:
        span = _span(correction.key, tokens) if correction.key else (correction.start, correction.end)
        if span is None:
            continue
        line = as_line(f"{plain[: span[0]]}{correction.words}{plain[span[1] :]}")
        if len(line) <= LONGEST_LINE and line != as_line(plain) and is_command(line):
            yield Suggestion(correction.label or line, line)


def _span(key: str, tokens: Sequence[Token]) -> tuple[int, int] | None:
    """Where `key=value` or `--key value` stands."""
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        if token.key == key and token.text:
            return token.start, token.end
        flag = FLAG.fullmatch(token.text)
        if flag and key_name(flag[2]) == key and after:
            return token.start, after.end
    return None
