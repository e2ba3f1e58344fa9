"""`key=value`: from typed pairs to the fields of a command, with a sentence for everything that can be wrong."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Any, Literal, TypeVar, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from core.commands.command import Command
from core.commands.near import ALIKE, Correction, NearMiss, nearest
from core.commands.tokens import BARE, FLAG, LIMITS, Token, key_name, quoted
from core.errors import Mistake
from core.frozen import OneOf
from core.words import escape, quote

Fields = dict[str, Any]
C = TypeVar("C", bound=Command)

NUMBER = re.compile(
    r"(?P<digits>[+-]?(?:[0-9]{1,3}(?:,[0-9]{3}){1,5}|[0-9]{0,30})(?:\.[0-9]{0,30})?(?:e[+-]?[0-9]{1,3})?)"
    r"(?P<unit>[kmbt]?)",
    re.IGNORECASE,
)
MINUS = str.maketrans("−–", "--")  # as phones and copied papers write it
UNITS = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12}
# A size of files, where parameters are counted.
BYTES = re.compile(r"(?P<number>[0-9.,]+) ?(?P<unit>[kmgt])i?b?", re.IGNORECASE)
TIMES = ("at", "every")
# So many keys are read in a sentence.
MOST_LISTED = 16
# So much alike may be a key that is named in the sentence.
HINTED = 0.5
# Names that other tools use, where the letters alone do not lead to ours.
ELSEWHERE = {"learning_rate": "lr", "num_labels": "label", "limit": "max_samples", "text_pair": "pair"}


@dataclass(frozen=True)
class Key:
    """A key of a command; `path` is where its value belongs in the command, `kind` is int, float or str."""

    name: str
    path: tuple[str, ...]
    kind: type
    choices: tuple[str, ...]
    default: Any
    lowest: float | None
    highest: float | None
    description: str
    example: str

    def pair(self, value: str) -> str:
        """`lr=…`, or `size<=…`, with this value."""
        return f"{self.name}{'<=' if self.name in LIMITS else '='}{value}"

    @property
    def typed(self) -> str:
        """`lr=2e-5`, a good example of it."""
        return self.pair(self.example)

    @property
    def shown(self) -> str:
        """The same in backticks, for a sentence."""
        return f"`{escape(self.typed)}`"

    @property
    def standard(self) -> str:
        """The default as one would type it."""
        return plain(self.default) if isinstance(self.default, float) else str(self.default)

    @property
    def range(self) -> str:
        """What is allowed, in words; empty where any text is."""
        if self.choices:
            return " or ".join(part for part in (", ".join(self.choices[:-1]), self.choices[-1]) if part)
        return (
            "" if self.lowest is None or self.highest is None else f"{_spaced(self.lowest)} to {_spaced(self.highest)}"
        )


@cache
def keys_of(model: type[BaseModel]) -> dict[str, Key]:
    """The keys of a command and of the parts inside it, in their order."""
    keys: dict[str, Key] = {}
    for field, info in model.model_fields.items():
        inner = info.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            keys |= {name: replace(key, path=(field, *key.path)) for name, key in keys_of(inner).items()}
        elif info.examples:
            keys[info.alias or field] = _key(info.alias or field, field, info)
    return keys


def split(command: type[Command], tokens: Sequence[Token]) -> tuple[list[Token], Fields]:
    """The words, and the pairs as fields for `build`."""
    words, typed = typed_pairs(command, tokens)
    return words, _fields(keys_of(command), typed)


def typed_pairs(command: type[Command], tokens: Sequence[Token]) -> tuple[list[Token], dict[str, str]]:
    """The words, and the pairs as they were typed; `lr = 2e-5` and `--lr 2e-5` count as pairs."""
    keys = keys_of(command)
    words: list[Token] = []
    typed: dict[str, str] = {}
    for token in _joined(keys, tokens):
        if token.key is None:
            words.append(token)
            continue
        if token.key not in keys and token.operator in ("<", ">", ">=", "≥"):  # `size<5` in a text
            words.append(replace(token, text=token.typed, key=None, operator=""))
            continue
        if token.key not in keys:
            raise _unknown(command, token)
        key = keys[token.key]
        if (token.operator != "=" and key.name not in LIMITS) or token.operator[0] in ">≥":
            raise Mistake(f"{quote(token.typed)} is not understood. Try {key.shown}.", field=key.name)
        if key.name in typed:
            raise Mistake(f"`{key.name}` is given twice. Give it once, for example {key.shown}.", field=key.name)
        if not token.text.strip():
            raise Mistake(f"`{key.name}=` has no value. Try {key.shown}.", field=key.name)
        typed[key.name] = token.text
    return words, typed


def build(command: type[C], fields: Fields) -> C:
    """The command with these fields; Mistake with the range or the choices for a value that it does not take."""
    try:
        return command.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        # A key may have another name than its field.
        keys = {name: key for key in keys_of(command).values() for name in (key.name, key.path[-1])}
        wrong = next((keys[str(part)] for part in reversed(first["loc"]) if part in keys), None)
        if wrong is None:
            raise Mistake(f"That is not understood. Write it like `{command.examples[0]}`.") from error
        raise _wrong_value(command, wrong, first["input"]) from error


def plain(number: float) -> str:
    """A number as one types it, without loss."""
    if number == int(number) and abs(number) < 10**16:
        return str(int(number))
    short = f"{number:g}".replace("e-0", "e-")
    return short if float(short) == number else repr(number)


def _spaced(number: float) -> str:
    return f"{int(number):,}" if number == int(number) else plain(number)


def _key(name: str, field: str, info: FieldInfo) -> Key:
    kinds = [kind for kind in (info.annotation, *get_args(info.annotation)) if kind is not type(None)]
    literal = next((get_args(kind) for kind in _unwrapped(kinds) if get_origin(kind) is Literal), ())
    bounds = {type(rule): rule for rule in info.metadata}
    for kind in kinds:
        bounds |= {type(rule): rule for rule in getattr(kind, "__metadata__", ())}
    lowest, highest, table = bounds.get(Ge), bounds.get(Le), bounds.get(OneOf)
    return Key(
        name=name,
        path=(field,),
        kind=next((kind for kind in (int, float) if kind in kinds), str),
        choices=table.choices if table else literal,
        default=info.default,
        lowest=lowest.ge if lowest else None,
        highest=highest.le if highest else None,
        description=info.description or "",
        example=str((info.examples or [""])[0]),
    )


def _unwrapped(kinds: Sequence[Any]) -> list[Any]:
    return [*kinds, *(part for kind in kinds for part in get_args(kind))]


def _joined(keys: dict[str, Key], tokens: Sequence[Token]) -> list[Token]:
    """Puts `lr = 2e-5`, `lr =2e-5`, `lr= 2e-5` and `--lr 2e-5` together."""
    joined: list[Token] = []
    for token in tokens:
        last = joined[-1] if joined else None
        same_line = last is not None and last.line == token.line
        if last and same_line and last.key and not last.text and not last.quoted and token.key is None:
            text = token.text if token.quoted else token.text.removeprefix("=")
            joined[-1] = replace(last, text=text, end=token.end, quoted=token.quoted)
        elif flag := _flag(keys, token):
            joined.append(replace(token, key=flag, operator="=", text=""))
        elif last and same_line and _opens_pair(keys, last, token):
            operator = token.text[:2] if token.text[:2] in ("<=", ">=") else token.text[0]
            joined[-1] = replace(
                last, key=key_name(last.text), operator=operator, text=token.text[len(operator) :], end=token.end
            )
        else:
            joined.append(token)
    return joined


def _opens_pair(keys: dict[str, Key], name: Token, sign: Token) -> bool:
    if name.key or sign.key or name.quoted or sign.quoted:
        return False
    key = key_name(name.text)
    signs = ("=", "<", "≤", ">", "≥") if key in LIMITS else ("=", "<=", "≤")
    return key in keys and sign.text.startswith(signs)


def _flag(keys: dict[str, Key], token: Token) -> str | None:
    """The key of `--seed`; a long dash before a word that is near no key is a sign of the text."""
    match = FLAG.fullmatch(token.text) if token.key is None and not token.quoted else None
    if match is None:
        return None
    name = key_name(match[2])
    return name if match[1] == "--" or name in keys or _near_key(keys, name, ALIKE) else None


def _near_key(keys: dict[str, Key], name: str, alike: float) -> Key | None:
    known = ELSEWHERE.get(name) or nearest(name, list(keys), alike)
    return keys.get(known or "")


def _fields(keys: dict[str, Key], typed: dict[str, str]) -> Fields:
    fields: Fields = {}
    for name, text in typed.items():
        *parents, field = keys[name].path
        place = fields
        for parent in parents:
            place = place.setdefault(parent, {})
        place[field] = _value(keys[name], text)
    return fields


def _value(key: Key, text: str) -> int | float | str:
    if key.choices:
        return text.strip().lower()
    if key.kind is str:
        return text.strip()
    number = _number(text)
    if number is None and key.name in LIMITS and (match := BYTES.fullmatch(text.strip())):
        pair = key.pair(f"{match['number']}{match['unit'].upper().replace('G', 'B')}")
        raise NearMiss(
            f"{quote(text)} is a size of files, and `{key.name}` counts parameters. Try `{escape(pair)}`.",
            [Correction(pair, key=key.name)],
            field=key.name,
        )
    if number is None:
        raise Mistake(f"{quote(key.pair(text))} is not a number. Try {key.shown}.", field=key.name)
    if key.kind is float:
        return float(number)
    if abs(number) < 10**18 and number != int(number):
        raise Mistake(f"{quote(key.pair(text))} is not a whole number. Try {key.shown}.", field=key.name)
    if abs(number) >= 10**18:  # beyond every range there is, and `1e300` is slow to write out
        raise _out_of_range(key, key.pair(text))
    return int(number)


def _number(text: str) -> Decimal | None:
    """2000 for `2k`, `2,000` and `2e3`; None for what is no finite number."""
    match = NUMBER.fullmatch(text.strip().translate(MINUS))
    if not match or not any(sign.isdigit() for sign in match["digits"].lower().partition("e")[0]):
        return None
    number = Decimal(match["digits"].replace(",", "")) * UNITS[match["unit"].lower()]
    return number if math.isfinite(float(number)) else None


def _wrong_value(command: type[Command], key: Key, value: object) -> Mistake:
    typed = key.pair(plain(value) if isinstance(value, float) else str(value))
    if key.choices:
        near = nearest(str(value), key.choices)
        return NearMiss(
            f"{quote(typed)} is not known. It can be {key.range}. Try `{key.name}={near or key.choices[0]}`.",
            [Correction(f"{key.name}={near}", key=key.name)] if near else [],
            field=key.name,
        )
    if key.range:
        return _out_of_range(key, typed)
    return Mistake(f"{quote(typed)} cannot be right for `{command.name}`. Try {key.shown}.", field=key.name)


def _out_of_range(key: Key, typed: str) -> Mistake:
    return Mistake(
        f"{quote(typed)} is out of range: `{key.name}` goes from {key.range}. Try {key.shown}.", field=key.name
    )


def _unknown(command: type[Command], token: Token) -> Mistake:
    keys = keys_of(command)
    shown = quote(f"{token.key}{token.operator}")
    quoting = (
        " If it belongs to the text, put the text in quotes."
        if command.name in ("run", "search", "compare", "tokenize")
        else ""
    )
    if not keys:
        return Mistake(f"`{command.name}` takes no {shown}. Write it like `{command.examples[0]}`.")
    near = _near_key(keys, token.key or "", HINTED)
    meant = f" Did you mean {near.shown}?" if near else ""
    listed = (
        f"`/hf help {command.name}` lists its keys." if len(keys) > MOST_LISTED else f"Its keys: {', '.join(keys)}."
    )
    sentence = f"{shown} is not a key of `{command.name}`.{meant} {listed}{quoting}"
    value = token.text if BARE.fullmatch(token.text) else quoted(token.text)
    return NearMiss(sentence, [Correction(near.pair(value), token.start, token.end)] if near and token.text else [])
