"""The dataset examiner in a process of its own, as the tests ask it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
# What it imports takes longer than many answers.
PROGRAM = """
import io, sys
from jobs.training.examine import main
for line in iter(sys.__stdin__.readline, ""):
    sys.stdin = io.StringIO(line)
    assert main() == 0
    assert "torch" not in sys.modules
    sys.stdout.flush()
"""


class Examiner:
    """The examiner in a process that answers one question after the other, and ends if it imported torch."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=os.environ | environment,
        )

    def ask(self, repo: str | Path, **request: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        question = {"repo": str(repo), "revision": "main", "config": None, **request}
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """Ends it; it must not have printed anything else."""
        rest, _ = self._process.communicate(timeout=60)
        assert (rest, self._process.returncode) == ("", 0)


@pytest.fixture(scope="module")
def examiner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Examiner]:
    """Knows only what is on this machine."""
    examiner = Examiner(HF_HOME=str(tmp_path_factory.mktemp("home")), HF_HUB_OFFLINE="1")
    yield examiner
    examiner.close()


@pytest.fixture(scope="module")
def inspector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Examiner]:
    """Knows only what is on this machine."""
    inspector = Examiner("inspect", HF_HOME=str(tmp_path_factory.mktemp("home")), HF_HUB_OFFLINE="1")
    yield inspector
    inspector.close()
