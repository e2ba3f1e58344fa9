"""Files that people gave to train on, each once under its hash, so that a run on one can be repeated and resumed."""

import hashlib
import shutil
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from core.errors import Mistake
from core.recipe import DatasetSource
from core.store import Database
from core.store import data_files as store
from core.store.data_files import DataFile
from core.words import quote

DAY = 86_400
# So much of a hash names a file among those of one person.
SHORT_HASH = 12
NAMED = 5


class DataFiles:
    """The files in `folder`; one that no run or schedule needs leaves `days` after it was given last."""

    def __init__(self, database: Database, folder: Path, days: int, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._folder = folder
        self._days = days
        self._clock = clock

    def keep(self, path: Path, name: str, user: str) -> DataFile:
        """Takes the file at `path`, which this person calls `name`. The same content is kept once."""
        self.sweep()
        with path.open("rb") as content:
            file = DataFile(name, hashlib.file_digest(content, "sha256").hexdigest(), path.stat().st_size)
        target = self._folder / file.sha256
        if not target.is_dir():
            part = self._folder / f".{uuid.uuid4().hex}"
            part.mkdir(parents=True, mode=0o700)
            shutil.copyfile(path, part / path.name)
            _put(part, target)
        with self._database.transaction() as connection:
            store.add(connection, file, user, self._clock())
        return file

    def find(self, name: str, start: str | None, user: str) -> DataFile:
        """This person's newest file of that name, or the one whose hash begins so. Mistake where there is none."""
        if file := store.find(self._database, user, name, start or ""):
            return file
        others = self.names(user)
        known = f" I have {', '.join(map(quote, others))} of yours." if others else ""
        raise Mistake(
            f"I have no {quote(f'{name}@{start}' if start else name)} of yours.{known} Attach it to a message that "
            "mentions me, with the same words; a slash command carries no files.",
            field="dataset",
        )

    def names(self, user: str) -> list[str]:
        """What this person's newest files are called."""
        return store.names(self._database, user, NAMED)

    def source(self, file: DataFile) -> DatasetSource:
        """The file as the data of a run. Mistake where it has left."""
        folder = self._folder / file.sha256
        if not folder.is_dir():
            raise Mistake(f"{quote(file.name)} is not here any more. Attach it anew.", field="dataset")
        return DatasetSource(repo=file.name, revision=file.sha256, folder=str(folder))

    def sweep(self) -> None:
        """Removes what nobody needs, and what a bot that is gone left half-made."""
        unused = store.unused(self._database, self._clock() - self._days * DAY)
        with self._database.transaction() as connection:
            store.drop(connection, unused)
        for sha256 in unused:
            shutil.rmtree(self._folder / sha256, ignore_errors=True)


def ensure_here(source: DatasetSource) -> None:
    """Mistake where the data was a file that has left."""
    if source.folder and not Path(source.folder).is_dir():
        raise Mistake(f"{quote(source.repo)} is not here any more. Attach it anew, with the same words.")


def _put(part: Path, target: Path) -> None:
    """Gives the folder its name in one step; another thread may have done so a moment ago."""
    try:
        part.rename(target)
    except OSError:
        shutil.rmtree(part, ignore_errors=True)
        if not target.is_dir():
            raise
