"""Where runs run. A run is known to an executor by its folder alone, in which `recipe.json` says what to do."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from core.errors import SettingsError
from jobs.executors.local import LocalExecutor
from jobs.executors.run_folder import LinesRead


class Executor(Protocol):
    """The contract; tests/test_executors.py holds all of them to it.

    Nothing that is asked here needs the life of the bot that submitted the run: after a restart the same answers come.
    An OSError means that the place could not be asked now, and may be asked again.
    """

    def submit(self, run_dir: Path) -> None:
        """Starts a worker on the folder. Safe to repeat: while one is at work, a second leaves at once."""

    def is_alive(self, run_dir: Path) -> bool:
        """Whether a worker is at work on the folder, or about to be."""

    def cancel(self, run_dir: Path) -> None:
        """Asks the worker to stop; it says so in its events. Nothing happens where none is at work."""

    def ending(self, run_dir: Path) -> str:
        """`exit code N` (`unknown` where nobody can tell any more), and below it the last lines of the log."""

    def log_tail(self, run_dir: Path, lines: int) -> list[str]:
        """The last lines that the worker logged, oldest first; none where it logged nothing."""

    def events(self, run_dir: Path, offset: int) -> LinesRead:
        """Whole lines of events after `offset`, with the offset to go on from: the same one where there are none yet.

        A line without its end waits for it. One that is too long for an event is passed over.
        """

    def fetch(self, run_dir: Path, path: str) -> Path:
        """Where an artefact that an event names lies on this machine. ValueError for one outside of the folder."""


EXECUTORS: dict[str, Callable[[Mapping[str, str]], Executor]] = {"local": LocalExecutor}


def constructor_of(name: str) -> Callable[[Mapping[str, str]], Executor]:
    """What builds the executor of this name, from the environment of its workers; SettingsError when there is none."""
    try:
        return EXECUTORS[name]
    except KeyError:
        first, *others = (f"`{known}`" for known in sorted(EXECUTORS))
        names = f"{', '.join([first, *others[:-1]])} or {others[-1]}" if others else first
        raise SettingsError(
            f"HUGOPS_EXECUTOR can only be {names} in this version. Remove it or set it to local."
        ) from None
