"""Plans: what a fine-tune would do, worked out and shown before anybody presses Start."""

import math
from functools import cache

from pydantic import JsonValue, TypeAdapter
from pydantic.dataclasses import dataclass

from core.errors import Mistake
from core.examination import Examination
from core.fitting import ROWS_IN_ONE, evaluation_of, fit, looked_at
from core.hub import Model, training_memory
from core.recipe import (
    BEYOND_ONE_LABEL,
    Base,
    DatasetSource,
    Evaluation,
    Recipe,
    Roles,
    Splits,
    TrainingTask,
    TrainParameters,
    TypedParameters,
)
from core.words import rough_size

# Multiply-adds that fine-tuning reaches on one core of a current server CPU (fp32, grouped by length);
# measured with MiniLM on review snippets: 46 samples/s of 30 tokens on two cores.
FLOPS_PER_CORE = 9e10
START_SECONDS = 15  # importing torch and transformers, fetching, the first batch
FLOPS_PER_PARAMETER_AND_TOKEN = 6.0  # forward and backward
MINUTE = 60
UNKNOWN_TOKENS, FEWEST_TOKENS = 32, 8


@dataclass(frozen=True)
class TrainingRequest:
    """Who wants what trained on what, as it was typed; a schedule is planned anew from it at every slot.

    `changes` is the id of the schedule whose place it takes.
    """

    requested_by: str
    channel: str
    command: str
    base: str
    dataset: str
    parameters: TypedParameters
    base_revision: str | None = None
    dataset_revision: str | None = None
    config: str | None = None
    text: str | None = None
    pair: str | None = None
    label: str | None = None
    task: TrainingTask | None = None
    title: str | None = None
    at: float | None = None
    cron: str | None = None
    words: str = ""
    zone: str = "UTC"
    changes: str | None = None

    @property
    def is_scheduled(self) -> bool:
        return self.at is not None or self.cron is not None


@dataclass(frozen=True)
class Plan:
    """A fine-tune that can be started; `became` is the run or schedule that it turned into.

    `parameters` are those of the request with what fits in place of what was not typed; `fitted` says why.
    `aim` and `spread` are the words of the examination.
    """

    request: TrainingRequest
    title: str
    base: Base
    dataset: DatasetSource
    columns: Roles
    labels: list[str]
    counts: dict[str, int]
    rows: dict[str, int]
    splits: Splits
    steps: int
    seconds: float
    memory: int
    measured: bool
    problems: list[str]
    parameters: TrainParameters
    fitted: str = ""
    evaluation: Evaluation = Evaluation()
    task: TrainingTask = "text-classification"
    is_text: bool = True
    aim: str = ""
    spread: str = ""
    id: str = ""
    became: str | None = None

    def recipe(self) -> Recipe:
        """What the training worker needs of the plan."""
        return Recipe(
            task=self.task,
            title=self.title,
            base=self.base,
            dataset=self.dataset,
            columns=self.columns,
            labels=tuple(self.labels),
            splits=self.splits,
            parameters=self.parameters,
            evaluation=self.evaluation,
        )

    def body(self) -> dict[str, JsonValue]:
        """The plan as JSON structures; `plan_from` reads it back."""
        body: dict[str, JsonValue] = _adapter().dump_python(self, mode="json", exclude={"id", "became"})
        return body


@cache
def _adapter() -> TypeAdapter[Plan]:
    """Built when the first plan is read or written, which is after the start."""
    return TypeAdapter(Plan)


def build_plan(
    request: TrainingRequest,
    model: Model,
    source: DatasetSource,
    examination: Examination,
    rate: float | None,
    cores: int,
) -> Plan:
    """The plan for this request; `rate` is samples/s measured here earlier.

    Time: samples · epochs / rate, and a third of that for a row that is only looked at; the rate is measured, or
    6 · parameters · tokens (forward and backward, Kaplan et al. 2020, section 2.1) over the machine's speed.
    """
    rows = _rows(examination, request.parameters)
    used = rows["train"]
    fitted = fit(request.parameters, used, model.parameters_total or 0)
    chosen = fitted.parameters
    steps, _ = chosen.extent(used)
    parameters = model.parameters_total or 0
    tokens = max(FEWEST_TOKENS, examination.mean_tokens_estimate or UNKNOWN_TOKENS)
    if examination.is_text:
        tokens = min(chosen.max_length, tokens)
    speed = rate or FLOPS_PER_CORE * cores / max(1.0, FLOPS_PER_PARAMETER_AND_TOKEN * parameters * tokens)
    evaluation = evaluation_of(chosen, steps, rows["validation"])
    read = (
        steps * min(used, chosen.rows_per_step) + (evaluation.times * rows["validation"] + rows["test"]) / ROWS_IN_ONE
    )
    return Plan(
        request=request,
        title=request.title or f"{_short(model.id)} on {_short(source.repo)}",
        base=Base(repo=model.id, revision=model.sha, url=model.url, task=model.task),
        dataset=source,
        columns=examination.roles,
        labels=examination.labels,
        counts=_counts(examination, used),
        rows=rows,
        splits=examination.use,
        steps=steps,
        seconds=START_SECONDS + min(read / speed, (chosen.time_limit or math.inf) * MINUTE),
        memory=training_memory(parameters, chosen.batch, tokens),
        measured=rate is not None,
        problems=examination.problems,
        parameters=chosen,
        fitted=fitted.why,
        evaluation=evaluation,
        task=examination.task,
        is_text=examination.is_text,
        aim=examination.aim,
        spread=examination.spread,
    )


def _rows(examination: Examination, typed: TypedParameters) -> dict[str, int]:
    """Rows by part. The limit goes for what is learned from and looked at on the way; the test split stays whole."""
    there, use, max_samples = examination.splits, examination.use, typed.max_samples
    made = max(1, round(there[use.train] * typed.test_size))
    train = there[use.train] - len(use.missing) * made
    validation = there[use.validation] if use.validation else made
    return {
        "train": min(train, max_samples or train),
        "validation": min(validation, looked_at(max_samples) or validation),
        "test": there[use.test] if use.test else made,
    }


def _counts(examination: Examination, used: int) -> dict[str, int]:
    """How often each label stands in the rows that are trained on; each keeps its share where some are left out."""
    share = used / max(1, examination.splits[examination.use.train])
    return {label: round(share * number) for label, number in examination.counts.items()}


def ensure_trainable(model: Model) -> None:
    """Mistake with the reason when hugops cannot fine-tune this model."""
    if model.needs_code:
        raise Mistake(f"{model.id} runs its own code when loaded, which hugops never does. Choose another base model.")
    if model.safe is False:
        raise Mistake(f"{model.id} has its weights as pickle only. Choose a base model with safetensors.")
    if model.safe is None or not model.architectures:
        raise Mistake(f"{model.id} has no weights that transformers can load. Choose another base model.")


def ensure_smoothable(plan: Plan) -> None:
    """Mistake where answers would be smoothed over classes, and each is not one of some."""
    if plan.parameters.label_smoothing and plan.task in BEYOND_ONE_LABEL:
        raise Mistake(f"`label_smoothing=` is for one class a row, which {plan.task} has not. Leave it out.")


def ensure_fits(plan: Plan, memory: int) -> None:
    """Mistake when the training would need more than this machine's `memory` in bytes."""
    if plan.memory > memory:
        raise Mistake(
            f"Training {plan.base.repo} needs about {rough_size(plan.memory)} of memory; this machine has "
            f"{rough_size(memory)}. Choose a smaller base, or a smaller `batch=`."
        )


def plan_from(body: dict[str, JsonValue]) -> Plan:
    """The plan that `body` came from; one of version 0.1 has its parameters in the request."""
    request = body.get("request")
    typed = {"parameters": request["parameters"]} if isinstance(request, dict) and "parameters" in request else {}
    return _adapter().validate_python(typed | body)


def _short(repo: str) -> str:
    return repo.rpartition("/")[2]
