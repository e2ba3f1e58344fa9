"""Frames of a video, spread evenly over it."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageSequence

from jobs.inference.worker.entries import Entry
from jobs.inference.worker.errors import CannotAnswer
from jobs.inference.worker.pictures import check, ensure_small, kind
from jobs.models.pictures import FORMATS, MOST_PIXELS, opaque

MOST_BYTES = 200 * 2**20
MOST_FRAMES = 20_000
# Models that classify videos look at squares of 224 pixels or so.
LONGEST_SIDE = 640
Frame = Callable[[], Image.Image]


def ensure_video(path: Path) -> None:
    """CannotAnswer for a file that moves in no way."""
    ensure_small(path, MOST_BYTES)
    with path.open("rb") as file:
        head = file.read(1024)
    found = kind(head)
    if found and found != "a video":
        raise CannotAnswer("input", f"{path.name} is {found}, no video. Attach an MP4, WebM or an animated GIF.")
    if not found and not _moves(path, head):
        raise CannotAnswer("input", f"{path.name} is a still picture. Attach an MP4, WebM or an animated GIF.")


def frames(path: Path, number: int, entry: Entry) -> list[Image.Image]:
    """`number` pictures, evenly spread over the whole; a short video repeats some. CannotAnswer when damaged."""
    with path.open("rb") as file:
        head = file.read(1024)
    seen = _animation(path) if not kind(head) else _film(path)
    # How many frames there are is known at the end; until then every so many are kept, more than are needed.
    kept: list[Image.Image] = []
    step = 1
    for at, picture in enumerate(seen):
        entry.ensure_wanted()
        if at >= MOST_FRAMES or time.monotonic() > entry.deadline:
            raise CannotAnswer("input", f"{path.name} is too long to be read to its end. Cut it and send it again.")
        if at % step:
            continue
        kept.append(picture())
        if len(kept) >= 4 * number:
            kept, step = kept[::2], 2 * step
    if not kept:
        raise CannotAnswer("input", f"{path.name} has no pictures in it. Attach another video.")
    return [kept[place] for place in np.linspace(0, len(kept) - 1, number).round().astype(int)]


def _moves(path: Path, head: bytes) -> bool:
    return b"%PDF-" not in head and check(path).frames > 1


def _animation(path: Path) -> Iterator[Frame]:
    try:
        with Image.open(path, formats=FORMATS) as opened:
            for frame in ImageSequence.Iterator(opened):
                yield partial(opaque, frame, LONGEST_SIDE)
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise CannotAnswer("input", f"{path.name} is damaged: it cannot be read to its end. Send it again.") from error


def _film(path: Path) -> Iterator[Frame]:
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                return
            stream = container.streams.video[0]
            if stream.width * stream.height > MOST_PIXELS:
                raise CannotAnswer("input", f"{path.name} has frames too large to read. Send it smaller.")
            for frame in container.decode(stream):
                yield partial(_picture, frame)
    except (av.FFmpegError, ValueError) as error:
        raise CannotAnswer(
            "input", f"{path.name} is a video that cannot be read. Save it as MP4 (H.264) and send it again."
        ) from error


def _picture(frame: av.VideoFrame) -> Image.Image:
    scale = LONGEST_SIDE / max(frame.width, frame.height, LONGEST_SIDE)
    size = {"width": max(1, round(frame.width * scale)), "height": max(1, round(frame.height * scale))}
    picture: Image.Image = frame.reformat(format="rgb24", **size).to_image()
    # Telephones store what was filmed upright on its side.
    return picture.rotate(frame.rotation, expand=True) if frame.rotation else picture
