"""Looks at a dataset in a process of its own, so that the bot never imports what reads it."""

import logging
import subprocess
import sys
from collections.abc import Mapping
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from core.errors import Mistake, WorkerError
from core.examination import (
    DatasetQuestion,
    Examination,
    Inspection,
    InspectionQuestion,
    Refusal,
    RowSample,
    SampleQuestion,
)
from core.words import escape

log = logging.getLogger(__name__)
SECONDS = 120
LOGGED_CHARACTERS = 4000
A = TypeVar("A", Examination, Inspection, RowSample)
_EXAMINATION: TypeAdapter[Examination | Refusal] = TypeAdapter(Examination | Refusal)
_INSPECTION: TypeAdapter[Inspection | Refusal] = TypeAdapter(Inspection | Refusal)
_SAMPLE: TypeAdapter[RowSample | Refusal] = TypeAdapter(RowSample | Refusal)


def examine(question: DatasetQuestion, environment: Mapping[str, str]) -> Examination:
    """Task, splits, columns, labels and problems of a dataset.

    Raises Mistake with the examiner's own sentence when the data cannot be used, and WorkerError when it
    took too long or broke.
    """
    answer = _ask(question, environment, _EXAMINATION)
    if not answer.trainable:
        nothing = f"{question.repo} holds nothing that a classifier can learn from."
        raise _unusable(question, next(iter(answer.problems), nothing))
    return answer


def sample(question: SampleQuestion, environment: Mapping[str, str]) -> RowSample:
    """Rows of a dataset. Raises the same as `examine`."""
    return _ask(question, environment, _SAMPLE, "sample")


def inspect(question: InspectionQuestion, environment: Mapping[str, str]) -> Inspection:
    """What is in a dataset, whether or not anything can be learned from it. Raises the same as `examine`."""
    return _ask(question, environment, _INSPECTION, "inspect")


def _ask(
    question: DatasetQuestion, environment: Mapping[str, str], answers: TypeAdapter[A | Refusal], *arguments: str
) -> A:
    try:
        process = subprocess.run(
            [sys.executable, "-m", "jobs.training.examine", *arguments],
            input=question.model_dump_json(),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            env=dict(environment),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise WorkerError(
            f"Reading {question.repo} took longer than {SECONDS} s. Try a smaller dataset, or again later."
        ) from error
    try:
        answer = answers.validate_json(process.stdout.strip().rpartition("\n")[2])
    except ValidationError as error:
        log.exception("the examiner ended with %s: %s", process.returncode, process.stderr[-LOGGED_CHARACTERS:])
        raise WorkerError(f"{question.repo} could not be read; the log has the reason.") from error
    if isinstance(answer, Refusal):
        raise _unusable(question, answer.reason)
    return answer


def _unusable(question: DatasetQuestion, reason: str) -> Mistake:
    log.info("dataset %s: %s", question.repo, reason)
    return Mistake(escape(reason))  # it may quote names of columns and labels
