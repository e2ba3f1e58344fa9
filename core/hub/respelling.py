"""Other words for a search that found nothing: each put right by the names that there are, or fewer of them."""

import logging
from dataclasses import replace
from difflib import SequenceMatcher

from core.errors import HubError
from core.hub.facts import Query
from core.hub.search import Searching

log = logging.getLogger(__name__)
# Words that are looked at, and letters of one by whose ends others like it are found.
MOST_WORDS, LETTERS, SHORTEST = 3, 4, 4
NAMES = 100
ALIKE = 0.75
SHOWN = 3


class Respelling:
    """Asks a Hub that is searched for names, and finds among them what may have been meant."""

    def __init__(self, searching: Searching) -> None:
        self._searching = searching

    def other_words(self, query: Query) -> tuple[str, ...]:
        """Words with which the same search finds something, the likeliest first; none where the Hub has trouble."""
        words = query.words.split()[:MOST_WORDS]
        try:
            right = [self._put_right(query, word) for word in words]
            tries = [" ".join(right), *(sorted(right, key=len, reverse=True) if len(right) > 1 else ())]
            others = dict.fromkeys(each for each in tries if each.lower() != query.words.lower())
            return tuple(each for each in others if self._finds(replace(query, words=each)))[:SHOWN]
        except HubError:
            log.info("no other words for %r", query.words, exc_info=True)
            return ()

    def _put_right(self, query: Query, word: str) -> str:
        """The word, or the nearest one of a name where no name holds it."""
        bare = Query(query.kind, words=word)
        if len(word) < SHORTEST or self._finds(bare):
            return word
        # Where no name holds an end of the word, it may still be like one of those that most people load.
        for end in dict.fromkeys((word[:LETTERS], word[-LETTERS:], word[: LETTERS // 2], "")):
            hits = self._searching.search(replace(bare, words=end), per_page=NAMES).hits
            pieces = {piece for hit in hits for piece in _pieces(hit.id)}
            near = max(sorted(pieces), key=lambda piece: _alike(word, piece), default="")
            if _alike(word, near) >= ALIKE:
                return near
        return word

    def _finds(self, query: Query) -> bool:
        return bool(self._searching.search(query, per_page=1).hits)


def _pieces(repo: str) -> list[str]:
    """The words of a name, and the owner's and the repo's whole."""
    parts = repo.lower().split("/")
    return [*parts, *(word for part in parts for word in part.replace("_", "-").replace(".", "-").split("-"))]


def _alike(typed: str, word: str) -> float:
    """From 0 to 1; letters that only changed places make the same word."""
    if sorted(typed.lower()) == sorted(word):
        return 1.0
    return SequenceMatcher(None, typed.lower(), word).ratio()
