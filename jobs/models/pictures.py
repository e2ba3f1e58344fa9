"""Pictures as every model gets them, and none that could fill the memory. Torch-free."""

import struct
import warnings
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps

MOST_PIXELS = 50_000_000
# No model here reads finer than this; a longer side is shrunk as the file is read.
LONGEST_SIDE = 2048
# Pillow knows more, but some of those are read by programs outside of it.
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM", "AVIF")
WHITE = 255
DAMAGED = (OSError, SyntaxError, ValueError, TypeError, IndexError, EOFError, OverflowError, struct.error, zlib.error)

# More pixels than this are an error as soon as Pillow reads a header, and no mere warning.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)


def read_picture(file: Path | BinaryIO, longest: int = LONGEST_SIDE) -> Image.Image:
    """The picture in RGB, upright, on white, its longer side at most `longest`.

    Raises one of DAMAGED, or what Pillow raises for more than MOST_PIXELS, before anything is decoded.
    """
    with Image.open(file, formats=FORMATS) as opened:
        # A JPEG is decoded small at once.
        opened.draft(None, (longest, longest))
        return opaque(upright(opened), longest)


def upright(image: Image.Image) -> Image.Image:
    """The picture turned as its EXIF data say; as it is where they say nothing that can be read."""
    turned: Image.Image = ImageOps.exif_transpose(image)
    return turned


def opaque(image: Image.Image, longest: int) -> Image.Image:
    """The picture in RGB, shrunk to `longest`: what is transparent lies on white, deep greys become 8 bits."""
    image = _eight_bits(image)
    if image.mode == "P" and "transparency" in image.info:
        image = image.convert("RGBA")
    if image.mode in {"RGBA", "LA", "PA", "La", "RGBa"}:
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image)
    image = image.convert("RGB")
    if max(image.size) > longest:
        image.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return image


def _eight_bits(image: Image.Image) -> Image.Image:
    """Greys of 16 and 32 bits, which Pillow would cut off at 255 instead of scaling."""
    if not image.mode.startswith(("I", "F")):
        return image
    values = np.asarray(image, dtype=np.float32)
    if image.mode == "F":
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        values = (values - low) * (WHITE / (high - low or 1))
    elif values.max() > WHITE:
        values /= 257
    return Image.fromarray(np.nan_to_num(values).clip(0, WHITE).astype(np.uint8))
