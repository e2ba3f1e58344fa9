"""What is attached in the pictures of the docs: a shelf, a street, a room, a drawn four, a bill, a table."""

from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw

CITIES = b"city,people\nBonn,330000\nKiel,250000\nUlm,126000\n"
BILL = ("Bill 2041", "", "2 lamps      48.00 euros", "1 shelf      89.00 euros", "", "the total is 137.00 euros")
WIDE = (480, 300)
# The one of the story at the side of the demo.
FOUR = Path(__file__).parents[1] / "sandbox" / "page" / "four.png"


def shelf() -> Image.Image:
    image = Image.new("RGB", WIDE, "#e9e2d0")
    draw = ImageDraw.Draw(image)
    for floor in (140, 285):
        draw.rectangle((0, floor, 480, floor + 12), fill="#8a6a45")
    for at, colour in enumerate(("#2f6f4f", "#7a1f2b", "#2f6f4f")):
        left = 30 + 50 * at
        draw.rounded_rectangle((left, 60, left + 32, 140), 8, fill=colour)
        draw.rectangle((left + 11, 30, left + 21, 62), fill=colour)
    draw.rectangle((240, 70, 330, 140), fill="#c49a6c", outline="#7d5f3a", width=3)
    draw.rectangle((345, 90, 440, 140), fill="#d8b384", outline="#7d5f3a", width=3)
    for at in range(5):
        left = 40 + 58 * at
        draw.rounded_rectangle((left, 215, left + 40, 285), 6, fill="#b9c2c9", outline="#6d7880", width=2)
    draw.rectangle((360, 190, 450, 285), fill="#c49a6c", outline="#7d5f3a", width=3)
    return image


def street() -> Image.Image:
    image = Image.new("RGB", WIDE, "#a9d3f0")
    draw = ImageDraw.Draw(image)
    for left, top, colour in ((0, 70, "#b5655a"), (95, 110, "#d9b38c"), (330, 50, "#8d99a6"), (420, 120, "#c98b6b")):
        draw.rectangle((left, top, left + 90, 220), fill=colour)
        for x in range(left + 12, left + 80, 26):
            for y in range(top + 14, 200, 30):
                draw.rectangle((x, y, x + 12, y + 16), fill="#f4efdc")
    draw.polygon(((200, 200), (280, 200), (480, 300), (0, 300)), fill="#55585c")
    draw.polygon(((0, 220), (150, 220), (0, 300)), fill="#6fae5a")
    draw.polygon(((480, 220), (330, 220), (480, 300)), fill="#6fae5a")
    for left in (210, 285):
        draw.rectangle((left, 160, left + 8, 215), fill="#6b4a2f")
        draw.ellipse((left - 26, 100, left + 34, 170), fill="#3f7d3a")
    return image


def room() -> Image.Image:
    image = Image.new("RGB", WIDE, "#d8cfc0")
    draw = ImageDraw.Draw(image)
    draw.polygon(((0, 300), (480, 300), (340, 190), (140, 190)), fill="#9c7650")
    draw.polygon(((0, 0), (140, 60), (140, 190), (0, 300)), fill="#c2b59f")
    draw.polygon(((480, 0), (340, 60), (340, 190), (480, 300)), fill="#b9ab93")
    draw.polygon(((0, 0), (480, 0), (340, 60), (140, 60)), fill="#efe9dd")
    draw.rectangle((205, 90, 275, 150), fill="#9cc7e6", outline="#ffffff", width=5)
    draw.polygon(((60, 250), (190, 250), (175, 215), (85, 215)), fill="#6d3f2a")
    draw.rectangle((300, 175, 390, 250), fill="#41688c")
    return image


def files() -> dict[str, bytes]:
    """All of them by their names; the bill is the page of a PDF."""
    drawn = {f"{name}.png": _png(draw()) for name, draw in (("shelf", shelf), ("street", street), ("room", room))}
    return drawn | {"four.png": FOUR.read_bytes(), "bill.pdf": bill(), "cities.csv": CITIES}


def bill() -> bytes:
    """A page with a few lines of text, as plain as the format allows."""
    lines = "".join(f"({line}) Tj T* " for line in BILL)
    drawn = f"BT /F1 16 Tf 26 TL 50 230 Td {lines}ET".encode()
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 380 280] /Contents 4 0 R /Resources 6 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
        b"<< /Font << /F1 5 0 R >> >>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    listed = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1)
    return out + head + listed + b"trailer << /Size 7 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % len(out)


def _png(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
