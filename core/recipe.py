"""What one run is to do: the file that the bot writes and the training worker reads."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from core.frozen import Frozen, OneOf, key

RECIPE_FILE = "recipe.json"
# Letters and numbers that `freeze` takes.
FREEZE = r"^(none|base|[1-9]\d{0,2})$"
# What can be trained: each task has its file in jobs/training/tasks. The first that a dataset suits is taken.
TRAINING_TASKS = (
    "token-classification",
    "image-classification",
    "audio-classification",
    "multi-label-classification",
    "regression",
    "text-classification",
)
# Those whose answers are not one of some labels each.
BEYOND_ONE_LABEL = ("multi-label-classification", "regression")


def pipeline_of(task: str) -> str:
    """The Hub's name of what such a model does: its pipeline tag."""
    return "text-classification" if task in BEYOND_ONE_LABEL else task


def _known(task: str) -> str:
    if task not in TRAINING_TASKS:
        raise ValueError(f"`{task}` is no task that can be trained")
    return task


def _filled(columns: object) -> object:
    return {role: name for role, name in columns.items() if name} if isinstance(columns, Mapping) else columns


TrainingTask = Annotated[str, OneOf(TRAINING_TASKS), AfterValidator(_known)]
# Which column is read as what, by the roles of the task: a text, a `text_pair` beside it, a label.
Roles = Annotated[dict[str, str], BeforeValidator(_filled)]
# The keys of `train` that name a column, by its role; `text` names what is read otherwise, a picture too.
_COLUMN_KEYS = {"text_pair": "pair", "label": "label"}


def column_keys(columns: Roles) -> dict[str, str]:
    """The columns by the keys that name them."""
    return {_COLUMN_KEYS.get(role, "text"): name for role, name in columns.items()}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, defer_build=True)


class Base(_Part):
    """The model that the run starts from, at one commit; `task` is what it could do already, where that is known."""

    repo: str = Field(min_length=1)
    revision: str = Field(min_length=1)
    url: str | None = None
    task: str | None = None


class DatasetSource(_Part):
    """The data, at one commit; or a file by its name and hash, which lies in a `folder` of this machine."""

    repo: str = Field(min_length=1)
    revision: str = Field(min_length=1)
    config: str | None = None
    url: str | None = None
    folder: str | None = None


class Splits(_Part):
    """The dataset's own names for its splits; a missing one is made from `train`."""

    train: str = "train"
    validation: str | None = None
    test: str | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """The parts that have to be made."""
        return tuple(part for part in ("validation", "test") if getattr(self, part) is None)


class _Pace(Frozen):
    """How long and how fast to learn."""

    epochs: float = Field(3.0, ge=0.1, le=50)
    lr: float = Field(5e-5, ge=1e-7, le=1)
    batch: int = Field(32, ge=1, le=512)


class _TypedPace(Frozen):
    """The same as far as somebody said it; the rest is made to fit the rows and the base."""

    epochs: float | None = key(None, "times the data is gone through; else as the rows need it", "3", ge=0.1, le=50)
    lr: float | None = key(None, "learning rate; else what fits base and rows", "2e-5", ge=1e-7, le=1)
    batch: int | None = key(None, "rows per step; else what fits the rows", "32", ge=1, le=512)


class _Choices(Frozen):
    """What is the same for all data unless it is said."""

    max_samples: int | None = key(None, "rows to train on; all of them without it", "2k", ge=1, le=10**7)
    max_length: int = key(128, "tokens of each text that are read", "256", ge=8, le=8192)
    seed: int = key(42, "the same seed shuffles the same way", "42", ge=0, le=2**32 - 1)
    weight_decay: float = key(0.01, "weight decay", "0.01", ge=0, le=1)
    warmup: float = key(0.1, "share of the steps in which the learning rate rises", "0.1", ge=0, le=0.5)
    schedule: Literal["linear", "cosine", "constant"] = key("linear", "how the learning rate falls", "cosine")
    optimizer: Literal["adamw", "adafactor", "sgd"] = key("adamw", "what turns gradients into steps", "adafactor")
    accumulate: int = key(1, "batches per step, where a larger one does not fit", "4", ge=1, le=256)
    label_smoothing: float = key(0.0, "share of each answer that is spread over all classes", "0.1", ge=0, le=0.9)
    freeze: str = key(
        "none", "what keeps its weights: so many first layers and what is below them, or `base`", "6", pattern=FREEZE
    )
    steps: int | None = key(None, "optimizer steps, in place of epochs", "500", ge=1, le=10**6)
    eval_every: int | None = key(None, "steps between two looks at the validation rows", "100", ge=1, le=10**6)
    early_stopping: int | None = key(None, "looks in a row without a better one that end it", "3", ge=1, le=100)
    time_limit: int | None = key(None, "minutes after which it ends with what it has", "60", ge=1, le=10_080)
    keep: Literal["best", "last"] = key("best", "which weights become the model", "last")
    test_size: float = key(0.1, "share of the training rows for a split that there is not", "0.2", ge=0.01, le=0.5)
    precision: Literal["auto", "fp32", "bf16", "fp16"] = key("auto", "numbers that are computed with", "bf16")

    def shown(self) -> dict[str, float | int | str]:
        """What people are told of it: what every training has, and what is not as usual."""
        usual = {key for key, field in _Choices.model_fields.items() if getattr(self, key) == field.default}
        hidden = usual - {"max_length", "seed"} | ({"epochs"} if self.steps else set())
        return self.model_dump(exclude=hidden, exclude_none=True)


class TrainParameters(_Choices, _Pace):
    """How to fine-tune."""

    @property
    def rows_per_step(self) -> int:
        """What one step of the optimizer learns from."""
        return self.batch * self.accumulate

    def extent(self, rows: int) -> tuple[int, int]:
        """Steps in all, and in one epoch of so many rows."""
        each = -(-rows // self.rows_per_step)
        return self.steps or max(1, math.ceil(self.epochs * each)), each


class TypedParameters(_Choices, _TypedPace):
    """How to fine-tune, as it was typed."""

    def filled(self, epochs: float, lr: float, batch: int) -> TrainParameters:
        """What is trained with: what was typed, and these for what was not."""
        fitting = {"epochs": epochs, "lr": lr, "batch": batch}
        return TrainParameters.model_validate(fitting | self.model_dump(exclude_none=True))


class Evaluation(_Part):
    """How often the training is measured on the way, 0 for once an epoch, and on how many validation rows at most.

    Without `rows`, `max_samples` is the limit. Recipes of version 0.1 say neither.
    """

    times: int = Field(0, ge=0)
    rows: int | None = Field(None, ge=1)


class Recipe(_Part):
    """One run, so that it can be repeated; `run` and `attempt` are filled in when it is submitted.

    `labels` are in id order; empty: found in the data.
    """

    run: str = ""
    attempt: int = Field(1, ge=1)
    task: TrainingTask = "text-classification"
    base: Base
    dataset: DatasetSource
    columns: Roles
    labels: tuple[str, ...] = ()
    splits: Splits = Splits()
    parameters: TrainParameters = TrainParameters()
    evaluation: Evaluation = Evaluation()
    title: str = ""
    publish_as: str | None = None

    @classmethod
    def read(cls, run_dir: Path) -> "Recipe":
        """The recipe in `run_dir`. Raises OSError or pydantic.ValidationError."""
        return cls.model_validate_json((run_dir / RECIPE_FILE).read_bytes())

    def write(self, run_dir: Path) -> None:
        """Puts the recipe into `run_dir` in one step."""
        part = run_dir / f"{RECIPE_FILE}.part"
        part.write_text(self.model_dump_json(indent=1))
        part.replace(run_dir / RECIPE_FILE)
