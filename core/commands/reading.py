"""What the readers of several commands need, and the two shapes that most commands have."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import ClassVar, Self

from core import ids
from core.commands.command import Command, Line
from core.commands.fields import RepoRef
from core.commands.keys import build, split
from core.commands.repos import read_repo
from core.commands.tokens import Token
from core.errors import Mistake
from core.words import quote

MODEL, DATASET = "org/model", "org/dataset"
MOST_TEXTS = 100


class Alone(Command):
    """A command of one word."""

    @classmethod
    def read(cls, line: Line) -> Self:
        tokens, _ = split(cls, line.rest)
        if tokens:
            raise too_much(cls, tokens[0])
        return cls()


class OneThing(Command):
    """A command about one thing: the id alone, a word and the id, or the id and a word."""

    thing: ClassVar[ids.Kind]

    @classmethod
    def about(cls, thing_id: str) -> Self:
        return build(cls, {cls.thing.name: thing_id})

    def typed(self) -> Iterator[str]:
        yield ids.ANY.sub(str(getattr(self, self.thing.name)), self.usage)


def read_id(word: str, token: Token, kinds: Sequence[ids.Kind], commands: Sequence[type[Command]]) -> str:
    """The id that `token` is, if its kind is one of those that go with `word`."""
    good = " or ".join(f"`{kind.write(12)}`" for kind in kinds)
    if not ids.ANY.fullmatch(token.text):
        raise Mistake(f"{quote(token.typed)} is not an id. `{word}` takes one like {good}.")
    thing = token.text.upper()
    kind = ids.KINDS[thing[0]]
    if kind not in kinds:
        raise Mistake(
            f"{thing} is a {kind.name}, and `{word}` takes an id like {good}. {what_can_be_done(thing, commands)}"
        )
    return thing


def what_can_be_done(thing: str, commands: Sequence[type[Command]]) -> str:
    """What can be typed about a thing of this kind."""
    if ids.WATCH.number(thing):
        return f"You can type `unwatch {thing}`, `mute {thing}`, `unmute {thing}` and `watching`."
    of_kind = [each for each in commands if issubclass(each, OneThing) and each.thing.number(thing)]
    # What needs a word after the id comes last.
    lines = [f"`{ids.ANY.sub(thing, each.usage)}`" for each in sorted(of_kind, key=lambda each: " " in each.name)]
    return f"You can type {', '.join(lines[:-1])} and {lines[-1]}."


@contextmanager
def in_field(field: str) -> Iterator[None]:
    """What goes wrong within belongs to this field of the command."""
    try:
        yield
    except Mistake as error:
        error.field = error.field or field
        raise


def read_model(token: Token, field: str = "model") -> RepoRef:
    """A model to try; Mistake for a dataset."""
    with in_field(field):
        model = read_repo(token.text, example=MODEL)
        if model.kind == "dataset":
            raise Mistake(f"{quote(model.id)} is a dataset; only models can be tried.")
    return RepoRef(id=model.id, revision=model.revision)


def texts(tokens: Sequence[Token], plain: str, field: str = "text") -> tuple[str, ...]:
    """Each quoted text, and each stretch of words on one line, just as it was typed."""
    inputs: list[str] = []
    last: Token | None = None
    for token in tokens:
        if last and not token.quoted and not last.quoted and token.line == last.line:
            between = plain[last.end : token.start]
            # Where a `key=value` stood in between, one space is what is left of it.
            inputs[-1] += (between if between.isspace() else " ") + token.text
        else:
            inputs.append(token.text)
        last = token
    filled = tuple(text for text in inputs if text.strip())
    if len(filled) > MOST_TEXTS:
        raise Mistake(
            f"These are {len(filled):,} texts; I take at most {MOST_TEXTS} at once. Send the rest afterwards.",
            field=field,
        )
    return filled


def one_word(command: type[Command], line: Line, question: str) -> Token:
    """Exactly one word and no pairs."""
    tokens, _ = split(command, line.rest)
    if not tokens:
        raise too_little(command, question)
    if len(tokens) > 1:
        raise too_much(command, tokens[1])
    return tokens[0]


def is_word(token: Token, *wanted: str) -> bool:
    """Whether it is one of these words, and no text or pair."""
    return not token.quoted and token.key is None and token.text.lower() in wanted


def too_little(command: type[Command], what: str) -> Mistake:
    """The mistake of a line with too little in it."""
    example = f", for example `{command.examples[0]}`" if command.examples[0] != command.usage else ""
    return Mistake(f"{what} Write `{command.usage}`{example}.")


def too_much(command: type[Command], token: Token) -> Mistake:
    """The mistake of a line with too much in it."""
    return Mistake(f"I do not know what to do with {quote(token.typed)}. Write `{command.usage}`.")
