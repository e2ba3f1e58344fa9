"""Runs as processes of this machine, each in its own session so that it outlives the bot."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psutil

from jobs.executors.run_folder import EVENTS_FILE, LOG_FILE, LineReader, LinesRead, artifact, log_tail

ENDING_LINES = 5


class LocalExecutor:
    """Starts, finds and stops training workers; a run is known by its folder alone."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = dict(environment)
        self._children: dict[Path, subprocess.Popen[bytes]] = {}
        self._lines = LineReader()

    def submit(self, run_dir: Path) -> None:
        """Starts a worker on the folder. Safe to repeat: a second worker on the same folder leaves at once."""
        for child in self._children.values():
            child.poll()  # those that ended since would stay zombies
        current = self._children.get(run_dir)
        if current is not None and current.returncode is None:
            return  # its exit code is still to be told, not that of one that leaves at once
        self._lines.forget(run_dir / EVENTS_FILE)  # a worker begins with cutting the line that the one before it tore
        with (run_dir / LOG_FILE).open("ab") as log:
            self._children[run_dir] = subprocess.Popen(
                [sys.executable, "-m", "jobs.training", str(run_dir)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment,
                start_new_session=True,
            )

    def is_alive(self, run_dir: Path) -> bool:
        """Whether a worker is at work on the folder, also one that an earlier bot started."""
        child = self._children.get(run_dir)
        if child is not None and child.poll() is None:
            return True
        return self._process(run_dir) is not None

    def cancel(self, run_dir: Path) -> None:
        """Asks the worker to stop; it says so in its events."""
        process = self._process(run_dir)
        if process is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.terminate()

    def ending(self, run_dir: Path) -> str:
        """Exit code, where it is known, and the last lines of the log."""
        child = self._children.get(run_dir)
        code = None if child is None else child.poll()
        last = "\n".join(self.log_tail(run_dir, ENDING_LINES))
        return f"exit code {'unknown' if code is None else code}\n{last}"

    def log_tail(self, run_dir: Path, lines: int) -> list[str]:
        """The last lines that the worker wrote, oldest first."""
        return log_tail(run_dir, lines)

    def events(self, run_dir: Path, offset: int) -> LinesRead:
        """Whole lines of the events file after `offset`."""
        return self._lines.read(run_dir / EVENTS_FILE, offset)

    def fetch(self, run_dir: Path, path: str) -> Path:
        """Artefacts lie where the worker wrote them."""
        return artifact(run_dir, path)

    def _process(self, run_dir: Path) -> psutil.Process | None:
        try:
            note = json.loads((run_dir / "worker.json").read_text())
            process = psutil.Process(int(note["pid"]))
            # A pid is given out again after a while; with its start time it is one process for good.
            if abs(process.create_time() - float(note["started"])) > 1 or process.status() == psutil.STATUS_ZOMBIE:
                return None
        except (OSError, ValueError, KeyError, psutil.Error):
            return None
        return process


def worker_environment(environment: Mapping[str, str], hf_token: str, hf_endpoint: str) -> dict[str, str]:
    """What a worker process may see: this process's environment without Slack's secrets, and the Hub's access."""
    passed_on = {key: value for key, value in environment.items() if not key.startswith(("SLACK_", "HUGOPS_"))}
    return passed_on | {
        "HF_TOKEN": hf_token,
        "HF_ENDPOINT": hf_endpoint,
        "DISABLE_SAFETENSORS_CONVERSION": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_UPDATE_DOWNLOAD_COUNTS": "0",
        "TOKENIZERS_PARALLELISM": "false",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": os.pathsep.join(
            path for path in (str(Path(__file__).parents[2]), passed_on.get("PYTHONPATH")) if path
        ),
    }
