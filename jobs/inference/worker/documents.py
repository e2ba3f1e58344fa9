"""Pages of a PDF: as pictures, and as words with their places."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image

from jobs.inference.worker.errors import CannotAnswer

# The usual resolution of a scan that is to be read; a page's own unit is 1/72 inch.
DPI, UNITS = 150, 72
MOST_WORDS = 4000
# Models that read documents know places from 0 to 1000 on either side.
SCALE = 1000
# pdfium keeps state for the whole process and is not made for threads.
_PDFIUM = threading.Lock()

Corners = tuple[float, float, float, float]
PlacedWord = tuple[str, tuple[int, int, int, int]]


def count(path: Path) -> int:
    """How many pages there are. CannotAnswer for a PDF that cannot be read, as all of these."""
    with _opened(path) as pdf:
        return len(pdf)


def page_size(path: Path) -> tuple[int, int]:
    """Width and height of the first page as a picture."""
    with _opened(path) as pdf:
        width, height = pdf[0].get_size()
        return max(1, round(width * DPI / UNITS)), max(1, round(height * DPI / UNITS))


def page_picture(path: Path, number: int, longest: int) -> Image.Image:
    """The page on white, its longer side at most `longest` pixels."""
    with _opened(path) as pdf:
        page = pdf[number]
        scale = min(DPI / UNITS, longest / max(page.get_size()))
        picture: Image.Image = page.render(scale=scale).to_pil().convert("RGB")
        return picture


def page_words(path: Path, number: int) -> list[PlacedWord]:
    """The words of the page's text, each with its box in thousandths of the page; none where the page is a scan."""
    with _opened(path) as pdf:
        page = pdf[number]
        text = page.get_textpage()
        width, height = page.get_size()
        words: list[PlacedWord] = []
        letters: list[str] = []
        box = (0.0, 0.0, 0.0, 0.0)
        for at in range(text.count_chars()):
            letter = text.get_text_range(at, 1)
            if letter.isspace() or not letter:
                _end(words, letters, box, width, height)
                letters = []
                continue
            left, bottom, right, top = text.get_charbox(at)
            here = (left, bottom, right, top)
            box = _around(box, here) if letters else here
            letters.append(letter)
            if len(words) >= MOST_WORDS:
                break
        _end(words, letters, box, width, height)
        return words


def _around(one: Corners, other: Corners) -> Corners:
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])


def _end(words: list[PlacedWord], letters: list[str], box: Corners, width: float, height: float) -> None:
    if not letters:
        return
    left, bottom, right, top = box

    def place(value: float, whole: float) -> int:
        return max(0, min(SCALE, int(SCALE * value / whole)))

    # A PDF counts from below.
    words.append(
        (
            "".join(letters),
            (place(left, width), place(height - top, height), place(right, width), place(height - bottom, height)),
        )
    )


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    with _PDFIUM:
        try:
            pdf = pypdfium2.PdfDocument(path)
        except pypdfium2.PdfiumError as error:
            locked = "password" in str(error).lower()
            reason = (
                "is locked with a password. Save it without one" if locked else "is a PDF that cannot be read. Save"
            )
            end = "." if locked else " or send it again."
            raise CannotAnswer("input", f"{path.name} {reason}{end}") from error
        try:
            if not len(pdf):
                raise CannotAnswer("input", f"{path.name} has no pages. Attach another file.")
            yield pdf
        finally:
            pdf.close()
