"""The training worker: `python -m jobs.training RUN_DIR`.

Exit code 0: finished or cancelled (SIGTERM); 1: failed; 2: called wrongly; 3: another worker has this run.
"""

import argparse
import fcntl
import logging
import os
import signal
import sys
from pathlib import Path
from typing import TextIO

_CANCEL_SIGNALS = {signal.SIGTERM, signal.SIGINT}
ENVIRONMENT = {
    # transformers otherwise asks a Space to convert repos without safetensors, with the token.
    "DISABLE_SAFETENSORS_CONVERSION": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_UPDATE_DOWNLOAD_COUNTS": "0",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    # Threads that spin while they wait make a training several times slower on a machine with other work.
    "OMP_WAIT_POLICY": "PASSIVE",
}
# The bot answers people on the same machine: training takes what it leaves.
NICENESS = 5


def main() -> int:
    """Run the worker; returns the exit code."""
    # Threads started from here on inherit the mask, so that the cancelling thread alone gets these signals:
    # a handler would wait for the main thread to come back from an import or a long operation.
    signal.pthread_sigmask(signal.SIG_BLOCK, _CANCEL_SIGNALS)
    parser = argparse.ArgumentParser(prog="python -m jobs.training")
    parser.add_argument("run_dir", type=Path)
    run_dir: Path = parser.parse_args().run_dir.resolve()
    if not (run_dir / "recipe.json").is_file():
        parser.error(f"there is no recipe.json in {run_dir}")
    # With the zone, so that whoever reads it anywhere can be told the time on their own clock.
    line = "%(asctime)s %(levelname)s %(name)s %(message)s"
    logging.basicConfig(stream=sys.stderr, format=line, datefmt="%Y-%m-%dT%H:%M:%S%z")
    os.environ |= ENVIRONMENT
    os.nice(NICENESS)
    with (run_dir / "worker.lock").open("a") as lock:
        if not _is_first(lock):
            sys.stderr.write(f"Another worker is at work on {run_dir}.\n")
            return 3
        # The Hub's client reads the environment once, when it is imported.
        from jobs.training.worker import run_attempt

        return run_attempt(run_dir, _CANCEL_SIGNALS)


def _is_first(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
