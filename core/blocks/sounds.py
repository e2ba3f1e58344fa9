"""What was heard in a sound, and sounds that were made, as lines of text."""

from collections.abc import Sequence

from core.results import Audio, Chunk, Ending, Transcript
from core.words import escape, shorten

MOST_LINES, MOST_CHARACTERS = 24, 2300
# Words that are heard one by one are put together into lines, until one is full or there is a pause.
LINE, PAUSE = 60, 1.0
SENTENCE = 500
MINUTE = 60


def transcript(result: Transcript) -> list[str]:
    """What was said, each line with its time where the times are known."""
    heard = " ".join(result.text.split())
    if not heard:
        return ["_No words were heard in it._"]
    lines = spoken_lines(result.chunks)
    if len(lines) < 2:
        return [f"> {escape(shorten(heard, MOST_CHARACTERS))}", *_ended(result.ended)]
    shown, room = [], MOST_CHARACTERS
    for start, text in lines[:MOST_LINES]:
        line = f"`{clock(start)}` {escape(text)}"
        room -= len(line)
        if room < 0:
            break
        shown.append(line)
    left = len(lines) - len(shown)
    return shown + ([f"_and {left} more lines_"] if left else []) + _ended(result.ended)


def audio(result: Audio) -> list[str]:
    """What a sound that was made is, in words; the file itself is sent beside them."""
    return [f"_{escape(result.alt)}_", *_ended(result.ended)]


def spoken_lines(chunks: Sequence[Chunk]) -> list[tuple[float, str]]:
    """Start and text of each line of what was said; sentences stay as they are, words are put together."""
    lines: list[tuple[float, str]] = []
    end = 0.0
    for chunk in chunks:
        text = " ".join(chunk.text.split())
        is_word = " " not in text
        if lines and is_word and len(lines[-1][1]) + len(text) < LINE and chunk.start - end < PAUSE:
            lines[-1] = (lines[-1][0], f"{lines[-1][1]} {text}")
        else:
            lines.append((chunk.start, shorten(text, SENTENCE)))
        end = chunk.end
    return lines


def clock(seconds: float) -> str:
    """`1:05` for 65 seconds."""
    whole = int(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def length(seconds: float) -> str:
    """`1.5 s`, and `1:05` from a minute on."""
    return clock(seconds) if seconds >= MINUTE else f"{seconds:.1f} s"


def _ended(ended: Ending) -> list[str]:
    if ended == "late":
        return ["_Its time was up before the end. A shorter sound or a smaller model gets further._"]
    return ["_Stopped before the end._"] if ended == "stopped" else []
