"""Small pictures, a film and a page of a PDF, made anew for each test."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw


def picture(seed: int, size: tuple[int, int]) -> Image.Image:
    image = Image.new("RGB", size, (240, 240, 220))
    draw, random = ImageDraw.Draw(image), np.random.default_rng(seed)
    for _ in range(6):
        x, y, radius = random.integers(0, size[0]), random.integers(0, size[1]), random.integers(4, 14)
        tint = tuple(int(value) for value in random.integers(0, 255, 3))
        draw.ellipse((int(x - radius), int(y - radius), int(x + radius), int(y + radius)), fill=tint)
    return image


def film(path: Path) -> None:
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=4)
        stream.width, stream.height, stream.pix_fmt = 48, 48, "yuv420p"
        for number in range(4):
            container.mux(stream.encode(av.VideoFrame.from_image(picture(number, (48, 48)))))
        container.mux(stream.encode())


def pdf(text: str) -> bytes:
    """A page with one line of text, as plain as the format allows."""
    drawn = f"BT /F1 18 Tf 40 100 Td ({text}) Tj ET".encode()
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R /Resources 6 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Font << /F1 5 0 R >> >>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1)
    return out + head + table + b"trailer << /Size 7 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % len(out)
