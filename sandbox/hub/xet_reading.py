"""Reading through Xet: which chunks of which xorbs a file is made of, and those xorbs.

A file is handed out in packs that are made for it here: each chunk stands in its xorb as it is, behind a header of
eight bytes, whatever way the file came to the Hub.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypedDict

from sandbox.hub.blobs import Blobs

CHUNK = 64 * 1024
CHUNK_HEADER = 8
CHUNKS_IN_XORB = 512
XORB = CHUNK * CHUNKS_IN_XORB


class IndexRange(TypedDict):
    start: int
    end: int


class Term(TypedDict):
    """Some chunks of one xorb, `end` not among them."""

    hash: str
    unpacked_length: int
    range: IndexRange


class FetchInfo(TypedDict):
    """Where chunks of a xorb are fetched; in `url_range` the last byte is counted in."""

    range: IndexRange
    url: str
    url_range: IndexRange


class Reconstruction(TypedDict):
    offset_into_first_range: int
    terms: list[Term]
    fetch_info: dict[str, list[FetchInfo]]


@dataclass(frozen=True)
class ByteStretch:
    """The chunks `first` up to (not with) `end` of the pack with this number."""

    number: int
    first: int
    end: int

    def start(self) -> int:
        return self.number * XORB + self.first * CHUNK


def stretches(first: int, last: int) -> Iterator[ByteStretch]:
    """The chunks that the bytes from `first` to `last`, both counted in, lie in."""
    for number in range(first // XORB, last // XORB + 1):
        base = number * XORB
        begin = max(first - base, 0) // CHUNK
        yield ByteStretch(number, begin, min(last - base, XORB - 1) // CHUNK + 1)


def reconstruction(sha256: str, size: int, first: int, last: int, base_url: str) -> Reconstruction:
    """How to put together these bytes of the file; packs are fetched below `base_url`."""
    terms: list[Term] = []
    fetch_info: dict[str, list[FetchInfo]] = {}
    parts = list(stretches(first, min(last, size - 1)))
    for part in parts:
        name = hashlib.sha256(f"{sha256} {part.number}".encode()).hexdigest()
        span: IndexRange = {"start": part.first, "end": part.end}
        length = min(part.number * XORB + part.end * CHUNK, size) - part.start()
        terms.append({"hash": name, "unpacked_length": length, "range": span})
        begin = part.first * (CHUNK + CHUNK_HEADER)
        packed = length + (part.end - part.first) * CHUNK_HEADER
        url_range: IndexRange = {"start": begin, "end": begin + packed - 1}
        url = f"{base_url}/{sha256}/{part.number}"
        fetch_info[name] = [{"range": span, "url": url, "url_range": url_range}]
    return {"offset_into_first_range": first - parts[0].start(), "terms": terms, "fetch_info": fetch_info}


def pack(blobs: Blobs, sha256: str, number: int) -> bytes:
    """The pack with this number: chunk after chunk, each behind version 0, stored length, scheme 0 (raw), length."""
    with blobs.path(sha256).open("rb") as file:
        file.seek(number * XORB)
        content = file.read(XORB)
    pieces = []
    for start in range(0, len(content), CHUNK):
        chunk = content[start : start + CHUNK]
        length = len(chunk).to_bytes(3, "little")
        pieces += [b"\0", length, b"\0", length, chunk]
    return b"".join(pieces)
