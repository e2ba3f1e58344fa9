"""What a model saw in a picture, a document or a video, in lines of text; the picture itself is a block of its own."""

from collections.abc import Sequence

from core.results import Areas, Boxes, Depth, Matches, PageAnswer, Vector
from core.words import bar, escape, plural, shorten

# Kinds that a notification names, and what is shown of a label and of an answer.
KINDS, LABEL, ANSWER = 3, 80, 500


def boxes(result: Boxes, most: int) -> list[str]:
    """Each frame with its number in the picture, its label, how sure the model is, and where it is."""
    found = result.boxes
    if not found:
        return ["_Nothing that the model was sure enough of._"]
    lines = [
        f"`{bar(each.score)}` {each.score:.3f} *{number} {_label(each.label)}* at {_corners(each.box)}"
        for number, each in enumerate(found[:most], 1)
    ]
    return lines + _left_out(len(found) - most, "frame")


def areas(result: Areas, most: int) -> list[str]:
    """Each area with its number in the picture, its label, and its share of the picture."""
    found = result.segments
    if not found:
        return ["_No area that the model was sure enough of._"]
    lines = []
    for number, each in enumerate(found[:most], 1):
        sure = "" if each.score is None else f", {each.score:.3f} sure"
        lines.append(f"`{bar(each.share)}` *{number} {_label(each.label)}* {each.share:.1%} of the picture{sure}")
    return lines + _left_out(len(found) - most, "area")


def depth(result: Depth) -> list[str]:
    """What black and white stand for."""
    span = f"from {result.least:.3g} (black) to {result.most:.3g} (white)"
    return [f"*Depth* {span}, half of it below {result.middle:.3g}; by the model's own measure"]


def matches(result: Matches) -> list[str]:
    """How many points were found in both pictures."""
    if not result.count:
        return ["_No point of one picture was found in the other._"]
    best = result.matches[0].score
    return [f"*{plural(result.count, 'point')}* found in both pictures, the surest with {best:.3f}"]


def vector(result: Vector) -> list[str]:
    """How alike the picture is to the first one, and how its vector begins."""
    numbers = ", ".join(f"{number:.3f}" for number in result.vector)
    lines = [f"{result.size:,} numbers of length {result.norm:.2f}: `{numbers}, …`"]
    if result.score is not None:
        lines.insert(0, f"`{bar(result.score)}` {result.score:.3f} like the first picture")
    return lines


def page_answer(result: PageAnswer) -> list[str]:
    """The answer out of a document, with its page where it was found there."""
    found = _label(result.answer, ANSWER) or "(nothing)"
    if result.score is None:
        return [f"*{found}*"]
    return [f"`{bar(result.score)}` {result.score:.3f} *{found}* on page {result.page}"]


def counted(labels: Sequence[str], word: str) -> str:
    """`3 things: car, dog`, for a notification."""
    kinds = ", ".join(list(dict.fromkeys(labels))[:KINDS])
    return f"{plural(len(labels), word)}{f': {kinds}' if kinds else ''}"


def _corners(box: tuple[int, int, int, int]) -> str:
    return "{}, {} – {}, {}".format(*box)


def _left_out(number: int, word: str) -> list[str]:
    return [f"_and {plural(number, f'more {word}')} in the picture_"] if number > 0 else []


def _label(label: str, limit: int = LABEL) -> str:
    """Text without the signs that would end bold type early."""
    return escape(shorten(" ".join(label.split()), limit).replace("*", "∗"))
