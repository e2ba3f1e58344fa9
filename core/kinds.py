"""What a file is, told by its first bytes and not by its name."""

from core.encoding import find_encoding

# Of each kind the most bytes that are read; a picture of 20 MB is larger than any camera's.
LIMITS = {
    "picture": 20 * 2**20,
    "GIF": 20 * 2**20,
    "sound": 50 * 2**20,
    "video": 50 * 2**20,
    "PDF": 20 * 2**20,
    "text": 2 * 2**20,
    "Parquet file": 2 * 2**20,
}
# How much of a file is looked at.
HEAD = 4096
STARTS = (
    (b"\x89PNG\r\n\x1a\n", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\x00", "picture"),
    (b"MM\x00*", "picture"),
    (b"%PDF-", "PDF"),
    (b"PAR1", "Parquet file"),
    (b"ID3", "sound"),
    (b"fLaC", "sound"),
    (b"OggS", "sound"),
    (b"\x1aE\xdf\xa3", "video"),
)
RIFF = {b"WEBP": "picture", b"WAVE": "sound", b"AVI ": "video"}
# Brands of the container that MP4, M4A, HEIC and AVIF share.
BRANDS = {
    b"M4A ": "sound",
    b"M4B ": "sound",
    b"heic": "picture",
    b"heix": "picture",
    b"mif1": "picture",
    b"avif": "picture",
}
# The first byte after 0xFF of an MPEG audio frame: version 1 or 2, layer 3, with or without a checksum; and of AAC.
MPEG_AUDIO = (0xFB, 0xFA, 0xF3, 0xF2, 0xF1, 0xF9)


def kind_of(head: bytes) -> str | None:
    """The kind, one of those in `LIMITS`, of a file that begins so; None for what is none of them."""
    for start, kind in STARTS:
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF":
        return RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return BRANDS.get(head[8:12], "video")
    if head[:2] == b"BM" and len(head) > 26 and head[6:10] == bytes(4):
        return "picture"
    if len(head) > 1 and head[0] == 0xFF and head[1] in MPEG_AUDIO:
        return "sound"
    return "text" if is_text(head) else None


def claimed(mimetype: str) -> str | None:
    """The kind that Slack takes a file for by its name; None where it does not say."""
    main, _, rest = mimetype.partition("/")
    if mimetype in ("application/pdf", "image/gif"):
        return rest.upper()
    if main == "text" or rest in ("json", "csv", "jsonl", "x-ndjson"):
        return "text"
    return {"image": "picture", "audio": "sound", "video": "video"}.get(main)


def is_text(head: bytes) -> bool:
    """Whether these bytes begin a text in an encoding that is read here."""
    return find_encoding(head, cut=True) is not None
