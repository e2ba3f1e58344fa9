"""From text to a command. Everything that cannot be one ends in a Mistake with the nearest right form."""

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, get_args

from core.commands import forms
from core.commands.fields import Repo
from core.commands.forms import Command, Form
from core.commands.keys import TIMES, build, split
from core.commands.moments import moment
from core.commands.repos import read_name, read_repo
from core.commands.tokens import Token, clean, tokenise
from core.commands.when import recurrence
from core.errors import Mistake
from core.filters import ensure_fits
from core.words import quote

ID = re.compile(r"([RSPW])([1-9][0-9]{0,8})", re.IGNORECASE)
THINGS = {"R": "run", "S": "schedule", "P": "release", "W": "watch"}
FORMS: tuple[type[Form], ...] = get_args(get_args(Command)[0])
# Commands about one thing, by their word and the letter of the thing's id; "" is the id alone.
ONE_THING: dict[tuple[str, str], type[Command]] = {
    ("", "R"): forms.ShowRun,
    ("cancel", "R"): forms.CancelRun,
    ("resume", "R"): forms.ResumeRun,
    ("logs", "R"): forms.ShowLogs,
    ("mute", "R"): forms.MuteRun,
    ("unmute", "R"): forms.UnmuteRun,
    ("", "S"): forms.ShowSchedule,
    ("pause", "S"): forms.PauseSchedule,
    ("resume", "S"): forms.ResumeSchedule,
    ("remove", "S"): forms.RemoveSchedule,
    ("", "P"): forms.ShowRelease,
    ("withdraw", "P"): forms.WithdrawRelease,
}
ALONE: dict[str, type[Command]] = {
    "schedules": forms.Schedules,
    "watching": forms.Watching,
    "whoami": forms.WhoAmI,
}
KINDS = ("models", "datasets", "spaces")
MODEL, DATASET = "org/model", "org/dataset"

Tokens = Sequence[Token]


def parse(text: str, now: datetime) -> Command:
    """The command that `text` means at `now`, a time in the person's own zone. Raises Mistake and nothing else."""
    plain = clean(text)
    tokens = tokenise(plain)
    if tokens and tokens[0].text.lower() == "/hf":
        tokens = tokens[1:]
    if not tokens:
        return forms.Help()
    first, rest = tokens[0], tokens[1:]
    word = "" if first.key else first.text.lower()
    if word in READERS:
        return READERS[word](rest, plain, now)
    if word in ALONE:
        _no_words(ALONE[word], rest)
        return build(ALONE[word], {})
    if word and word in {verb for verb, _ in ONE_THING}:
        return _one_thing(word, rest)
    if ID.fullmatch(word):
        return _id_first(word.upper(), rest)
    raise _unknown_command(first)


def is_name(text: str) -> bool:
    """Whether a person or an organisation on the Hub can be called so."""
    return fits("author", text)


def fits(field: str, text: str) -> bool:
    """Whether a search takes `text` for its `field`."""
    try:
        build(forms.Search, {field: text})
    except Mistake:
        return False
    return True


def words() -> list[str]:
    """Every word that a command can begin with."""
    return [*READERS, *ALONE, *dict.fromkeys(verb for verb, _ in ONE_THING if verb)]


def _help(rest: Tokens, _plain: str, _now: datetime) -> Command:
    if not rest:
        return forms.Help()
    names = [form.name for form in FORMS]
    typed = " ".join(token.typed for token in rest).strip("`").lower().removeprefix("/hf ")
    first, _, more = typed.partition(" ")
    if ID.fullmatch(first):
        # Any id stands for its kind, as `S4` does in the list.
        first = next((name for name in names if ID.fullmatch(name) and name[0] == first[0].upper()), "unwatch")
    if f"{first} {more}" in names:
        return forms.Help(topic=f"{first} {more}")
    if first in names:
        return forms.Help(topic=first)
    near = difflib.get_close_matches(first, names, 1)
    meant = f" Did you mean `/hf help {near[0]}`?" if near else ""
    raise Mistake(f"There is no command {quote(typed)}.{meant} `/hf help` lists them all.")


def _search(rest: Tokens, _plain: str, _now: datetime) -> Command:
    found, fields = split(forms.Search, rest)
    kind = "model"
    if found and not found[0].quoted and found[0].text.lower() in KINDS:
        kind = found.pop(0).text.lower().removesuffix("s")
    ensure_fits(kind, fields)
    typed = " ".join(token.text for token in found if token.text)
    return build(forms.Search, {"kind": kind, "words": typed, **fields})


def _info(rest: Tokens, _plain: str, _now: datetime) -> Command:
    found, _ = split(forms.Info, rest)
    if not found:
        raise _usage(forms.Info, "Which repo?")
    if len(found) > 2:
        raise _too_much(forms.Info, found[2])
    repo, *others = [read_repo(token.text, example=MODEL) for token in found]
    if not others:
        return forms.Info(repo=repo.id, revision=repo.revision, kind=repo.kind)
    if "dataset" in (repo.kind, others[0].kind):
        raise Mistake(f"Only models go side by side. Try `info {MODEL} org/other`, or one dataset alone.")
    return forms.Info(
        repo=repo.id, revision=repo.revision, kind="model", other=others[0].id, other_revision=others[0].revision
    )


def _run(rest: Tokens, plain: str, _now: datetime) -> Command:
    found, fields = split(forms.Run, rest)
    if not found:
        raise _usage(forms.Run, "Which model, and on what text?")
    model = _model(found[0])
    inputs = _texts(found[1:], plain)
    return build(forms.Run, {"model": model.id, "revision": model.revision, "inputs": inputs, **fields})


def _compare(rest: Tokens, plain: str, _now: datetime) -> Command:
    found, fields = split(forms.Compare, rest)
    if len(found) < 2:
        raise _usage(forms.Compare, "Which two models, and on what text?")
    models = (_model(found[0]), _model(found[1]))
    # `on` and one word more is a dataset; a text that begins so has more words, or quotes.
    if len(found) == 4 and _is(found[2], "on") and not found[3].quoted:
        data = read_repo(found[3].text, example=DATASET)
        if data.kind == "model":
            raise Mistake(f"{quote(data.id)} is a model; rows to compare on come from a dataset, as in `on {DATASET}`.")
        dataset = Repo(id=data.id, revision=data.revision)
        return build(forms.Compare, {"models": models, "dataset": dataset, **fields})
    if stray := fields.pop("sample", None):
        raise Mistake(
            f"`{next(iter(stray))}=` goes with rows of a dataset. Write `compare {MODEL} org/other on {DATASET}`."
        )
    return build(forms.Compare, {"models": models, "inputs": _texts(found[2:], plain), **fields})


def _tokenize(rest: Tokens, plain: str, _now: datetime) -> Command:
    found, _ = split(forms.Tokenize, rest)
    if not found:
        raise _usage(forms.Tokenize, "Which model, and on what text?")
    # A second model is told from text by its slash, or by the quotes around what follows it.
    has_two = len(found) > 1 and not found[1].quoted and ("/" in found[1].text or any(t.quoted for t in found[2:3]))
    number = 1 + has_two
    models = tuple(_model(token) for token in found[:number])
    inputs = _texts(found[number:], plain)
    if not inputs:
        raise _usage(forms.Tokenize, "On what text?")
    return build(forms.Tokenize, {"models": models, "inputs": inputs})


def _model(token: Token) -> Repo:
    model = read_repo(token.text, example=MODEL)
    if model.kind == "dataset":
        raise Mistake(f"{quote(model.id)} is a dataset; only models can be tried.")
    return Repo(id=model.id, revision=model.revision)


def _texts(found: Tokens, plain: str) -> tuple[str, ...]:
    inputs = _inputs(found, plain)
    if len(inputs) > 100:
        raise Mistake(f"These are {len(inputs):,} texts; I take at most 100 at once. Send the rest afterwards.")
    return inputs


def _inputs(found: Tokens, plain: str) -> tuple[str, ...]:
    """Each quoted text, and each stretch of words on one line, just as it was typed."""
    inputs: list[str] = []
    last: Token | None = None
    for token in found:
        if last and not token.quoted and not last.quoted and token.line == last.line:
            between = plain[last.end : token.start]
            # Where a `key=value` stood in between, one space is what is left of it.
            inputs[-1] += (between if between.isspace() else " ") + token.text
        else:
            inputs.append(token.text)
        last = token
    return tuple(text for text in inputs if text.strip())


def _train(rest: Tokens, _plain: str, now: datetime) -> Command:
    found, fields = split(forms.Train, _times_as_words(rest))
    start = next((place for place, token in enumerate(found) if place > 2 and _is(token, *TIMES)), len(found))
    parts, time = found[:start], found[start:]
    if len(parts) < 3 or not _is(parts[1], "on"):
        raise _usage(forms.Train, "Say which model to fine-tune `on` which data.")
    if len(parts) > 3:
        raise _too_much(forms.Train, parts[3])
    base = read_repo(parts[0].text, example=MODEL)
    data = read_repo(parts[2].text, example=DATASET)
    if base.kind == "dataset" or data.kind == "model":
        raise _usage(forms.Train, "The model comes first, then `on` and the dataset.")
    return build(
        forms.Train,
        {
            "base": base.id,
            "base_revision": base.revision,
            "dataset": data.id,
            "dataset_revision": data.revision,
            **fields,
            **_time(time, now),
        },
    )


def _times_as_words(tokens: Tokens) -> list[Token]:
    """`at="tomorrow 9:00"` is read like `at "tomorrow 9:00"`."""
    read: list[Token] = []
    for token in tokens:
        if token.key in TIMES and token.operator == "=":
            read.append(replace(token, key=None, text=token.key, quoted=False))
            read.append(replace(token, key=None, quoted=True))
        else:
            read.append(token)
    return read


def _time(found: Tokens, now: datetime) -> dict[str, Any]:
    if not found:
        return {}
    word, phrase = found[0].text.lower(), found[1:]
    if any(_is(token, "every") or (word == "at" and _is(token, "at")) for token in phrase):
        raise Mistake("Give one time: either `at` for once or `every` for repeatedly.")
    text = " ".join(token.text for token in phrase)
    return {"at": moment(text, now)} if word == "at" else {"every": recurrence(text)}


def _runs(rest: Tokens, _plain: str, _now: datetime) -> Command:
    found, fields = split(forms.Runs, rest)
    if len(found) > 1 or (found and not _is(found[0], "mine", "all")):
        raise _too_much(forms.Runs, found[-1])
    return build(forms.Runs, {"scope": found[0].text.lower() if found else "all", **fields})


def _publish(rest: Tokens, _plain: str, _now: datetime) -> Command:
    found, _ = split(forms.Publish, rest)
    visibility = found.pop().text.lower() if len(found) > 2 and _is(found[-1], "private", "public") else "private"
    found = [token for place, token in enumerate(found) if place != 1 or not _is(token, "to")]
    if len(found) < 2:
        raise _usage(forms.Publish, "Which run, and `to` which name?")
    if len(found) > 2:
        raise _too_much(forms.Publish, found[2])
    run = _id("publish", found[0], ("R",))
    repo = read_repo(found[1].text, example=MODEL)
    if "/" not in repo.id or repo.revision or repo.kind == "dataset":
        raise Mistake(f"{quote(found[1].text)} is no place to publish to. Try `publish {run} to org/name`.")
    return forms.Publish(run=run, repo=repo.id, public=visibility == "public")


def _releases(rest: Tokens, _plain: str, _now: datetime) -> Command:
    if not rest:
        return forms.Releases()
    found = _words(forms.Releases, rest, 1, "Which repo?")
    return forms.Releases(repo=read_name(found[0].text, example=MODEL))


def _watch(rest: Tokens, _plain: str, _now: datetime) -> Command:
    found = _words(forms.Watch, rest, 1, "Watch whom or what?")
    return forms.Watch(target=read_name(found[0].text, example=MODEL))


def _unwatch(rest: Tokens, _plain: str, _now: datetime) -> Command:
    found = _words(forms.Unwatch, rest, 1, "Which watch?")
    text = found[0].text
    if ID.fullmatch(text) and text[0] in "Ww":
        return forms.Unwatch(target=text.upper())
    return forms.Unwatch(target=read_name(text, example=MODEL))


READERS: dict[str, Callable[[Tokens, str, datetime], Command]] = {
    "help": _help,
    "search": _search,
    "info": _info,
    "run": _run,
    "compare": _compare,
    "tokenize": _tokenize,
    "train": _train,
    "runs": _runs,
    "publish": _publish,
    "releases": _releases,
    "watch": _watch,
    "unwatch": _unwatch,
}


def _one_thing(word: str, rest: Tokens) -> Command:
    letters = [letter for verb, letter in ONE_THING if verb == word]
    found = _words(ONE_THING[word, letters[0]], rest, 1, f"Which {' or '.join(THINGS[letter] for letter in letters)}?")
    thing = _id(word, found[0], letters)
    return build(ONE_THING[word, thing[0]], {THINGS[thing[0]]: thing})


def _id_first(thing: str, rest: Tokens) -> Command:
    letter = thing[0]
    if letter == "S" and len(rest) == 1 and _is(rest[0], "run"):
        return forms.RunSchedule(schedule=thing)
    if not rest and ("", letter) in ONE_THING:
        return build(ONE_THING["", letter], {THINGS[letter]: thing})
    word = rest[0].text.lower() if rest else ""
    if len(rest) == 1 and (word, letter) in ONE_THING:
        raise Mistake(f"The other way round: `{word} {thing}`.")
    raise Mistake(f"{thing} is a {THINGS[letter]}. {_can(thing)}")


def _id(word: str, token: Token, letters: Sequence[str]) -> str:
    """The id that `token` is, if its kind goes with `word`."""
    found = ID.fullmatch(token.text)
    good = " or ".join(f"`{letter}12`" for letter in letters)
    if not found:
        raise Mistake(f"{quote(token.typed)} is not an id. `{word}` takes one like {good}.")
    thing = token.text.upper()
    if thing[0] not in letters:
        raise Mistake(f"{thing} is a {THINGS[thing[0]]}, and `{word}` takes an id like {good}. {_can(thing)}")
    return thing


def _can(thing: str) -> str:
    """What can be done with a thing of this kind."""
    if thing[0] == "W":
        return f"You can type `unwatch {thing}` and `watching`."
    typed = [f"`{verb} {thing}`" if verb else f"`{thing}`" for verb, letter in ONE_THING if letter == thing[0]]
    typed += [f"`{thing} run`"] if thing[0] == "S" else []
    return f"You can type {', '.join(typed[:-1])} and {typed[-1]}."


def _words(form: type[Form], rest: Tokens, number: int, question: str) -> list[Token]:
    """Exactly so many words and no pairs."""
    found, _ = split(form, rest)
    if len(found) < number:
        raise _usage(form, question)
    if len(found) > number:
        raise _too_much(form, found[number])
    return found


def _no_words(form: type[Form], rest: Tokens) -> None:
    found, _ = split(form, rest)
    if found:
        raise _too_much(form, found[0])


def _is(token: Token, *wanted: str) -> bool:
    return not token.quoted and token.key is None and token.text.lower() in wanted


def _usage(form: type[Form], what: str) -> Mistake:
    example = f", for example `{form.examples[0]}`" if form.examples[0] != form.usage else ""
    return Mistake(f"{what} Write `{form.usage}`{example}.")


def _too_much(form: type[Form], token: Token) -> Mistake:
    return Mistake(f"I do not know what to do with {quote(token.typed)}. Write `{form.usage}`.")


def _unknown_command(first: Token) -> Mistake:
    near = difflib.get_close_matches(first.text.lower(), words(), 1)
    meant = f" Did you mean `{near[0]}`?" if near else ""
    return Mistake(f"{quote(first.typed)} is not a command.{meant} `/hf help` lists them all.")
