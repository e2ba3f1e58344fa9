"""What the worker may use, as the client set it for this process."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class WorkerLimits:
    """`budget` is in bytes; from its request number `export_after` on a model is exported, never with 0."""

    budget: int
    home: Path
    export_after: int = 0

    @classmethod
    def read(cls) -> "WorkerLimits":
        """Out of the environment."""
        return cls(
            int(os.environ["HUGOPS_MODEL_MEMORY"]),
            Path(os.environ["HUGOPS_HOME"]),
            int(os.environ["HUGOPS_EXPORT_AFTER"]),
        )
