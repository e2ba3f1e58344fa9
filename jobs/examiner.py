"""Looks at a dataset in a process of its own, so that the bot never imports what reads it."""

import json
import logging
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from bot.blocks.text import escape
from bot.errors import Mistake, WorkerError

log = logging.getLogger(__name__)
SECONDS = 120


def examine(request: dict[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """Splits, columns, labels and problems of `{repo, revision, config, text, label}`.

    Raises Mistake with the examiner's own sentence when the data cannot be used, and WorkerError when it
    took too long or broke.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", "jobs.training.examine"],
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
    reason = "" if answer["ok"] else answer["reason"]
    if answer["ok"] and not answer["trainable"]:
        reason = next(iter(answer["problems"]), f"{request['repo']} holds nothing that a classifier can learn from.")
    if reason:
        log.info("dataset %s: %s", request["repo"], reason)
        raise Mistake(escape(reason))  # it may quote names of columns and labels
    return answer
