"""What a worker leaves in its run's folder, read while it writes: events, log, artefacts."""

import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

log = logging.getLogger(__name__)
EVENTS_FILE = "events.jsonl"
LOG_FILE = "worker.log"
# Of lines in one reading; no event is longer.
READ_BYTES = 1 << 20
TAIL_BYTES = 64 * 1024
# What steers a terminal: colours and movements (CSI), titles and links (OSC), and the short ones.
STEERING = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])")


@dataclass(frozen=True)
class LinesRead:
    """Whole lines without their ends, and the offset at which the next reading goes on."""

    lines: tuple[bytes, ...]
    offset: int


class LineReader:
    """Reads files of lines while they grow. A line longer than READ_BYTES is passed over, when its end has come."""

    def __init__(self) -> None:
        # Of a line too long: where it begins, and how far its end has been looked for.
        self._searched: dict[Path, tuple[int, int]] = {}

    def read(self, path: Path, offset: int) -> LinesRead:
        """The whole lines after `offset`, at most READ_BYTES of them; the same offset where there are none yet."""
        if not path.is_file():
            return LinesRead((), offset)
        with path.open("rb") as file:
            begin, searched = self._searched.get(path, (-1, -1))
            if begin == offset and searched <= path.stat().st_size:
                return self._pass_over(path, file, offset, searched)
            file.seek(offset)
            chunk = file.read(READ_BYTES)
            end = chunk.rfind(b"\n") + 1
            if not end and len(chunk) == READ_BYTES:
                return self._pass_over(path, file, offset, offset + READ_BYTES)
        return LinesRead(tuple(chunk[:end].split(b"\n")[:-1]), offset + end)

    def forget(self, path: Path) -> None:
        """The file may have been cut meanwhile."""
        self._searched.pop(path, None)

    def _pass_over(self, path: Path, file: BinaryIO, offset: int, searched: int) -> LinesRead:
        file.seek(searched)
        while chunk := file.read(READ_BYTES):
            place = chunk.find(b"\n")
            if place >= 0:
                log.warning("%s: a line of %d bytes is passed over", path, searched + place - offset)
                self.forget(path)
                return LinesRead((), searched + place + 1)
            searched += len(chunk)
        self._searched[path] = offset, searched
        return LinesRead((), offset)


def log_tail(run_dir: Path, lines: int) -> list[str]:
    """The last lines that the worker wrote, as they would stand on a screen; empty ones are left out."""
    path = run_dir / LOG_FILE
    if not path.is_file():
        return []
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        written = file.read().decode(errors="replace").split("\n")
    return [line for line in map(_on_screen, written) if line.strip()][-lines:]


def _on_screen(line: str) -> str:
    """Without what steers a terminal; of a progress bar, which is written over itself, its last state."""
    plain = STEERING.sub("", line)
    states = [state for state in plain.split("\r") if state.strip()]
    return "".join(sign for sign in (states or [""])[-1].expandtabs() if sign.isprintable()).rstrip()


def artifact(run_dir: Path, path: str) -> Path:
    """The file or folder of an artefact, whether it is there or not. ValueError for one outside of the run's folder."""
    place = run_dir / path
    if not place.resolve().is_relative_to(run_dir.resolve()):
        raise ValueError(f"{path} is outside of {run_dir.name}")
    return place
