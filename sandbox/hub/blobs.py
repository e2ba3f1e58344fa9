"""File contents on disk, each under its sha256."""

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.hub.errors import BadRequest

_SHA256 = re.compile(r"[0-9a-f]{64}")


class Blobs:
    """Contents are written beside their place and moved into it, so a reader never meets half a file."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._scratch = root / "incoming"
        self._scratch.mkdir(parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        if not _SHA256.fullmatch(sha256):
            raise BadRequest("An object id is 64 hexadecimal digits.")
        return self._root / sha256[:2] / sha256

    def has(self, sha256: str) -> bool:
        return self.path(sha256).exists()

    def size(self, sha256: str) -> int:
        return self.path(sha256).stat().st_size

    def read(self, sha256: str) -> bytes:
        return self.path(sha256).read_bytes()

    def put(self, content: bytes | Path) -> str:
        """Keeps the content and returns its sha256."""
        with self.incoming() as path:
            if isinstance(content, bytes):
                path.write_bytes(content)
            else:
                shutil.copyfile(content, path)
            return self.adopt(path)

    def adopt(self, path: Path, expected: str | None = None) -> str:
        """Moves a finished file in and returns its sha256; BadRequest when that is not the `expected` one."""
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        if expected is not None and sha256 != expected:
            raise BadRequest(f"The uploaded content has sha256 {sha256}, not {expected}.")
        place = self.path(sha256)
        place.parent.mkdir(exist_ok=True)
        path.replace(place)
        return sha256

    @contextmanager
    def incoming(self) -> Iterator[Path]:
        """A path to write to; whatever was not adopted by the end is removed."""
        handle, name = tempfile.mkstemp(dir=self._scratch)
        os.close(handle)
        path = Path(name)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)
