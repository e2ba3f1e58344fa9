"""Answers of tasks that read pictures, sounds and tables, drawn by what is in them: boxes, shares, cells, times."""

from typing import Any

from bot.blocks.parts import code
from bot.blocks.text import bar, escape, plural, shorten

CHUNKS, CELLS = 30, 20

Result = dict[str, Any]


def draw(result: Result, most: int) -> list[str]:
    """The lines of one result; none where it is a text alone."""
    if "boxes" in result:
        return _boxes(result["boxes"], most)
    if "segments" in result:
        return _segments(result["segments"], most)
    if "answer" in result:
        return _cells(result)
    if "chunks" in result:
        return _heard(result)
    if "text" not in result and result.get("alt"):
        return [f"_{escape(shorten(str(result['alt']), 500))}_"]
    return []


def in_words(result: Result) -> str:
    """The result in plain words for a notification."""
    for what, one, many in (("boxes", "object", "objects"), ("segments", "part", "parts")):
        if what in result:
            labels = ", ".join(dict.fromkeys(str(each["label"]) for each in result[what][:5]))
            return f"{plural(len(result[what]), one, many)}{f': {labels}' if labels else ''}"
    return str(result.get("text") or result.get("answer") or result.get("alt") or "")


def _boxes(boxes: list[Result], most: int) -> list[str]:
    if not boxes:
        return ["_Nothing was found in this picture._"]
    lines = [
        f"`{bar(each['score'])}` {each['score']:.3f} *{escape(str(each['label']))}* at "
        f"{', '.join(f'{edge:.0f}' for edge in each['box'])}"
        for each in boxes[:most]
    ]
    return lines + _rest(len(boxes) - most)


def _segments(segments: list[Result], most: int) -> list[str]:
    if not segments:
        return ["_Nothing was found in this picture._"]
    ranked = sorted(segments, key=lambda each: -float(each["share"]))
    lines = [
        f"`{bar(each['share'])}` {each['share']:.0%} *{escape(str(each['label']))}*"
        + (f" ({each['score']:.3f})" if each.get("score") is not None else "")
        for each in ranked[:most]
    ]
    return lines + _rest(len(segments) - most)


def _cells(result: Result) -> list[str]:
    found = escape(shorten(str(result["answer"]), 500))
    lines = [f"*{found}*" if found else "_No cell answers it._"]
    if result.get("score") is not None:
        lines[0] = f"`{bar(result['score'])}` {result['score']:.3f} {lines[0]}"
    cells = [str(cell) for cell in result.get("cells") or []]
    if cells:
        how = f"{escape(str(result['aggregator']))} of " if result.get("aggregator") not in (None, "", "NONE") else ""
        shown = ", ".join(escape(shorten(cell, 60)) for cell in cells[:CELLS])
        lines += [f"{how}{shown}", *_rest(len(cells) - CELLS)]
    return lines


def _heard(result: Result) -> list[str]:
    lines = [code([shorten(str(result.get("text", "")), 1500) or " "])]
    lines += [
        f"`{_clock(each.get('start'))}` {escape(shorten(str(each['text']).strip(), 80))}"
        for each in result["chunks"][:CHUNKS]
    ]
    return lines + _rest(len(result["chunks"]) - CHUNKS)


def _clock(seconds: float | None) -> str:
    if seconds is None:
        return "–:––"
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def _rest(number: int) -> list[str]:
    return [f"_and {number} more_"] if number > 0 else []
