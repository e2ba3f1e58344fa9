"""Files that anyone may send: what is a picture is read right, what is none is refused in one sentence."""

import io
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.results import Box, Reading
from jobs.inference.protocol import Request
from jobs.inference.worker import documents, drawing, pictures, videos
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.errors import CannotAnswer
from world.picture_files import film, pdf

RED = (200, 30, 20)


def saved(path: Path, image: Image.Image, **options: Any) -> Path:
    image.save(path, **options)
    return path


def colour(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    """That of one pixel, by its channels."""
    return tuple(np.asarray(image)[y, x].tolist())


def bomb(path: Path) -> Path:
    """A PNG of a few hundred bytes that says it has a hundred thousand pixels on either side."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(b"0")) + part(b"IEND", b"")
    )
    return path


def half(path: Path) -> Path:
    out = io.BytesIO()
    Image.effect_noise((64, 64), 90).save(out, "PNG")
    path.write_bytes(out.getvalue()[:600])
    return path


def huge(path: Path) -> Path:
    """A gigabyte that takes no room on the disk."""
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    os.truncate(path, 10**9)
    return path


def holding(data: bytes) -> Callable[[Path], Path]:
    def write(path: Path) -> Path:
        path.write_bytes(data)
        return path

    return write


@pytest.mark.parametrize(
    ("make", "part"),
    [
        (holding(b""), "is empty. Attach it again"),
        (huge, "has 1,000 MB; 52 MB is the most I read"),
        (bomb, "has more than 50 million pixels"),
        (half, "is damaged: it cannot be read to its end"),
        (holding("Grüße, Welt\n".encode() * 200), "is text, no picture, whatever its name says"),
        (holding(b"<svg xmlns='x'/>"), "is an SVG drawing"),
        (holding(b"RIFF\x00\x00\x00\x00WAVEfmt \x00"), "is a sound"),
        (holding(b"\x00\x00\x00\x18ftypisom\x00"), "is a video"),
        (holding(b"\x00\x00\x00\x18ftypheic\x00"), "is a HEIC picture"),
        (holding(b"PK\x03\x04\x00"), "is an archive or an office document"),
        (holding(b"\x00\x01\x02\x03" * 50), "is no picture that I can read"),
        (holding(b"%PDF-1.4\nnothing"), "is a PDF that cannot be read"),
    ],
)
def test_what_is_no_picture_is_refused_in_one_sentence(tmp_path: Path, make: Callable[[Path], Path], part: str) -> None:
    with pytest.raises(CannotAnswer) as refusal:
        pictures.check(make(tmp_path / "cat.png")).open()
    assert (refusal.value.kind, refusal.value.message.startswith("cat.png")) == ("input", True)
    assert part in refusal.value.message


def test_a_file_that_never_came_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotAnswer, match="did not arrive"):
        pictures.check(tmp_path / "cat.png")


def test_a_picture_on_its_side_is_turned(tmp_path: Path) -> None:
    image = Image.new("RGB", (40, 20), "white")
    image.paste(RED, (0, 0, 10, 20))
    exif = Image.Exif()
    exif[pictures.ORIENTATION] = 6
    source = pictures.check(saved(tmp_path / "phone.jpg", image, exif=exif, quality=95))
    seen = source.open()
    assert source.size == seen.size == (20, 40)
    assert colour(seen, 10, 2)[1] < 100 < colour(seen, 10, 35)[1]


def test_what_is_transparent_lies_on_white(tmp_path: Path) -> None:
    image = Image.new("RGBA", (8, 8), (*RED, 0))
    image.putpixel((0, 0), (*RED, 255))
    for mode in ("RGBA", "P", "LA"):
        seen = pictures.check(saved(tmp_path / f"{mode}.png", image.convert(mode))).open()
        assert seen.getpixel((5, 5)) == (255, 255, 255), mode
        assert colour(seen, 0, 0)[1] < 120, mode


def test_deep_greys_and_print_colours_keep_their_tones(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65_535, 64, dtype=np.uint16).reshape(8, 8)
    seen = pictures.check(saved(tmp_path / "xray.png", Image.fromarray(ramp))).open()
    np.testing.assert_allclose(np.asarray(seen)[..., 0].ravel(), np.linspace(0, 255, 64), atol=1)
    floats = Image.fromarray(np.linspace(-3, 5, 64, dtype=np.float32).reshape(8, 8))
    seen = pictures.check(saved(tmp_path / "field.tiff", floats)).open()
    np.testing.assert_allclose(np.asarray(seen)[..., 0].ravel(), np.linspace(0, 255, 64), atol=1)
    printed = saved(tmp_path / "print.jpg", Image.new("RGB", (16, 16), RED).convert("CMYK"), quality=95)
    np.testing.assert_allclose(colour(pictures.check(printed).open(), 8, 8), RED, atol=25)


def test_large_pictures_are_shrunk_as_they_are_read_and_keep_their_size_in_words(tmp_path: Path) -> None:
    source = pictures.check(saved(tmp_path / "wall.jpg", Image.new("RGB", (5000, 2500), RED)))
    assert (source.size, source.open().size) == ((5000, 2500), (2048, 1024))


def test_moving_pictures_and_documents_say_what_was_left_out(tmp_path: Path) -> None:
    first, *others = (Image.new("RGB", (20, 20), (each * 60, 0, 0)) for each in range(4))
    for ending in ("gif", "webp", "png"):
        path = saved(tmp_path / f"wave.{ending}", first, save_all=True, append_images=others)
        assert pictures.check(path).note == Reading("frames", 1, 4)
        videos.ensure_video(path)
        reds = [colour(frame, 3, 3)[0] for frame in videos.frames(path, 4, asked())]
        np.testing.assert_allclose(reds, [0, 60, 120, 180], atol=6)
    (tmp_path / "bill.pdf").write_bytes(pdf("twelve euros"))
    source = pictures.check(tmp_path / "bill.pdf")
    assert (source.size, source.open().size, source.note) == ((625, 417), (625, 417), None)
    assert documents.count(tmp_path / "bill.pdf") == 1


def asked() -> Entry:
    import time

    return Entry(Request("1", "acme/x", "b", "video-classification", []), time.monotonic(), print)


def test_frames_are_spread_over_a_film_and_a_short_one_repeats_some(tmp_path: Path) -> None:
    film(tmp_path / "film.mp4")
    videos.ensure_video(tmp_path / "film.mp4")
    for number in (1, 2, 4, 16):
        frames = videos.frames(tmp_path / "film.mp4", number, asked())
        assert [frame.size for frame in frames] == [(48, 48)] * number


def test_a_film_that_is_damaged_or_still_is_refused(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"\x00\x00\x00\x18ftypisom" + b"\x00" * 400)
    with pytest.raises(CannotAnswer, match="a video that cannot be read"):
        videos.frames(tmp_path / "film.mp4", 4, asked())
    with pytest.raises(CannotAnswer, match="is a still picture"):
        videos.ensure_video(saved(tmp_path / "cat.png", Image.new("RGB", (9, 9))))


def test_frames_labels_and_lines_stay_within_the_picture() -> None:
    photo = Image.new("RGB", (3000, 1500), "white")
    found = [
        Box("名 é", 0.9, (2900, 1400, 3000, 1500)),
        Box("b", 0.5, (-5, -5, 100, 100)),
    ]
    framed = drawing.boxes(photo, found, photo.size)
    assert framed.size == (1600, 800)
    assert framed.getcolors(1) is None
    masks = [np.eye(30, dtype=bool), np.zeros((30, 30), dtype=bool)]
    assert drawing.areas(photo, masks, ["1 line", "2 nothing"]).size == (1600, 800)
    joined = drawing.matches(photo, Image.new("RGB", (20, 40)), [([0, 0], [1000, 1000])])
    assert max(joined.size) <= 1600
    flat = drawing.depth(np.zeros((4, 4)), (4, 4))
    assert (flat.mode, flat.size, flat.getextrema()) == ("L", (4, 4), (0, 0))
