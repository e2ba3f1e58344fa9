"""What a line has of its form's fields: a form opens for what it lacks, or to change what it says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core import ids
from core.commands.command import Command
from core.commands.datasets import InspectDataset
from core.commands.find import KINDS, Search
from core.commands.keys import TIMES, typed_pairs
from core.commands.reading import is_word, texts
from core.commands.releases import Publish
from core.commands.synonyms import MEANS
from core.commands.tokens import Token, clean, tokenise
from core.commands.train import Train, times_as_words
from core.commands.tries import Compare, RunModel, Tokenize
from core.commands.watches import AddWatch
from core.errors import Mistake

Values = dict[str, str]


@dataclass(frozen=True)
class Opening:
    """The command whose form opens, and what was typed, by the form's fields.

    It is complete where the line can be done without the form.
    """

    command: str
    values: Mapping[str, str]
    is_complete: bool


@dataclass(frozen=True)
class _Form:
    """How the words of a command are read, and what has to be there: one of each group; without groups anything."""

    command: type[Command]
    read: Callable[[Sequence[Token], str], Values | None]
    needed: tuple[tuple[str, ...], ...] = ()

    def is_complete(self, values: Values) -> bool:
        return all(any(field in values for field in group) for group in self.needed) if self.needed else bool(values)


def opening(text: str) -> Opening | None:
    """The form that a line opens; None where it has no form, or is wrong in a way that a form does not mend."""
    try:
        plain = clean(text)
        tokens = tokenise(plain)
        tokens = tokens[1:] if tokens and tokens[0].text.lower() == "/hf" else tokens
        first = MEANS.get(tokens[0].text.lower(), tokens[0].text.lower()) if tokens else ""
        if first not in FORMS or tokens[0].key:
            return None
        form = FORMS[first]
        words, pairs = typed_pairs(form.command, times_as_words(tokens[1:]) if first == "train" else tokens[1:])
        typed = form.read(words, plain)
    except Mistake:
        return None
    if typed is None:
        return None
    values = pairs | {field: value for field, value in typed.items() if value}
    return Opening(first, values, form.is_complete(values))


def _search(words: Sequence[Token], _plain: str) -> Values:
    named = words and is_word(words[0], *KINDS)
    kind = words[0].text.lower().removesuffix("s") if named else ""
    return {"kind": kind, "words": " ".join(token.text for token in words[1 if named else 0 :])}


def _run(words: Sequence[Token], plain: str) -> Values | None:
    names, rest = _names(words, 1)
    return None if names is None else {"model": names[0], "text": "\n".join(texts(rest, plain))}


def _compare(words: Sequence[Token], plain: str) -> Values | None:
    names, rest = _names(words, 2)
    if names is None:
        return None
    on = bool(rest) and is_word(rest[0], "on") and not any(token.quoted for token in rest)
    if on and len(rest) <= 2:
        return {"model": names[0], "other": names[1], "dataset": rest[1].text if rest[1:] else ""}
    return {"model": names[0], "other": names[1], "inputs": "\n".join(texts(rest, plain))}


def _tokenize(words: Sequence[Token], plain: str) -> Values | None:
    has_two = (
        len(words) > 1 and not words[1].quoted and ("/" in words[1].text or any(token.quoted for token in words[2:3]))
    )
    names, rest = _names(words, 2 if has_two else 1)
    if names is None:
        return None
    return {"model": names[0], "other": names[1] if has_two else "", "text": "\n".join(texts(rest, plain))}


def _names(words: Sequence[Token], most: int) -> tuple[list[str] | None, Sequence[Token]]:
    """The first words, empty where there are no more; None where one of them is a text or a flag."""
    first = words[:most]
    if any(token.quoted or token.text.startswith("-") for token in first):
        return None, ()
    return [*(token.text for token in first), *[""] * (most - len(first))], words[most:]


def _train(words: Sequence[Token], _plain: str) -> Values | None:
    start = next((place for place, token in enumerate(words) if is_word(token, *TIMES)), len(words))
    parts, time = list(words[:start]), words[start:]
    if any(token.quoted or token.text.startswith("-") for token in parts):
        return None
    on = next((place for place, token in enumerate(parts) if is_word(token, "on")), len(parts))
    base, data = parts[:on], parts[on + 1 :]
    if len(base) > 1 or len(data) > 1:
        return None
    times = {time[0].text.lower(): " ".join(token.text for token in time[1:])} if time else {}
    return {"base": base[0].text if base else "", "dataset": data[0].text if data else "", **times}


def _publish(words: Sequence[Token], _plain: str) -> Values | None:
    words = [token for token in words if not is_word(token, "to")]
    visibility = next((token.text.lower() for token in words if is_word(token, "private", "public")), "")
    words = [token for token in words if not is_word(token, "private", "public")]
    run = words.pop(0).text.upper() if words and ids.RUN.number(words[0].text) else ""
    if len(words) > 1 or any(ids.ANY.fullmatch(token.text) for token in words):
        return None
    return {"run": run, "repo": words[0].text if words else "", "visibility": visibility}


def _dataset(words: Sequence[Token], _plain: str) -> Values | None:
    return None if len(words) > 1 else {"dataset": words[0].text if words else ""}


def _watch(words: Sequence[Token], _plain: str) -> Values | None:
    return None if len(words) > 1 else {"target": words[0].text if words else ""}


FORMS = {
    "search": _Form(Search, _search),
    "run": _Form(RunModel, _run, (("model",), ("text", "question", "context"))),
    "compare": _Form(Compare, _compare, (("model",), ("other",), ("inputs", "dataset"))),
    "tokenize": _Form(Tokenize, _tokenize, (("model",), ("text",))),
    "train": _Form(Train, _train, (("base",), ("dataset",))),
    "dataset": _Form(InspectDataset, _dataset, (("dataset",),)),
    "publish": _Form(Publish, _publish, (("run",), ("repo",))),
    "watch": _Form(AddWatch, _watch, (("target",),)),
}
