"""Xet storage: files arrive as shards (which chunks a file is made of) and xorbs (packs of chunks).

The layout of both is the one that hf_xet 1.x writes.
"""

import itertools
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from sandbox.hub.blobs import Blobs
from sandbox.hub.errors import BadRequest

_HASH = re.compile(r"[0-9a-f]{64}")
_RECORD, _CHUNK_HEADER = 48, 8
_LAST = b"\xff" * 32
_WITH_VERIFICATION, _WITH_METADATA = 1 << 31, 1 << 30


@dataclass(frozen=True)
class Segment:
    """Chunks `first` up to (not with) `end` of one xorb."""

    xorb: str
    first: int
    end: int


@dataclass(frozen=True)
class ShardFile:
    sha256: str
    segments: tuple[Segment, ...]


class XetStore:
    """Xorbs are kept for good: later uploads refer to chunks of earlier ones."""

    def __init__(self, root: Path, blobs: Blobs) -> None:
        self._root = root
        self._blobs = blobs
        root.mkdir(parents=True, exist_ok=True)

    def add_xorb(self, name: str, content: bytes) -> bool:
        """Keeps a xorb; False when it was there already."""
        place = self._place(name)
        if place.exists():
            return False
        read_chunks(content, 0, None)
        with self._blobs.incoming() as path:
            path.write_bytes(content)
            path.replace(place)
        return True

    def add_shard(self, content: bytes) -> None:
        """Rebuilds every file of the shard; BadRequest when one does not have the sha256 that it should have."""
        for file in shard_files(content):
            if not self._blobs.has(file.sha256):
                self._rebuild(file)

    def _rebuild(self, file: ShardFile) -> None:
        with self._blobs.incoming() as path:
            with path.open("wb") as out:
                for segment in file.segments:
                    place = self._place(segment.xorb)
                    if not place.exists():
                        raise BadRequest(f"The shard refers to an unknown xorb: {segment.xorb}")
                    for chunk in read_chunks(place.read_bytes(), segment.first, segment.end):
                        out.write(chunk)
            self._blobs.adopt(path, file.sha256)

    def _place(self, name: str) -> Path:
        if not _HASH.fullmatch(name):
            raise BadRequest("A xorb's hash is 64 hexadecimal digits.")
        return self._root / name


def read_chunks(xorb: bytes, first: int, end: int | None) -> list[bytes]:
    """The chunks of that range, unpacked; BadRequest when the xorb is damaged."""
    chunks = []
    for number, (offset, stored, scheme, size) in enumerate(_chunk_headers(xorb)):
        if first <= number and (end is None or number < end):
            chunks.append(_unpack(xorb[offset : offset + stored], scheme, size))
    if end is not None and len(chunks) != end - first:
        raise BadRequest("The xorb has fewer chunks than the shard says.")
    return chunks


def _chunk_headers(xorb: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Offset, stored length, scheme and size of each chunk."""
    offset = 0
    while offset < len(xorb):
        header = xorb[offset : offset + _CHUNK_HEADER]
        stored, size = int.from_bytes(header[1:4], "little"), int.from_bytes(header[5:8], "little")
        offset += _CHUNK_HEADER
        if len(header) < _CHUNK_HEADER or header[0] != 0 or offset + stored > len(xorb):
            raise BadRequest("The xorb is damaged.")
        yield offset, stored, header[4], size
        offset += stored


def _unpack(data: bytes, scheme: int, size: int) -> bytes:
    if scheme == 0:
        return data
    if scheme not in (1, 2):
        raise BadRequest(f"Unknown compression of a chunk: {scheme}")
    try:
        plain = pa.decompress(data, decompressed_size=size, codec="lz4", asbytes=True)
    except (OSError, pa.ArrowException) as error:
        raise BadRequest("A chunk cannot be unpacked.") from error
    return plain if scheme == 1 else _ungroup(plain)


def _ungroup(grouped: bytes) -> bytes:
    """Undoes byte-grouping by four: byte k of the file stands in plane k mod 4, longer planes first."""
    result = bytearray(len(grouped))
    start = 0
    for plane in range(4):
        width = len(range(plane, len(grouped), 4))
        result[plane::4] = grouped[start : start + width]
        start += width
    return bytes(result)


def shard_files(shard: bytes) -> Iterator[ShardFile]:
    """The files that a shard describes; those without a sha256 are a BadRequest."""
    records = (shard[start : start + _RECORD] for start in itertools.count(_RECORD, _RECORD))
    for header in records:
        if len(header) < _RECORD:
            raise BadRequest("The shard is cut off.")
        if header[:32] == _LAST:
            return
        flags, count = struct.unpack_from("<II", header, 32)
        segments = tuple(_segment(next(records)) for _ in range(count))
        for _ in range(count if flags & _WITH_VERIFICATION else 0):
            next(records)
        if not flags & _WITH_METADATA:
            raise BadRequest("The shard does not say the sha256 of its files.")
        yield ShardFile(hash_text(next(records)[:32]), segments)


def _segment(record: bytes) -> Segment:
    if len(record) < _RECORD:
        raise BadRequest("The shard is cut off.")
    first, end = struct.unpack_from("<II", record, 40)
    return Segment(hash_text(record[:32]), first, end)


def hash_text(raw: bytes) -> str:
    """A hash as it stands in URLs: each group of eight bytes reversed."""
    return b"".join(raw[start : start + 8][::-1] for start in range(0, 32, 8)).hex()
