"""The first real paragraph of a card, however the card is written. Pure text in, plain text out."""

import html
import re

WORDS = 5
# A first paragraph comes before this; what never closes makes a longer text slow to read.
LONGEST = 16_000
_FRONT = re.compile(r"\A\ufeff?\s*---[ \t]*\n.*?\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_EMPTY_FRONT = re.compile(r"\A\ufeff?\s*---[ \t]*\n---[ \t]*(?:\n|\Z)")
# What holds no prose, or hides it: taken out with all that is inside.
_NO_PROSE = re.compile(
    r"<!--.*?(?:-->|\Z)|```.*?(?:```|\Z)|^~~~.*?(?:^~~~|\Z)|\$\$.*?(?:\$\$|\Z)"
    r"|<(script|style)\b.*?(?:</\1>|\Z)|<(table|details|svg|pre)\b.*?</\2>|<(h[1-6])\b.{0,1000}?</\3>",
    re.DOTALL | re.IGNORECASE | re.MULTILINE,
)
_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>")
_STRUCTURE = re.compile(r"\s*(#|\||>|[-=*_]{3,}\s*$|[-*+]\s|\d+[.)]\s|\[[^\]]+\]:\s)|[^|]*\|[^|]*\|")
_UNDERLINE = re.compile(r"\s*(=+|-+)\s*$")
_LOGOGRAPHS = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")
# What the Hub's own template says of no model in particular.
_TEMPLATE = re.compile(
    r"This is the model card of a .{0,5}transformers model|This model ?card aims to be a base template"
    r"|\[More Information Needed\]|Users \(both direct and downstream\) should|Use the code below to get started"
    r"|Carbon emissions can be estimated|(?:This dataset ?card|This model card) has been automatically generated",
    re.IGNORECASE,
)


def summarize(readme: str, length: int = 400) -> str:
    """The first real paragraph of a card as plain text: no front matter, headings, tables, HTML, pictures."""
    body = _NO_PROSE.sub("\n\n", _without_front(readme.replace("\r\n", "\n"))[:LONGEST])
    # Before lines are looked at one by one: a tag may go over several.
    body = re.sub(r"<[a-zA-Z/!?][^<>\n]*\n[^<>]*>", "", body)
    for paragraph in re.split(r"\n\s*\n|\n(?=#)", body):
        text = _plain_markdown(" ".join(_prose(paragraph.splitlines()))[: length * 10])
        if _length(text) >= WORDS and not _TEMPLATE.search(text):
            return _cut(text, length)
    return ""


def _without_front(card: str) -> str:
    """The card without its metadata, also where those are never closed: then they end at the first empty line."""
    body = _EMPTY_FRONT.sub("", card, count=1) if _EMPTY_FRONT.match(card) else _FRONT.sub("", card, count=1)
    if body == card and re.match(r"\ufeff?\s*---[ \t]*\n", card):
        return re.split(r"\n[ \t]*\n", card.lstrip("\ufeff \n"), maxsplit=1)[-1] if "\n\n" in card.strip() else ""
    return body


def _prose(lines: list[str]) -> list[str]:
    """The lines of a paragraph that are neither part of a list, a table or a quote nor an underlined title."""
    under = max((at for at, line in enumerate(lines) if at and _UNDERLINE.match(line)), default=-1)
    is_table = any(re.fullmatch(r"[\s:|-]*\|[\s:|-]*", line) for line in lines)
    rest = [] if is_table else lines[under + 1 :]
    return [line for line in rest if not _STRUCTURE.match(line)]


def _length(text: str) -> int:
    """In words; two signs count as one where words are not set apart."""
    return len(re.findall(r"\w+", text)) + len(_LOGOGRAPHS.findall(text)) // 2


def _plain_markdown(text: str) -> str:
    text = re.sub(r"\[?!\[[^\]]*\]\((?:[^()]|\([^()]*\))*\)(\]\([^)]*\))?", "", text)
    text = re.sub(r"\[([^\]]+)\](\([^)]*\)|\[[^\]]*\])", r"\1", text)
    text = re.sub(r"[*`]|(?<!\w)_+|_+(?!\w)", "", text)
    # What is taken out may leave another tag behind it.
    while (bare := _TAG.sub("", text)) != text:
        text = bare
    # A tag that nothing closes, or that was written to be read, is no tag any more after a space.
    text = re.sub(r"<(?=[a-zA-Z/!?])", "< ", html.unescape(text))
    return re.sub(r"\s+", " ", text).strip()


def _cut(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    return text[:length].rsplit(" ", 1)[0][: length - 1].rstrip(",;:") + "…"
