"""What a model found, drawn on the picture: boxes, areas, depth, matches. Each has a number, so colour is never all."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.results import Box
from jobs.models.pictures import opaque

LONGEST_SHOWN = 1600
# Colours that stay apart for most kinds of colour blindness (Okabe and Ito, https://jfly.uni-koeln.de/color/).
PALETTE = (
    (0, 114, 178),
    (230, 159, 0),
    (0, 158, 115),
    (204, 121, 167),
    (86, 180, 233),
    (213, 94, 0),
    (240, 228, 66),
)
MOST_DRAWN = 40
# A ground of at least this brightness, of 255, bears black words.
BRIGHT = 140
Corners = Sequence[float]
Frame = tuple[float, float, float, float]


def shown(picture: Image.Image) -> Image.Image:
    """A copy of it to draw on, no longer than 1600 pixels."""
    return opaque(picture.copy(), LONGEST_SHOWN)


def colour(number: int) -> tuple[int, int, int]:
    return PALETTE[number % len(PALETTE)]


def boxes(picture: Image.Image, found: Sequence[Box], size: tuple[int, int]) -> Image.Image:
    """The picture with a frame and a label for each of `found`, whose boxes are in pixels of a picture of `size`."""
    canvas = shown(picture)
    draw, width = ImageDraw.Draw(canvas), _stroke(canvas)
    across, down = canvas.width / size[0], canvas.height / size[1]
    kinds = list(dict.fromkeys(each.label for each in found))
    tags: list[Frame] = []
    framed = [(each, _ordered(_scaled(each.box, across, down))) for each in found[:MOST_DRAWN]]
    # The least certain lie below; their words go where there is room.
    for each, frame in reversed(framed):
        draw.rectangle(frame, outline=colour(kinds.index(each.label)), width=width)
    for number, (each, frame) in enumerate(framed, 1):
        words = f"{number} {each.label} {each.score:.2f}"
        tags.append(_tag(draw, canvas, frame[:2], words, colour(kinds.index(each.label)), tags))
    return canvas


def areas(picture: Image.Image, masks: Sequence[np.ndarray], names: Sequence[str]) -> Image.Image:
    """The picture with each mask (true where it is, of any size) in a colour, and its name at its middle."""
    canvas = shown(picture)
    pixels = np.asarray(canvas).astype(np.float32)
    places = []
    for number, mask in enumerate(masks[:MOST_DRAWN]):
        fitted = np.asarray(Image.fromarray(mask.astype(np.uint8) * 255).resize(canvas.size, Image.Resampling.NEAREST))
        inside = fitted > 0
        pixels[inside] = 0.45 * pixels[inside] + 0.55 * np.array(colour(number), dtype=np.float32)
        places.append(_middle(inside))
    canvas = Image.fromarray(pixels.round().astype(np.uint8))
    draw = ImageDraw.Draw(canvas)
    for number, (place, name) in enumerate(zip(places, names, strict=False)):
        if place is not None:
            _tag(draw, canvas, place, name, colour(number), None)
    return canvas


def depth(values: np.ndarray, size: tuple[int, int]) -> Image.Image:
    """Greys from the smallest value (black) to the largest (white)."""
    low, high = float(values.min()), float(values.max())
    grey = ((values - low) / (high - low or 1) * 255).astype(np.uint8)
    image = Image.fromarray(grey)
    if image.size != size:
        image = image.resize(size, Image.Resampling.BILINEAR)
    image.thumbnail((LONGEST_SHOWN, LONGEST_SHOWN))
    return image


def matches(first: Image.Image, second: Image.Image, pairs: Sequence[tuple[Corners, Corners]]) -> Image.Image:
    """Both pictures side by side with a line for each pair of points, given in thousandths of each picture."""
    half, gap = LONGEST_SHOWN // 2 - 4, 8
    left, right = opaque(first.copy(), half), opaque(second.copy(), half)
    canvas = Image.new("RGB", (left.width + gap + right.width, max(left.height, right.height)), "white")
    canvas.paste(left, (0, 0))
    canvas.paste(right, (left.width + gap, 0))
    draw, radius = ImageDraw.Draw(canvas), 2 * _stroke(canvas)
    for number, (one, other) in reversed(list(enumerate(pairs))):
        begin = (one[0] * left.width / 1000, one[1] * left.height / 1000)
        end = (left.width + gap + other[0] * right.width / 1000, other[1] * right.height / 1000)
        draw.line([begin, end], fill=colour(number), width=max(1, radius // 2))
        for x, y in (begin, end):
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline="white", fill=colour(number))
    return canvas


def save(image: Image.Image, path: Path) -> str:
    """Writes it, as JPEG or PNG by its ending; the file's name."""
    options: dict[str, Any] = {"quality": 90, "subsampling": 0} if path.suffix == ".jpg" else {"optimize": True}
    image.save(path, **options)
    return path.name


def _stroke(canvas: Image.Image) -> int:
    return max(1, round(max(canvas.size) / 400))


def _scaled(box: Corners, across: float, down: float) -> Corners:
    left, top, right, bottom = box
    return left * across, top * down, right * across, bottom * down


def _ordered(box: Corners) -> Frame:
    left, top, right, bottom = box
    return min(left, right), min(top, bottom), max(left, right), max(top, bottom)


def _middle(inside: np.ndarray) -> tuple[float, float] | None:
    """A place well inside of an area: of its row with the most of it, the middle of what is there."""
    rows = inside.sum(1)
    if not rows.any():
        return None
    row = int(rows.argmax())
    columns = np.flatnonzero(inside[row])
    return float(columns[len(columns) // 2]), float(row)


def _tag(
    draw: ImageDraw.ImageDraw,
    canvas: Image.Image,
    place: Corners,
    words: str,
    tint: tuple[int, int, int],
    tags: Sequence[Frame] | None,
) -> Frame:
    """Words on a ground of the colour, within the picture; where they are.

    With `tags` they stand above the place, or below it where there is no room, and hide none of these.
    """
    height = max(9, round(max(canvas.size) / 50))
    font = ImageFont.load_default(height)
    # The font that Pillow brings knows Latin letters.
    words = words.encode("latin-1", "replace").decode("latin-1")
    left, top, right, bottom = draw.textbbox((0, 0), words, font=font)
    size = (right - left + 4, bottom - top + 4)
    above = 0 if tags is None or place[1] < size[1] else size[1]
    ground = _within(canvas, (place[0], place[1] - above), size)
    for _ in tags or ():
        hidden = [each for each in tags or () if _overlap(each, ground)]
        if not hidden:
            break
        ground = _within(canvas, (ground[0], hidden[0][3] + 1), size)
    draw.rectangle(ground, fill=tint)
    dark = 0.299 * tint[0] + 0.587 * tint[1] + 0.114 * tint[2] > BRIGHT
    draw.text((ground[0] + 2 - left, ground[1] + 2 - top), words, fill="black" if dark else "white", font=font)
    return ground


def _within(canvas: Image.Image, place: Corners, size: tuple[float, float]) -> Frame:
    x = max(0, min(place[0], canvas.width - size[0]))
    y = max(0, min(place[1], canvas.height - size[1]))
    return x, y, x + size[0], y + size[1]


def _overlap(one: Frame, other: Frame) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
