"""Pictures out of files that anyone may have sent: what they are, and nothing that could fill the memory.

A file is checked by its header first; what it shows is read one picture at a time, when a model looks at it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from core.results import Reading
from jobs.inference.worker import documents
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.errors import CannotAnswer
from jobs.models.pictures import DAMAGED, FORMATS, LONGEST_SIDE, MOST_PIXELS, read_picture

MOST_BYTES = 50 * 2**20
MOST_PICTURES = 20
# Positions of the EXIF orientation that lie on their side.
SIDEWAYS = (5, 6, 7, 8)
ORIENTATION = 0x0112
# How files begin that are no pictures, and what people call them.
BEGINNINGS = (
    (b"PK\x03\x04", "an archive or an office document"),
    (b"\x1f\x8b", "an archive"),
    (b"ID3", "a sound"),
    (b"fLaC", "a sound"),
    (b"OggS", "a sound"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"<svg", "an SVG drawing"),
)


@dataclass(frozen=True)
class Source:
    """A file that holds a picture of this `size` (width, height), upright; `pages` of a PDF, else `frames`."""

    path: Path
    size: tuple[int, int]
    pages: int = 0
    frames: int = 1

    @property
    def note(self) -> Reading | None:
        """Of the pages of a PDF or the frames of an animation the first one is looked at."""
        if self.pages > 1:
            return Reading("pages", 1, self.pages)
        return Reading("frames", 1, self.frames) if self.frames > 1 else None

    def open(self, longest: int = LONGEST_SIDE) -> Image.Image:
        """The picture in RGB, upright, on white, its longer side at most `longest`. CannotAnswer when damaged."""
        if self.pages:
            return documents.page_picture(self.path, 0, longest)
        with _readable(self.path):
            return read_picture(self.path, longest)


def sources(entry: Entry) -> list[Source]:
    """The request's files, each checked. CannotAnswer when there are too many, or for the first that will not do."""
    files = entry.request.files
    if len(files) > MOST_PICTURES:
        raise CannotAnswer("input", f"{len(files)} files are more than I take at once. Send {MOST_PICTURES} at most.")
    return [check(path) for path in files]


def check(path: Path) -> Source:
    """What the file holds, by its header alone. CannotAnswer when no picture can come of it."""
    ensure_small(path)
    with path.open("rb") as file:
        head = file.read(1024)
    if b"%PDF-" in head:
        return Source(path, documents.page_size(path), pages=documents.count(path))
    ensure_picture(path.name, head)
    with _readable(path), Image.open(path, formats=FORMATS) as opened:
        width, height = opened.size
        if opened.getexif().get(ORIENTATION) in SIDEWAYS:
            width, height = height, width
        # Counting the frames of an animation means reading all of it, which only those with several need.
        frames = int(getattr(opened, "n_frames", 1)) if getattr(opened, "is_animated", False) else 1
        return Source(path, (width, height), frames=1 if opened.format in {"TIFF", "AVIF", "MPO"} else frames)


def ensure_small(path: Path, most: int = MOST_BYTES) -> None:
    """CannotAnswer for a file that is not there, or too large to be read at all."""
    if not path.is_file():
        raise CannotAnswer("input", f"{path.name} did not arrive. Attach it again.")
    size = path.stat().st_size
    if size > most:
        raise CannotAnswer(
            "input", f"{path.name} has {size / 1e6:,.0f} MB; {most / 1e6:,.0f} MB is the most I read. Send it smaller."
        )
    if not size:
        raise CannotAnswer("input", f"{path.name} is empty. Attach it again.")


def ensure_picture(name: str, head: bytes) -> None:
    """CannotAnswer, with what it is, for the beginning of a file that is no picture."""
    found = kind(head)
    if found:
        raise CannotAnswer(
            "input", f"{name} is {found}, no picture, whatever its name says. Attach a PNG, JPEG, WebP, GIF or PDF."
        )


def kind(head: bytes) -> str:
    """What a file is that begins so, where that is no picture; nothing where it may be one."""
    for beginning, words in BEGINNINGS:
        if head.lstrip().startswith(beginning):
            return words
    if head[:4] == b"RIFF" and head[8:12] in {b"WAVE", b"AVI "}:
        return "a sound" if head[8:12] == b"WAVE" else "a video"
    if head[4:8] == b"ftyp":
        # The same container holds videos, sounds, and the pictures of phones and the web.
        brand = head[8:12]
        if brand in {b"avif", b"avis"}:
            return ""
        return "a HEIC picture, which I cannot read" if brand[:3] in {b"hei", b"hev", b"mif"} else "a video"
    if b"\x00" not in head and _is_text(head):
        return "text"
    return ""


def _is_text(head: bytes) -> bool:
    try:
        # A character may be cut in two at the end.
        head[: max(1, len(head) - 3)].decode()
    except UnicodeDecodeError:
        return False
    # Portable pixmaps begin with readable words, too.
    return head[:2] not in {b"P1", b"P2", b"P3", b"P4", b"P5", b"P6"}


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turns what Pillow says about a file into a sentence."""
    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise CannotAnswer(
            "input",
            f"{path.name} has more than {MOST_PIXELS / 1e6:.0f} million pixels, the most I read. Send it smaller.",
        ) from error
    except UnidentifiedImageError as error:
        raise CannotAnswer(
            "input", f"{path.name} is no picture that I can read. Attach a PNG, JPEG, WebP, GIF or PDF."
        ) from error
    except DAMAGED as error:
        raise CannotAnswer(
            "input", f"{path.name} is damaged: it cannot be read to its end. Save or send it again."
        ) from error
