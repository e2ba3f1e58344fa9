"""Looks at a dataset in a process of its own, so that the bot never imports what reads it."""

import json
import logging
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from core.errors import Mistake, WorkerError
from core.words import escape

log = logging.getLogger(__name__)
SECONDS = 120


def examine(request: dict[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """Splits, columns, labels and problems of `{repo, revision, config, text, label}`.

    Raises Mistake with the examiner's own sentence when the data cannot be used, and WorkerError when it
    took too long or broke.
    """
    answer = _ask(request, environment)
    if not answer["trainable"]:
        raise _unusable(
            request,
            next(iter(answer["problems"]), f"{request['repo']} holds nothing that a classifier can learn from."),
        )
    return answer


def sample(request: dict[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """Rows of `{repo, revision, config, split, text, label, rows}`, as `jobs.training.sample.draw` answers them.

    Raises the same as `examine`.
    """
    return _ask(request, environment, "sample")


def _ask(request: dict[str, Any], environment: Mapping[str, str], *arguments: str) -> dict[str, Any]:
    try:
        done = subprocess.run(
            [sys.executable, "-m", "jobs.training.examine", *arguments],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            env=dict(environment),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise WorkerError(
            f"Reading {request['repo']} took longer than {SECONDS} s. Try a smaller dataset, or again later."
        ) from error
    lines = done.stdout.strip().splitlines()
    try:
        answer: dict[str, Any] = json.loads(lines[-1])
    except (IndexError, ValueError) as error:
        log.exception("the examiner ended with %s: %s", done.returncode, done.stderr[-4000:])
        raise WorkerError(f"{request['repo']} could not be read; the log has the reason.") from error
    if not answer["ok"]:
        raise _unusable(request, answer["reason"])
    return answer


def _unusable(request: dict[str, Any], reason: str) -> Mistake:
    log.info("dataset %s: %s", request["repo"], reason)
    return Mistake(escape(reason))  # it may quote names of columns and labels
