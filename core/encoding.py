"""How a text is written in bytes: UTF-8, UTF-16 and UTF-32, or what spreadsheets write in Western countries."""

import codecs
import re

from core.errors import Mistake
from core.words import quote

# UTF-32 first: its mark begins with that of UTF-16.
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
WESTERN = "cp1252"
WORDS = {
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
    WESTERN: "Windows-1252",
}
CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
# A text that somebody cut or glued may have a NUL; a file of other things has many.
MOST_NULS = 0.05
# In UTF-16 nearly every other byte of Western text is zero, and hardly one of those between.
ZEROS, NO_ZEROS = 0.4, 0.05
# Western text has accents on a few letters, never in long rows, and no such signs inside words: what has is written
# in another encoding, as Russian in Windows-1251 or German by an old Macintosh.
MOST_ACCENTS, MOST_ODD = 0.3, 0.1
IN_ROWS = re.compile("[\xc0-\xff]{3,}")
BROKEN = re.compile("[\udc80-\udcff]")
INSIDE_WORDS = re.compile("(?<=[a-zšžœ])[‚ƒ„†‡ˆ‰‹˜›ŠŒŽŸ£¤¥¦§©¯±²³¹¸¼½¾¿](?=[a-z])")


def find_encoding(content: bytes, *, cut: bool = False) -> str | None:
    """Python's name of the encoding; None for bytes that are no text in one of those. `cut`: more bytes follow."""
    for mark, name in MARKS:
        if content.startswith(mark):
            return name if _decodes(content, name, cut) else None
    if wide := _wide(content, cut):
        return wide
    if _decodes(content, "utf-8", cut):
        text = content.decode("utf-8", errors="ignore")
        odd = CONTROLS.findall(text)
        return "utf-8" if not odd or (set(odd) == {"\0"} and len(odd) <= MOST_NULS * len(text)) else None
    if _is_broken_utf8(content) or not _decodes(content, WESTERN, cut):
        return None
    return WESTERN if _is_western(content.decode(WESTERN)) else None


def decode(name: str, content: bytes) -> tuple[str, str]:
    """The text of the file `name` and its encoding. Mistake that says what is wrong with it, and in which line."""
    encoding = encoding_of(name, content)
    return content.decode(encoding), encoding


def encoding_of(name: str, content: bytes) -> str:
    """Python's name of the encoding of the file `name`. Mistake that says what is wrong with its bytes."""
    if encoding := find_encoding(content):
        # In UTF-16 every other byte is zero.
        text = content.decode(encoding) if b"\0" in content else ""
        if "\0" in text:
            line = 1 + text.count("\n", 0, text.index("\0"))
            raise Mistake(
                f"Line {line:,} of {quote(name)} has a zero byte, which stands in no text. Take it out, or save the "
                "file anew."
            )
        return encoding
    if _is_broken_utf8(content):
        text = content.decode("utf-8", errors="surrogateescape")
        line = 1 + text.count("\n", 0, BROKEN.search(text).start())  # type: ignore[union-attr]  # it is broken
        raise Mistake(f"Line {line:,} of {quote(name)} is not in UTF-8, as the rest is. Save the file as UTF-8 anew.")
    raise Mistake(
        f"{quote(name)} is no text in UTF-8, UTF-16 or Windows-1252. Save it as UTF-8, and send it once more."
    )


def _decodes(content: bytes, encoding: str, cut: bool) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(content, final=not cut)
    except UnicodeDecodeError:
        return False
    return True


def _wide(content: bytes, cut: bool) -> str | None:
    """UTF-16 without its mark."""
    half = len(content) // 2
    if half < 2 or (len(content) % 2 and not cut):
        return None
    even, odd = content[0 : 2 * half : 2].count(0) / half, content[1 : 2 * half : 2].count(0) / half
    for name, zeros, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if zeros >= ZEROS and others <= NO_ZEROS and _decodes(content, name, cut):
            return None if CONTROLS.search(content[: 2 * half].decode(name, errors="ignore")) else name
    return None


def _is_broken_utf8(content: bytes) -> bool:
    """Whether it is UTF-8 but for some bytes."""
    text = content.decode("utf-8", errors="surrogateescape")
    broken = len(BROKEN.findall(text))
    return 0 < broken <= sum(not sign.isascii() for sign in text) - broken


def _is_western(text: str) -> bool:
    letters = sum(sign.isalpha() for sign in text)
    high = [sign for sign in text if sign >= "\x80"]
    odd = sum(map(len, IN_ROWS.findall(text))) + len(INSIDE_WORDS.findall(text))
    accents = sum(sign.isalpha() for sign in high)
    return not CONTROLS.search(text) and accents <= MOST_ACCENTS * letters and odd <= MOST_ODD * len(high)
