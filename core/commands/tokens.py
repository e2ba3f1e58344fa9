"""From what somebody typed to tokens: words, quoted texts and `key=value` pairs.

Shell rules do not fit chat: an apostrophe is part of a word, phones turn quotes into typographic ones, and Slack
escapes three characters and wraps links and names in angle brackets.
"""

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import partial

from core.errors import Mistake
from core.words import quote

LONGEST = 100_000

DOUBLE = '"“”„‟«»'
SINGLE = "'‘’‚"
# What closes a quote, by what opened it; phones mix styles, so any other double quote closes if none of these does.
CLOSES = {"“": "”", "„": "“”", "«": "»", "»": "«"}

# Phones make one long dash of two short ones.
DASHES = "-–—−"
# Keys that are limits: `size<=500M`, as short as `size<500M`. Elsewhere a `<` is text.
LIMITS = ("size",)
KEY = re.compile(
    rf"[{DASHES}]{{0,2}}(?:([A-Za-z][A-Za-z0-9_-]{{0,30}})(<=|≤|=)|({'|'.join(LIMITS)})(<|>=?|≥))", re.IGNORECASE
)
FLAG = re.compile(r"(--|[–—])([A-Za-z][A-Za-z0-9_-]{0,30})")
# Words that need no quotes wherever they stand.
BARE = re.compile(r"[A-Za-z0-9_./+-]+")
# Signs that nobody sees: they come along with what is copied, and make two words of the same letters differ. The two
# joiners stay inside a word, where they shape letters and emoji.
INVISIBLE = "\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
UNSEEN = re.compile(f"[{INVISIBLE}]|^[\u200c\u200d\ufe0f]+|[\u200c\u200d]+$")
FENCE = re.compile(r"```[ \t]*\n?(?P<inside>[^`]*?)\s*```", re.DOTALL)
# https://api.slack.com/reference/surfaces/formatting: escapes, names, and links.
SLACK = re.compile(
    r"&(?:amp|lt|gt);"
    r"|<(?P<sign>[@#])(?P<id>[A-Z0-9]+)(?:\|(?P<name>[^<>|\n]*))?>"
    r"|<!(?:here|channel|everyone|(?:subteam|date)\^[^<>|\n]*)(?:\|(?P<shown>[^<>|\n]*))?>"
    r"|<(?P<url>(?:https?://|mailto:|tel:)[^<>|\n]+)(?:\|(?P<label>[^<>\n]*))?>"
)
ESCAPES = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}


@dataclass(frozen=True)
class Token:
    """One word, quoted text, or (where `key` is set) pair, whose `text` is the value. `line` counts from 0."""

    text: str
    start: int
    end: int
    line: int
    quoted: bool = False
    key: str | None = None
    operator: str = ""

    @property
    def typed(self) -> str:
        """As a sentence repeats it."""
        return f"{self.key}{self.operator}{self.text}" if self.key else self.text


def clean(text: str, *, with_labels: bool = False) -> str:
    """What the person saw when they typed it; Mistake for what no keyboard makes.

    A link is its address, as commands want it; `with_labels` it is the words that are seen and the address.
    """
    if len(text) > LONGEST:
        raise Mistake(f"That is {len(text):,} characters; I read at most {LONGEST:,}. Send less at once.")
    for position, sign in enumerate(text):
        if unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\r\t":
            raise Mistake(
                f"There is a control character (U+{ord(sign):04X}) at position {position + 1}. "
                "Remove it, or type the text anew."
            )
    as_typed = partial(_as_typed, with_labels=with_labels)
    return _out_of_code(SLACK.sub(as_typed, text.replace("\r\n", "\n").replace("\r", "\n")).strip())


def _out_of_code(plain: str) -> str:
    """A command that was copied with its backticks, or written in a fence, without them."""
    fence = FENCE.fullmatch(plain)
    if fence:
        return fence["inside"].strip()
    is_code = len(plain) > 1 and plain[0] == plain[-1] == "`" and "`" not in plain[1:-1]
    return plain[1:-1] if is_code else plain


def tokenise(text: str) -> list[Token]:
    """The tokens of a cleaned text; Mistake for a quote that is never closed."""
    tokens: list[Token] = []
    quotes = _Quotes(text)
    position = 0
    line = 0
    while position < len(text):
        if text[position].isspace():
            line += text[position] == "\n"
            position += 1
            continue
        token = _token(text, position, line, quotes)
        if token.text or token.key or token.quoted:
            tokens.append(token)
        line += text.count("\n", token.start, token.end)
        position = token.end
    return tokens


def quoted(text: str) -> str:
    """The text in quotes, so that it is read as one."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def as_line(plain: str) -> str:
    """A cleaned line as it has to be typed, so that it is cleaned into the same."""
    # What looks like one of Slack's own marks would be read as one.
    return plain.replace("&", "&amp;").replace("<", "&lt;") if SLACK.search(plain) else plain


def key_name(typed: str) -> str:
    """`max_samples` for `Max-Samples`."""
    return typed.lower().replace("-", "_")


def _token(text: str, start: int, line: int, quotes: "_Quotes") -> Token:
    while start < len(text) - 1 and UNSEEN.fullmatch(text[start]):
        start += 1
    match = KEY.match(text, start)
    key, operator = (key_name(match[1] or match[3]), match[2] or match[4]) if match else (None, "")
    inner = match.end() if match else start
    closing = quotes.closing(inner)
    if closing is None:
        end = inner
        while end < len(text) and not text[end].isspace():
            end += 1
        return Token(UNSEEN.sub("", text[inner:end]), start, end, line, key=key, operator=operator)
    content = text[inner + 1 : closing]
    if text[inner] in DOUBLE:
        content = re.sub(r'\\([\\"])', r"\1", content)
    end = closing + 1
    while end < len(text) and text[end] in ",;":
        end += 1
    if end < len(text) and not text[end].isspace():
        near = text[max(start, closing - 15) : end + 10]
        raise Mistake(f"Put a space after the closing quote in {quote(near)}, or leave out the quotes inside a quote.")
    return Token(content, start, end, line, quoted=True, key=key, operator=operator)


class _Quotes:
    """Where quotes can close, found once for the whole text, so that reading it takes time in step with its length."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._single = [match.start() for match in re.finditer(r"['’](?=[\s,;]|\Z)", text)]
        self._double: dict[str, list[int]] = {sign: [] for sign in DOUBLE}
        for match in re.finditer(rf"(?<!\\)(\\*)([{DOUBLE}])", text):
            if match[2] != '"' or len(match[1]) % 2 == 0:
                self._double[match[2]].append(match.start(2))

    def closing(self, start: int) -> int | None:
        """Where the quote that opens at `start` closes; None where none opens. Mistake where it never closes."""
        opener = self._text[start] if start < len(self._text) else " "
        if opener in SINGLE:
            # Without a partner it is an apostrophe, as in ’tis.
            return _after(self._single, start)
        if opener not in DOUBLE:
            return None
        for closers in (CLOSES.get(opener, opener), DOUBLE):
            places = [place for sign in closers if (place := _after(self._double[sign], start)) is not None]
            if places:
                return min(places)
        raise Mistake(
            f"The quote that opens at position {start + 1}, {quote(self._text[start : start + 30])}, is never closed. "
            'Put a `"` at its end.'
        )


def _after(places: list[int], start: int) -> int | None:
    index = bisect_right(places, start)
    return places[index] if index < len(places) else None


def _as_typed(match: re.Match[str], *, with_labels: bool) -> str:
    if match[0] in ESCAPES:
        return ESCAPES[match[0]]
    if match["sign"]:
        return match["sign"] + _unescape(match["name"] or match["id"])
    if match["url"]:
        url, label = _unescape(match["url"]), _unescape(match["label"] or "")
        # Slack links whatever looks like a domain (`tokenizer.py`); its label is then what was typed.
        if label and label in url:
            return label
        return f"{label} ({url})" if label and with_labels else url
    return _unescape(match["shown"] or match[0][2:-1])


def _unescape(text: str) -> str:
    return re.sub("&(?:amp|lt|gt);", lambda match: ESCAPES[match[0]], text)
