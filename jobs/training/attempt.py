"""One attempt at a run: where it works, where it writes what happens, where it started. Torch-free."""

import time
from dataclasses import dataclass, field
from pathlib import Path

from jobs.training.events import EventLog


@dataclass(frozen=True)
class Attempt:
    """`resumed_from` is the step of the checkpoint that the attempt goes on from, 0 for none."""

    run_dir: Path
    events: EventLog
    resumed_from: int
    _began: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Since the attempt began."""
        return time.monotonic() - self._began
