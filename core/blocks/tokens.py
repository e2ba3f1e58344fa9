"""How models cut a text: the pieces with their numbers and places; two models stand side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.blocks.parts import Block, Blocks, context, section
from core.blocks.results import quoted
from core.results import Tokens
from core.words import escape, link, plural, shorten

PIECES = 60
# What is shown of the special tokens, and of the normalizer in characters.
SPECIAL, NORMALIZER = 8, 200
ROWS = 24
MOST_TEXTS = 6
# Slack takes 2,000 characters in a field, and about 13,000 in all blocks of a message.
MOST_CHARACTERS, MOST_IN_ALL = 1900, 9000


@dataclass(frozen=True)
class Cut:
    """What one model's tokenizer made of each text."""

    model: str
    revision: str
    url: str
    results: Sequence[Tokens]


def build_tokens(inputs: list[str], cuts: list[Cut]) -> tuple[str, Blocks]:
    """What each tokenizer is, then each text as pieces; a single text also as a list of ids and characters."""
    blocks: Blocks = _columns([_about(cut) for cut in cuts])
    room = min(MOST_CHARACTERS, MOST_IN_ALL // (len(cuts) * min(len(inputs), MOST_TEXTS)))
    for at, text in enumerate(inputs[:MOST_TEXTS]):
        blocks.append(section(f"> {quoted(text, 150)}"))
        blocks += _columns([_pieces(cut.results[at], room) for cut in cuts])
        if len(inputs) == 1:
            blocks += _columns([_rows(cut.results[at]) for cut in cuts])
    if len(inputs) > MOST_TEXTS:
        blocks.append(context(f"and {plural(len(inputs) - MOST_TEXTS, 'more text')}; ask again with those alone."))
    blocks.append(context(" · ".join(f"{escape(cut.model)} · {cut.revision[:7]}" for cut in cuts)))
    counts = ", ".join(f"{cut.model} {plural(sum(each.count for each in cut.results), 'token')}" for cut in cuts)
    return f"Tokenized: {counts}", blocks


def _columns(texts: list[str]) -> list[Block]:
    if len(texts) == 1:
        return [section(texts[0])]
    return [{"type": "section", "fields": [{"type": "mrkdwn", "text": text} for text in texts]}]


def _about(cut: Cut) -> str:
    tokenizer = cut.results[0].tokenizer
    special = " ".join(_code(token) for token in tokenizer.special_tokens[:SPECIAL])
    return "\n".join(
        [
            f"*{link(cut.url, cut.model)}*",
            f"{escape(tokenizer.algorithm)} · {tokenizer.vocabulary:,} tokens known",
            f"normalizer: {escape(shorten(tokenizer.normalizer, NORMALIZER) or 'none')}",
            f"special: {special or 'none'}",
        ]
    )


def _pieces(result: Tokens, room: int) -> str:
    cut_up = result.count - result.special
    special = f" (and {result.special} special)" if result.special else ""
    ratio = f" · {result.characters / cut_up:.1f} characters a token" if cut_up else ""
    text = f"*{plural(cut_up, 'token')}*{special}{ratio}\n"
    for at, each in enumerate(result.pieces[:PIECES]):
        piece = f"{_code(each.piece)} "
        if len(text) + len(piece) > room - 20:
            return f"{text}… and {result.count - at} more"
        text += piece
    left = result.count - min(PIECES, len(result.pieces))
    return f"{text}… and {left} more" if left else text.rstrip()


def _rows(result: Tokens) -> str:
    """Id, characters from–to, and piece in columns."""
    rows = [("id", "characters", "piece")]
    for each in result.pieces[:ROWS]:
        nowhere = each.special or each.start is None
        place = "–" if nowhere else f"{each.start}–{each.end}"
        rows.append((str(each.id), place, shorten(_plain(each.piece), 24)))
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines: list[str] = []
    for number, place, piece in rows:
        line = escape(f"{number:>{widths[0]}}  {place:<{widths[1]}}  {piece}")
        if sum(map(len, lines)) + len(line) > MOST_CHARACTERS - 100:
            break
        lines.append(line)
    left = result.count - len(lines) + 1
    shown = "```" + "\n".join(lines) + "```"
    return f"{shown}\n_and {left} more_" if left > 0 else shown


def _code(piece: str) -> str:
    return f"`{escape(shorten(_plain(piece), 40)) or ' '}`"


def _plain(piece: str) -> str:
    """One line without backticks, which would end the code that it stands in."""
    return "".join(sign if sign.isprintable() else "↵" for sign in piece).replace("`", "'")
