"""Files that models were asked about, each once under its hash, for as long as a question about it is kept."""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection

from core.answers import Input
from core.store import Database
from core.store import archive as store

log = logging.getLogger(__name__)
# Bytes of one file, and of all together: beyond these a file is not taken, and those asked about longest ago leave.
LARGEST, TOGETHER = 25_000_000, 1_000_000_000


@dataclass(frozen=True)
class Original:
    """A file where a question has it, with its hash and size."""

    path: Path
    sha256: str
    bytes: int


class Archive:
    """The files in `folder`, at most `together` bytes. What changes does so inside the transaction of the question."""

    def __init__(self, database: Database, folder: Path, together: int = TOGETHER) -> None:
        self._database = database
        self._folder = folder
        self._together = together

    def keep(self, connection: Connection, number: int, originals: Mapping[str, Original]) -> dict[str, str]:
        """Takes these files of a try, by their names there; the hashes of those that are here now."""
        taken = {name: each for name, each in originals.items() if self._take(each)}
        for each in taken.values():
            store.add(connection, each.sha256, number, each.bytes)
        if taken and store.drop_oldest(connection, self._together):
            self._tidy(connection)
        return {name: each.sha256 for name, each in taken.items()}

    def release(self, connection: Connection, number: int) -> None:
        """The try is not kept, nor are files that no other try is about."""
        if store.drop(connection, number):
            self._tidy(connection)

    def sweep(self, connection: Connection) -> None:
        """Removes what is of tries that were forgotten, and what a bot that is gone left behind."""
        store.drop_forgotten(connection)
        self._tidy(connection)

    def has(self, sha256: str) -> bool:
        """Whether the file with this hash is here, and whole."""
        size = store.size_of(self._database, sha256)
        return size is not None and _size(self._folder / sha256) == size

    def lay_out(self, sha256: str, target: Path) -> bool:
        """Puts the file with this hash there too, without taking room; False where it has left."""
        try:
            if is_here := self.has(sha256):
                target.hardlink_to(self._folder / sha256)
        except FileNotFoundError:  # it left this moment
            return False
        return is_here

    def _take(self, original: Original) -> bool:
        """Whether the file is here now: by a link, which is there at once and as a whole, and takes no room."""
        target = self._folder / original.sha256
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if _size(target) != original.bytes:
                target.unlink(missing_ok=True)
                original.path.chmod(0o600)
                target.hardlink_to(original.path)
        except OSError:
            log.warning("%s could not be kept", original.sha256, exc_info=True)
            return False
        return True

    def _tidy(self, connection: Connection) -> None:
        there = store.hashes(connection)
        for path in self._folder.glob("*"):
            if path.name not in there:
                path.unlink(missing_ok=True)


def originals(inputs: Sequence[Input], folder: Path) -> dict[str, Original]:
    """The files among the inputs that are small enough to be kept, by their names in the folder."""
    return {
        name: Original(path, _hash(path), path.stat().st_size)
        for name in map(file_name, inputs)
        if name and (path := folder / name).stat().st_size <= LARGEST
    }


def with_hashes(inputs: Sequence[Input], hashes: Mapping[str, str]) -> list[Input]:
    """The inputs as they are kept: a file that is here with its hash."""
    return [
        {**each, "sha256": hashes[each["file"]]} if isinstance(each, dict) and each.get("file") in hashes else each
        for each in inputs
    ]


def without_hash(value: Input) -> Input:
    """The input as it is asked about."""
    return {name: each for name, each in value.items() if name != "sha256"} if isinstance(value, dict) else value


def hash_of(value: Input) -> str:
    """The hash of an input's file; empty where it was not kept."""
    return str(value.get("sha256", "")) if isinstance(value, dict) else ""


def file_name(value: Input) -> str:
    """The name of a file in the folder of its question; empty for what is no file."""
    return Path(value.get("file", "")).name if isinstance(value, dict) else ""


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None
