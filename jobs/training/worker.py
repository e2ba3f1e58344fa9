"""One attempt as a process: it can be cancelled at any moment, and says how it ended. Torch-free."""

import json
import logging
import os
import signal
import socket
import threading
from pathlib import Path

import psutil
from pydantic import ValidationError

from core.recipe import Recipe
from jobs.training.attempt import Attempt
from jobs.training.checkpoints import drop_incomplete, last_checkpoint
from jobs.training.errors import RunError
from jobs.training.events import EVENTS_FILE, EventLog

logger = logging.getLogger(__name__)


def run_attempt(run_dir: Path, cancel_signals: set[signal.Signals]) -> int:
    """Do one attempt at the run in `run_dir`; the signals must be blocked already. Returns the exit code."""
    _introduce(run_dir)
    try:
        recipe = Recipe.read(run_dir)
    except ValidationError as error:
        logger.exception("The recipe cannot be read")
        EventLog(run_dir / EVENTS_FILE, attempt=1).emit("failed", reason=_what_is_wrong(error), kind="internal")
        return 1
    drop_incomplete(run_dir)
    checkpoint = last_checkpoint(run_dir)
    events = EventLog(run_dir / EVENTS_FILE, recipe.attempt)
    attempt = Attempt(run_dir, events, resumed_from=checkpoint[0] if checkpoint else 0)
    events.emit(
        "started",
        run=recipe.run,
        pid=os.getpid(),
        host=socket.gethostname(),
        resumed_from_step=attempt.resumed_from or None,
    )
    threading.Thread(target=_cancel_on, args=(cancel_signals, events), name="cancel", daemon=True).start()
    try:
        # Imported here so that the run has started, and can be cancelled, before the libraries are read.
        from jobs.training.run import carry_out

        carry_out(recipe, attempt)
    # The edge of the process: whatever happened, the bot hears of it, and the traceback is on stderr.
    except Exception as error:
        logger.exception("The run failed")
        failure = error if isinstance(error, RunError) else _unknown(error)
        events.emit("failed", reason=failure.reason, kind=failure.kind)
        return 1
    return 0


def _introduce(run_dir: Path) -> None:
    """Tell the bot which process this is: a pid alone may be another's by the time it looks."""
    half = run_dir / "worker.json.part"
    half.write_text(json.dumps({"pid": os.getpid(), "started": psutil.Process().create_time()}))
    half.replace(run_dir / "worker.json")


def _what_is_wrong(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "the whole file"
    return f"The recipe of this run is not valid: {first['msg']} ({where})."


def _unknown(error: Exception) -> RunError:
    kind = type(error).__name__
    return RunError(f"The training worker met an error it does not know ({kind}). See the log.", "internal")


def _cancel_on(signals: set[signal.Signals], events: EventLog) -> None:
    signal.sigwait(signals)
    if events.emit("cancelled"):
        # At once, wherever the main thread is: a half-written checkpoint is recognized as one.
        os._exit(0)
