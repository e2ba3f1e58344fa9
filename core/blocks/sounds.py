"""What was heard in a sound, and sounds that were made, as lines of text."""

from collections.abc import Sequence
from typing import Any

from core.words import escape, shorten

MOST_LINES, MOST_CHARACTERS = 24, 2300
# Words that are heard one by one are put together into lines, until one is full or there is a pause.
LINE, PAUSE = 60, 1.0

Result = dict[str, Any]


def draw_speech(_text: str, result: Result, _most: int) -> list[str]:
    """What was said, each line with its time where the times are known."""
    heard = " ".join(str(result["text"]).split())
    if not heard:
        return ["_No words were heard in it._"]
    lines = spoken_lines(result.get("chunks") or [])
    if len(lines) < 2:
        return [f"> {escape(shorten(heard, MOST_CHARACTERS))}", *_ended(result)]
    shown, room = [], MOST_CHARACTERS
    for start, text in lines[:MOST_LINES]:
        line = f"`{clock(start)}` {escape(text)}"
        room -= len(line)
        if room < 0:
            break
        shown.append(line)
    left = len(lines) - len(shown)
    return shown + ([f"_and {left} more lines_"] if left else []) + _ended(result)


def draw_sound(_text: str, result: Result, _most: int) -> list[str]:
    """What a sound that was made is, in words; the file itself is sent beside them."""
    return [f"_{escape(str(result['alt']))}_", *_ended(result)]


def sound_notes(result: Result) -> list[str]:
    """How much of a sound was heard, where that is not all of it."""
    if "read_seconds" not in result:
        return []
    whole, heard = (_length(result[key]) for key in ("seconds", "read_seconds"))
    return [f"_The sound lasts {whole}; the model heard the first {heard} of it._"]


def spoken_lines(chunks: Sequence[Result]) -> list[tuple[float, str]]:
    """Start and text of each line of what was said; sentences stay as they are, words are put together."""
    lines: list[tuple[float, str]] = []
    end = 0.0
    for chunk in chunks:
        text = " ".join(str(chunk["text"]).split())
        is_word = " " not in text
        if lines and is_word and len(lines[-1][1]) + len(text) < LINE and chunk["start"] - end < PAUSE:
            lines[-1] = (lines[-1][0], f"{lines[-1][1]} {text}")
        else:
            lines.append((float(chunk["start"]), shorten(text, 500)))
        end = float(chunk["end"])
    return lines


def clock(seconds: float) -> str:
    """`1:05` for 65 seconds."""
    whole = int(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def _length(seconds: float) -> str:
    """`1.5 s`, and `1:05` from a minute on."""
    return clock(seconds) if seconds >= 60 else f"{seconds:.1f} s"


def _ended(result: Result) -> list[str]:
    if result.get("late"):
        return ["_Its time was up before the end. A shorter sound or a smaller model gets further._"]
    return ["_Stopped before the end._"] if result.get("stopped") else []
