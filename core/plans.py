"""Plans: what a fine-tune would do, worked out and shown before anybody presses Start."""

import math
from dataclasses import asdict, dataclass
from typing import Any

from core.errors import Mistake
from core.hub import Dataset, Model

# Multiply-adds that fine-tuning reaches on one core of a current server CPU (fp32, grouped by length);
# measured with MiniLM on review snippets: 46 samples/s of 30 tokens on two cores.
FLOPS_PER_CORE = 9e10
START_SECONDS = 15  # importing torch and transformers, fetching, the first batch
CHARACTERS_PER_TOKEN = 4
RUNTIME_BYTES = 700 * 2**20  # torch, transformers and datasets themselves


@dataclass(frozen=True)
class Request:
    """Who wants what trained on what, as it was typed; a schedule is planned anew from it at every slot."""

    requested_by: str
    channel: str
    command: str
    base: str
    dataset: str
    parameters: dict[str, Any]
    base_revision: str | None = None
    dataset_revision: str | None = None
    config: str | None = None
    text: str | None = None
    label: str | None = None
    title: str | None = None
    at: float | None = None
    cron: str | None = None
    words: str = ""
    zone: str = "UTC"

    @property
    def is_scheduled(self) -> bool:
        return self.at is not None or self.cron is not None


@dataclass(frozen=True)
class Plan:
    """A fine-tune that can be started; `became` is the run or schedule that it turned into."""

    request: Request
    title: str
    base: dict[str, Any]
    dataset: dict[str, Any]
    columns: dict[str, Any]
    labels: list[str]
    counts: dict[str, int]
    rows: dict[str, int]
    splits: dict[str, str | None]
    steps: int
    seconds: float
    memory: int
    measured: bool
    problems: list[str]
    id: str = ""
    became: str | None = None

    def recipe(self) -> dict[str, Any]:
        """What the training worker needs of the plan; the run's id and attempt are added at submission."""
        return {
            "task": "text-classification",
            "title": self.title,
            "base": self.base,
            "dataset": self.dataset,
            "columns": self.columns,
            "labels": self.labels,
            "splits": self.splits,
            "parameters": self.request.parameters,
        }

    def body(self) -> dict[str, Any]:
        """The plan as JSON structures; `plan_from` reads it back."""
        return {key: value for key, value in asdict(self).items() if key not in ("id", "became")}


def build_plan(
    request: Request, model: Model, dataset: Dataset, examined: dict[str, Any], rate: float | None, cores: int
) -> Plan:
    """The plan for this request. `examined` is the examiner's answer; `rate` samples/s measured here earlier.

    Time: samples · epochs / rate, the rate being measured or 6 · parameters · tokens (forward and backward,
    Kaplan et al. 2020, section 2.1) over the machine's speed. Memory: 16 bytes a parameter (weights,
    gradients and Adam's two moments in fp32; Rajbhandari et al. 2020, section 3.1) plus the runtime.
    """
    names = examined["splits"]
    splits: dict[str, str | None] = examined["use"]
    # The limit goes for what is learned from and for what is looked at on the way; the test split stays whole.
    limit = request.parameters.get("max_samples") or sum(names.values())
    used = min(_train_rows(names, splits), limit)
    rows = {part: names[split] for part, split in splits.items() if split} | {"train": used}
    if "validation" in rows:
        rows["validation"] = min(rows["validation"], limit)
    epochs, batch = float(request.parameters["epochs"]), int(request.parameters["batch"])
    steps = max(1, math.ceil(math.ceil(used / batch) * epochs))
    parameters = model.parameters_total or 0
    tokens = min(int(request.parameters["max_length"]), max(8, int(examined.get("mean_tokens_estimate") or 32)))
    speed = rate or FLOPS_PER_CORE * cores / max(1.0, 6.0 * parameters * tokens)
    return Plan(
        request=request,
        title=request.title or f"{_short(model.id)} on {_short(dataset.id)}",
        base={"repo": model.id, "revision": model.sha, "url": model.url},
        dataset={"repo": dataset.id, "revision": dataset.sha, "config": request.config, "url": dataset.url},
        columns={key: examined.get(key) for key in ("text", "text_pair", "label")},
        labels=examined["labels"],
        counts=examined["counts"],
        rows=rows,
        splits=splits,
        steps=steps,
        seconds=START_SECONDS + used * epochs / speed,
        memory=RUNTIME_BYTES + 16 * parameters + 4 * batch * tokens * 384 * 80,
        measured=rate is not None,
        problems=list(examined.get("problems", [])),
    )


def ensure_trainable(model: Model) -> None:
    """Mistake with the reason when hugops cannot fine-tune this model."""
    if model.needs_code:
        raise Mistake(f"{model.id} runs its own code when loaded, which hugops never does. Choose another base model.")
    if model.safe is False:
        raise Mistake(f"{model.id} has its weights as pickle only. Choose a base model with safetensors.")
    if model.safe is None or not model.architectures:
        raise Mistake(f"{model.id} has no weights that transformers can load. Choose another base model.")


def ensure_fits(plan: Plan, memory: int) -> None:
    """Mistake when the training would need more than this machine's `memory` in bytes."""
    if plan.memory > memory:
        raise Mistake(
            f"Training {plan.base['repo']} needs about {plan.memory / 1e9:.1f} GB of memory; this machine has "
            f"{memory / 1e9:.1f} GB. Choose a smaller base, or a smaller `batch=`."
        )


def plan_from(body: dict[str, Any]) -> Plan:
    """The plan that `body` came from."""
    return Plan(**{**body, "request": Request(**body["request"])})


def _train_rows(names: dict[str, int], splits: dict[str, str | None]) -> int:
    rows = names[splits["train"] or ""]
    missing = sum(1 for part in ("validation", "test") if splits[part] is None)
    return rows - missing * max(1, rows // 10)


def _short(repo: str) -> str:
    return repo.rpartition("/")[2]
