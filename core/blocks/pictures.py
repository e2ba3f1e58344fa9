"""What a model saw in a picture, a document or a video, in lines of text; the picture itself is a block of its own."""

from typing import Any

from core.words import bar, escape, plural, shorten

Result = dict[str, Any]


def boxes(_text: str, result: Result, most: int) -> list[str]:
    """Each frame with its number in the picture, its label, how sure the model is, and where it is."""
    found = result["boxes"]
    if not found:
        return ["_Nothing that the model was sure enough of._"]
    lines = [
        f"`{bar(each['score'])}` {each['score']:.3f} *{number} {_label(each['label'])}* at {_corners(each['box'])}"
        for number, each in enumerate(found[:most], 1)
    ]
    return lines + _left_out(len(found) - most, "frame")


def segments(_text: str, result: Result, most: int) -> list[str]:
    """Each area with its number in the picture, its label, and its share of the picture."""
    found = result["segments"]
    if not found:
        return ["_No area that the model was sure enough of._"]
    lines = []
    for number, each in enumerate(found[:most], 1):
        sure = "" if each["score"] is None else f", {each['score']:.3f} sure"
        lines.append(
            f"`{bar(each['share'])}` *{number} {_label(each['label'])}* {each['share']:.1%} of the picture{sure}"
        )
    return lines + _left_out(len(found) - most, "area")


def depth(_text: str, result: Result, _most: int) -> list[str]:
    """What black and white stand for."""
    span = f"from {result['least']:.3g} (black) to {result['most']:.3g} (white)"
    return [f"*Depth* {span}, half of it below {result['middle']:.3g}; by the model's own measure"]


def matches(_text: str, result: Result, _most: int) -> list[str]:
    """How many points were found in both pictures."""
    if not result["count"]:
        return ["_No point of one picture was found in the other._"]
    best = result["matches"][0]["score"]
    return [f"*{plural(result['count'], 'point')}* found in both pictures, the surest with {best:.3f}"]


def vector(_text: str, result: Result, _most: int) -> list[str]:
    """How alike the picture is to the first one, and how its vector begins."""
    numbers = ", ".join(f"{number:.3f}" for number in result["vector"])
    lines = [f"{result['size']:,} numbers of length {result['norm']:.2f}: `{numbers}, …`"]
    if "score" in result:
        lines.insert(0, f"`{bar(result['score'])}` {result['score']:.3f} like the first picture")
    return lines


def answer(_text: str, result: Result, _most: int) -> list[str]:
    """The answer out of a document, with its page where it was found there."""
    found = _label(result["answer"], 500) or "(nothing)"
    if "score" not in result:
        return [f"*{found}*"]
    return [f"`{bar(result['score'])}` {result['score']:.3f} *{found}* on page {result['page']}"]


def notes(result: Result) -> list[str]:
    """What of a file was not looked at."""
    if result.get("pages", 1) > 1 and "page" not in result:
        return [f"_A PDF of {result['pages']} pages: the model saw the first._"]
    if result.get("frames", 1) > 1:
        return [f"_A moving picture of {result['frames']} frames: the model saw the first._"]
    return [f"_{result['looked']} frames, spread over the video, were looked at._"] if result.get("looked") else []


def in_words(result: Result) -> str | None:
    """The result in plain words for a notification; None where it is of another kind."""
    if "boxes" in result:
        return _counted(result["boxes"], "thing")
    if "segments" in result:
        return _counted(result["segments"], "area")
    if "matches" in result:
        return f"{plural(result['count'], 'point')} matched"
    if "vector" in result:
        return f"{result['score']:.3f} alike" if "score" in result else f"{result['size']:,} numbers"
    if "least" in result:
        return f"depth from {result['least']:.3g} to {result['most']:.3g}"
    return None


def _counted(found: list[Result], word: str) -> str:
    kinds = ", ".join(list(dict.fromkeys(str(each["label"]) for each in found))[:3])
    return f"{plural(len(found), word)}{f': {kinds}' if kinds else ''}"


def _corners(box: list[int]) -> str:
    return "{}, {} – {}, {}".format(*box)


def _left_out(number: int, word: str) -> list[str]:
    return [f"_and {plural(number, f'more {word}')} in the picture_"] if number > 0 else []


def _label(label: str, limit: int = 80) -> str:
    """Text without the signs that would end bold type early."""
    return escape(shorten(" ".join(label.split()), limit).replace("*", "∗"))
