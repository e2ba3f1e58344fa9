"""What a training worker says, as it crosses from its process to the bot: one class an event type."""

import json
import math
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from core.figures import Figure, dump_figures, read_figures

LARGEST = 2**53  # whole numbers beyond it are no longer exact in JSON, and no counter of ours gets there

Ordinal = Annotated[int, Field(ge=1, le=LARGEST)]
Count = Annotated[int, Field(ge=0, le=LARGEST)]
Metrics = dict[str, int | float | None]
Body = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class Event:
    """One line of a worker. `seq` is its place in the run, and `body` all that the worker wrote."""

    seq: Ordinal
    at: str
    attempt: Ordinal
    type: str
    body: Body = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True)
class Unknown(Event):
    """An event that this version has no class for, or whose fields are not what its type says (`problem`)."""

    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class Started(Event):
    """The attempt is at work; `resumed_from_step` is its checkpoint's, None for the beginning."""

    resumed_from_step: Count | None = None


@dataclass(frozen=True, kw_only=True)
class DataRead(Event):
    """The data was read; what it is stands in the body."""


@dataclass(frozen=True, kw_only=True)
class Progressed(Event):
    """How far the training is; figures are None where the worker had no finite number."""

    step: Count
    steps: Count
    epoch: float | None = None
    loss: float | None = None
    lr: float | None = None
    samples_per_second: float | None = None
    eta_seconds: float | None = None
    memory_bytes: Count | None = None


@dataclass(frozen=True, kw_only=True)
class Measurement(Event):
    """Something was measured: `metrics` by name, and `figures` as cards show them where the worker wrote them."""

    split: str | None = None
    metrics: Metrics | None = None
    figures: tuple[Figure, ...] | None = None

    def kept_metrics(self) -> dict[str, object]:
        """The metrics as a run keeps them: with the figures, if there are any, among them."""
        figures = {} if self.figures is None else {"figures": dump_figures(self.figures)}
        return {**(self.metrics or {}), **figures}

    def shown_figures(self) -> tuple[Figure, ...]:
        """What the worker says is to be shown, or what version 0.1 meant by its metrics."""
        return read_figures(self.metrics or {}) if self.figures is None else self.figures


@dataclass(frozen=True, kw_only=True)
class Evaluated(Measurement):
    """The model was measured on its way; `best` says whether it never was better, None where the worker did not say."""

    step: Count | None = None
    epoch: float | None = None
    best: bool | None = None


@dataclass(frozen=True, kw_only=True)
class CheckpointWritten(Event):
    """The training can go on from this step."""

    step: Count | None = None
    path: str | None = None


@dataclass(frozen=True, kw_only=True)
class Warned(Event):
    """Something that the person should know, and that stops nothing."""

    text: str = ""
    kind: str | None = None


@dataclass(frozen=True, kw_only=True)
class ArtifactWritten(Event):
    """A file or folder is there; `path` is relative to the run's folder."""

    kind: str | None = None
    name: str | None = None
    path: str = ""
    alt: str | None = None


@dataclass(frozen=True, kw_only=True)
class Finished(Measurement):
    """The model is there."""


@dataclass(frozen=True, kw_only=True)
class Failed(Event):
    """The attempt ended without a model; `kind` says whose fault it is."""

    reason: str = ""
    kind: str = "internal"


@dataclass(frozen=True, kw_only=True)
class Cancelled(Event):
    """The attempt ended because it was asked to."""


TYPES: dict[str, type[Event]] = {
    "started": Started,
    "data": DataRead,
    "progress": Progressed,
    "evaluated": Evaluated,
    "checkpoint": CheckpointWritten,
    "warning": Warned,
    "artifact": ArtifactWritten,
    "finished": Finished,
    "failed": Failed,
    "cancelled": Cancelled,
}


@cache
def _readers() -> tuple[TypeAdapter[Unknown], dict[str, TypeAdapter[Event]]]:
    """What reads any event, and those of known types; built with the first event, since a start needs none."""
    return TypeAdapter(Unknown), {name: TypeAdapter(kind) for name, kind in TYPES.items()}


def read_event(line: bytes) -> Event | None:
    """The event in one line. None where there is no place to keep it under; whatever else is wrong makes it Unknown."""
    body = _body(line)
    if body is None:
        return None
    plain = json.dumps({key: value for key, value in body.items() if key not in ("body", "problem")})
    any_type, readers = _readers()
    try:
        header = any_type.validate_json(plain, strict=True)
    except ValidationError:
        return None
    reader = readers.get(header.type)
    if reader is None:
        return replace(header, body=body)
    try:
        return replace(reader.validate_json(plain, strict=True), body=body)
    except ValidationError as error:
        return replace(header, body=body, problem=_first_problem(error))


def _body(line: bytes) -> dict[str, object] | None:
    try:
        body = json.loads(line.decode(), parse_constant=lambda _name: None, parse_float=_finite)
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict):
        return None
    text = json.dumps(body, ensure_ascii=False)
    # JSON can spell halves of characters, which no database takes.
    return body if text.isprintable() else dict(json.loads(text.encode(errors="replace")))


def _finite(text: str) -> float | None:
    """JSON has no infinity; a number too large to hold becomes what a worker writes for it."""
    number = float(text)
    return number if math.isfinite(number) else None


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
