"""Checkpoint folders of a run: which are complete, and which one to go on from. Torch-free."""

import json
import shutil
from pathlib import Path
from typing import Any

CHECKPOINTS = "checkpoints"
STATE_FILE = "trainer_state.json"


def checkpoint_path(run_dir: Path, step: int) -> Path:
    """Where the checkpoint of a step is, by the trainer's own naming."""
    return run_dir / CHECKPOINTS / f"checkpoint-{step}"


def last_checkpoint(run_dir: Path) -> tuple[int, Path] | None:
    """Step and folder of the newest complete checkpoint."""
    complete = [(step, path) for path in (run_dir / CHECKPOINTS).glob("checkpoint-*") if (step := _complete_step(path))]
    return max(complete, default=None)


def drop_incomplete(run_dir: Path) -> None:
    """Take away what a kill in the middle of a save left behind, so that it is not counted or read."""
    for path in (run_dir / CHECKPOINTS).glob("checkpoint-*"):
        if not _complete_step(path):
            shutil.rmtree(path)


def _complete_step(path: Path) -> int | None:
    # The trainer writes its state after the weights, the optimizer and the random state.
    try:
        state: dict[str, Any] = json.loads((path / STATE_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return int(state["global_step"])
