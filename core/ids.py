"""Short ids, as people type them and messages show them: a letter for the kind of thing, and its number."""

import re
from dataclasses import dataclass

from core.errors import Mistake
from core.words import escape

LONGEST = 9  # digits; a number of that length fits a column


@dataclass(frozen=True)
class Kind:
    """A kind of thing with short ids: its letter, its name in sentences, and the command that lists those there are."""

    letter: str
    name: str
    listing: str

    @property
    def pattern(self) -> str:
        """The pattern of its ids, in either case."""
        return f"^[{self.letter}{self.letter.lower()}][1-9][0-9]{{0,{LONGEST - 1}}}$"

    def write(self, number: int | None) -> str:
        """The id of the thing with this number."""
        return f"{self.letter}{number}"

    def number(self, text: str) -> int | None:
        """The number in an id; None where the text is no id of this kind."""
        return int(text[1:]) if re.fullmatch(self.pattern, text) else None

    def absent(self, text: str) -> Mistake:
        """What to say when there is no such thing."""
        return Mistake(f"There is no {self.name} {escape(text)}. `/hf {self.listing}` lists those there are.")


RUN = Kind("R", "run", "runs")
SCHEDULE = Kind("S", "schedule", "schedules")
RELEASE = Kind("P", "release", "releases")
WATCH = Kind("W", "watch", "watching")
KINDS = {kind.letter: kind for kind in (RUN, SCHEDULE, RELEASE, WATCH)}
ANY = re.compile(rf"([{''.join(KINDS)}])([1-9][0-9]{{0,{LONGEST - 1}}})", re.IGNORECASE)
