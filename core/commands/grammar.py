"""From text to a command. Everything that cannot be one ends in a Mistake with the nearest right form."""

from collections.abc import Sequence

from core import ids
from core.commands.command import Clock, Command, Line
from core.commands.near import Correction, NearMiss, nearest, suggest
from core.commands.reading import OneThing, is_word, one_word, read_id, what_can_be_done
from core.commands.synonyms import BY_BUTTON, MEANS, SHOWS, is_opener
from core.commands.tokens import Token, clean, tokenise
from core.errors import Mistake
from core.words import quote


class Grammar:
    """All commands that can be typed, in the order in which help lists them; `empty` is what an empty line means."""

    def __init__(self, commands: Sequence[type[Command]], empty: type[Command]) -> None:
        self.commands = tuple(commands)
        self._empty = empty
        self._by_word: dict[str, type[Command]] = {}
        # Commands about one thing, by their word and the kind of thing; a word may go with several kinds.
        self._about: dict[str, dict[ids.Kind, type[OneThing]]] = {}
        # The same by the letter of an id, with what follows it.
        self._by_id: dict[tuple[ids.Kind, str], type[OneThing]] = {}
        for command in self.commands:
            if not issubclass(command, OneThing):
                self._by_word[command.name] = command
                continue
            first, _, after = command.name.partition(" ")
            if command.thing.number(first):
                self._by_id[command.thing, after] = command
            else:
                self._about.setdefault(command.name, {})[command.thing] = command

    def parse(self, text: str, clock: Clock) -> Command:
        """The command that `text` means; Mistake where it means none. `clock` is asked where a time was typed."""
        plain = clean(text)
        if is_opener(plain):
            return self._empty.read(Line((), plain, clock, self.commands))
        tokens = tokenise(plain)
        try:
            return self._read(plain, tokens, clock)
        except NearMiss as error:
            error.suggestions = tuple(suggest(error, plain, tokens, lambda line: self.is_command(line, clock)))
            raise

    def is_command(self, text: str, clock: Clock) -> bool:
        """Whether it means one."""
        try:
            self.parse(text, clock)
        except Mistake:
            return False
        return True

    def _read(self, plain: str, tokens: Sequence[Token], clock: Clock) -> Command:
        if tokens and tokens[0].text.lower() == "/hf":
            tokens = tokens[1:]
        if not tokens:
            return self._empty.read(Line((), plain, clock, self.commands))
        first, line = tokens[0], Line(tokens[1:], plain, clock, self.commands)
        word = "" if first.key else first.text.lower()
        word = MEANS.get(word, word)
        if word in SHOWS and not line.rest:
            return self._by_word["runs"].read(line)
        if word in SHOWS and len(line.rest) == 1 and ids.ANY.fullmatch(line.rest[0].text):
            return self._id_first(line.rest[0].text.upper(), ())
        if word in SHOWS:
            raise _shows_nothing(word, first, line.rest)
        if word in BY_BUTTON:
            raise _by_button(word, first, line.rest)
        if word in self._by_word:
            return self._by_word[word].read(line)
        if word in self._about:
            return self._about_one(word, line)
        if ids.ANY.fullmatch(word):
            return self._id_first(word.upper(), line.rest)
        raise self._unknown(first, line.rest)

    def words(self) -> list[str]:
        """Every word that a command can begin with."""
        return [*self._by_word, *self._about]

    def _about_one(self, word: str, line: Line) -> Command:
        about = self._about[word]
        question = f"Which {' or '.join(kind.name for kind in about)}?"
        token = one_word(next(iter(about.values())), line, question)
        thing = read_id(word, token, tuple(about), self.commands)
        return about[ids.KINDS[thing[0]]].about(thing)

    def _id_first(self, thing: str, rest: Sequence[Token]) -> Command:
        kind = ids.KINDS[thing[0]]
        for (each, after), command in self._by_id.items():
            if each == kind and (is_word(rest[0], after) if len(rest) == 1 else not after and not rest):
                return command.about(thing)
        word = rest[0].text.lower() if rest else ""
        if len(rest) == 1 and kind in self._about.get(word, {}):
            raise Mistake(f"The other way round: `{word} {thing}`.")
        raise Mistake(f"{thing} is a {kind.name}. {what_can_be_done(thing, self.commands)}")

    def _unknown(self, first: Token, rest: Sequence[Token]) -> Mistake:
        known = (*self.words(), *MEANS, *SHOWS, *BY_BUTTON)
        near = nearest(first.text.lower(), known) if not first.key else None
        if near in BY_BUTTON:
            return _by_button(near, first, rest)
        meant = f" Did you mean `{near}`?" if near else ""
        corrections = [Correction(near, first.start, first.end)] if near else []
        return NearMiss(f"{quote(first.typed)} is not a command.{meant} `/hf help all` lists them all.", corrections)


def _by_button(word: str, first: Token, rest: Sequence[Token]) -> Mistake:
    """Where the button is."""
    how = f"{word.capitalize()} with the button on the release's card, which shows what is decided about."
    thing = rest[0].text.upper() if rest else ""
    if not ids.RELEASE.number(thing):
        return Mistake(f"{how} `/hf releases` lists the releases.")
    correction = Correction(thing, first.start, rest[-1].end, label=f"Show {thing}")
    return NearMiss(f"{how} `/hf {thing}` shows it.", [correction])


def _shows_nothing(word: str, first: Token, rest: Sequence[Token]) -> Mistake:
    """Where no id follows alone, perhaps one stands in the sentence."""
    things = [token.text.upper() for token in rest if ids.ANY.fullmatch(token.text)]
    lines = [*things[:3], "runs"]
    corrections = [Correction(line, first.start, rest[-1].end, label=f"Show {line}") for line in lines]
    return NearMiss(f"`{word}` takes one id, like `{word} R12`. Alone it lists the runs.", corrections)
