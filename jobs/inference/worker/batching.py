"""Requests of one model that came together, run as batches of texts of like length."""

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from jobs.inference.protocol import Reply
from jobs.inference.worker.engines import Pace
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.errors import CannotAnswer, translate
from jobs.inference.worker.loading import Loaded
from jobs.inference.worker.tasks import TaskModule

log = logging.getLogger(__name__)
# To tokenize there is no model, and so no padding.
NO_MODEL = Pace(most_tokens=100_000, start_tokens=100_000)


@dataclass
class Prepared:
    """A request's rows and, in the same order, what came of each; an error stands where a row failed."""

    entry: Entry
    rows: list[Any]
    outputs: list[Any] = field(default_factory=list)


def answer(task: TaskModule, loaded: Loaded, batch: Sequence[Entry], load_seconds: float) -> list[Any]:
    """Answers each request; what is wrong with one leaves the others their answers. The rows that were run."""
    began = time.perf_counter()
    prepared = [each for entry in batch if (each := _prepare(task, loaded, entry)) is not None]
    _run(task, loaded, prepared)
    for each in prepared:
        try:
            failed = [output for output in each.outputs if isinstance(output, Exception)]
            if failed:
                raise failed[0]
            results = task.finish(loaded, each.entry.request, each.rows, each.outputs)
        except Exception as error:  # noqa: BLE001  # the edge of a request; the trace is logged
            each.entry.refuse(refusal_of(error, each.entry.request.model))
            continue
        seconds = time.perf_counter() - began
        each.entry.answer(
            Reply(each.entry.request.id, results, seconds, load_seconds, loaded.device, loaded.engine_name)
        )
    return [row for each in prepared for row in each.rows]


def refusal_of(error: Exception, model: str) -> CannotAnswer:
    """The sentence for the person; the log gets where it happened, without the message, which may hold their text."""
    if not isinstance(error, CannotAnswer):
        frames, trace = [], error.__traceback__
        while trace is not None:
            frames.append(f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}")
            trace = trace.tb_next
        log.error("%s failed with %s at %s", model, type(error).__name__, " < ".join(reversed(frames)))
    return translate(error, model)


def _prepare(task: TaskModule, loaded: Loaded, entry: Entry) -> Prepared | None:
    entry.begun.set()
    try:
        if time.monotonic() > entry.deadline:
            raise CannotAnswer("timeout", f"{entry.request.model} was too busy to answer in time. Try again.")
        entry.ensure_wanted()
        rows = task.prepare(loaded, entry)
    except Exception as error:  # noqa: BLE001  # the edge of a request; the trace is logged
        entry.refuse(refusal_of(error, entry.request.model))
        return None
    return Prepared(entry, rows, [None] * len(rows))


def _run(task: TaskModule, loaded: Loaded, prepared: Sequence[Prepared]) -> None:
    places = [(each, at) for each in prepared for at in range(len(each.rows))]
    pace = loaded.engine.pace if loaded.engine is not None else NO_MODEL
    for chunk in chunks([each.rows[at] for each, at in places], task.BATCH, pace):
        outputs = _run_rows(task, loaded, [places[number][0].rows[places[number][1]] for number in chunk])
        for number, output in zip(chunk, outputs, strict=True):
            each, at = places[number]
            each.outputs[at] = output


def _run_rows(task: TaskModule, loaded: Loaded, rows: list[Any]) -> list[Any]:
    try:
        outputs: list[Any] = task.run(loaded, rows)
    except Exception as error:  # noqa: BLE001  # one row's trouble is not its neighbours'; `answer` logs it
        if len(rows) == 1:
            return [error]
        return [output for row in rows for output in _run_rows(task, loaded, [row])]
    return outputs


def chunks(rows: Sequence[Any], most: int, pace: Pace) -> Iterator[list[int]]:
    """Positions of rows of like length, at most `most` together, and as many as the engine's pace allows."""
    chunk: list[int] = []
    tokens = 0
    for at in sorted(range(len(rows)), key=lambda each: int(rows[each].read)):
        padded = (len(chunk) + 1) * rows[at].read
        too_many = (
            len(chunk) == most or padded > pace.most_tokens or padded - tokens - rows[at].read > pace.start_tokens
        )
        if chunk and too_many:
            yield chunk
            chunk, tokens = [], 0
        chunk.append(at)
        tokens += rows[at].read
    if chunk:
        yield chunk
