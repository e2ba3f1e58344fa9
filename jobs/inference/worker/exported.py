"""The state folder's exported models: where one lies, what is known of it, and how it comes to be there."""

import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from jobs.inference.protocol import Request
from jobs.inference.worker.rows import Row

log = logging.getLogger(__name__)
ABOUT, GRAPH, WORDS = "about.json", "model.onnx", "tokenizer.json"
# Attention in full grows with the square of the length; torch has a way around that, an exported graph has not.
LONGEST = 2048
# Nobody waits for an export, but one that hangs would keep its memory.
SECONDS = 900.0
# Of an export's memory, as a multiple of the model's: torch's weights, the graph's, and what checks it.
MEMORY = 4


@dataclass(frozen=True)
class Place:
    """Where the export of one commit of a model for one task and type is, or would be."""

    folder: Path

    @classmethod
    def of(cls, home: Path, request: Request) -> "Place":
        task = f"{request.task}-{request.dtype}" if request.dtype else request.task
        return cls(home / "onnx" / request.model.replace("/", "--") / request.revision / task)

    @property
    def is_ready(self) -> bool:
        """Whether an export lies here that gave torch's answers."""
        about = self._about()
        return about is not None and "failed" not in about

    @property
    def has_failed(self) -> bool:
        """Whether these versions of the libraries could not export it."""
        about = self._about()
        return about is not None and "failed" in about and about["versions"] == versions()

    def size(self) -> int:
        """Bytes on the disk, which are those in memory."""
        return sum(file.stat().st_size for file in self.folder.iterdir())

    def fill(self, made: Path) -> None:
        """Moves a finished folder here, whole or not at all."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        made.replace(self.folder)

    def refuse(self, reason: str) -> None:
        """Remembers why there is no export, so that it is not tried again and again."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=self.folder.parent))
        (made / ABOUT).write_text(json.dumps({"failed": reason, "versions": versions()}))
        self.fill(made)

    def _about(self) -> dict[str, object] | None:
        try:
            about: dict[str, object] = json.loads((self.folder / ABOUT).read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return None
        return about


def versions() -> dict[str, str]:
    """Of what an export is made with."""
    return {name: version(name) for name in ("torch", "transformers", "onnxruntime")}


def export(request: Request, snapshot: Path, place: Place, rows: Sequence[Row]) -> None:
    """Exports in a process of its own, of low priority, and waits for it; afterwards the place is filled or refused.

    `rows` are what was just answered: the export must give torch's answers on them.
    """
    question = {
        "model": request.model,
        "revision": request.revision,
        "task": request.task,
        "dtype": request.dtype,
        "snapshot": str(snapshot),
        "folder": str(place.folder),
        "rows": [row.tokens for row in rows],
    }
    # Its input is left open: when this worker goes, the pipe closes, and the export ends as well.
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "jobs.inference.worker.export"],
        stdin=reading,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    os.close(reading)
    try:
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(json.dumps(question).encode() + b"\n")
            pipe.flush()
            process.wait(SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        process.kill()
        process.wait()
    if not (place.is_ready or place.has_failed):
        place.refuse(f"the export ended with {process.returncode}")
