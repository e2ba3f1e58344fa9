"""What one run is to do: the file that the bot writes and the training worker reads. Torch-free."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

RECIPE_FILE = "recipe.json"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Base(_Part):
    """The model that the run starts from, at one commit."""

    repo: str = Field(min_length=1)
    revision: str = Field(min_length=1)


class DatasetSource(_Part):
    """The data, at one commit."""

    repo: str = Field(min_length=1)
    revision: str = Field(min_length=1)
    config: str | None = None


class Columns(_Part):
    """Which column is read as what."""

    text: str
    text_pair: str | None = None
    label: str


class Splits(_Part):
    """The dataset's own names for its splits; a missing one is made from `train`."""

    train: str = "train"
    validation: str | None = None
    test: str | None = None


class Parameters(_Part):
    """The keys of the `train` command."""

    epochs: float = Field(3.0, gt=0, le=1000)
    lr: float = Field(5e-5, gt=0, le=1)
    batch: int = Field(32, ge=1, le=4096)
    max_samples: int | None = Field(None, ge=1)
    max_length: int = Field(128, ge=4, le=32768)
    seed: int = Field(42, ge=0, lt=2**32)
    weight_decay: float = Field(0.01, ge=0, le=1)
    warmup: float = Field(0.1, ge=0, lt=1)
    eval_every: int | None = Field(None, ge=1)


class Recipe(_Part):
    """One run, so that it can be repeated. `labels` are in id order; empty: found in the data."""

    run: str
    attempt: int = Field(1, ge=1)
    task: Literal["text-classification"] = "text-classification"
    base: Base
    dataset: DatasetSource
    columns: Columns
    labels: tuple[str, ...] = ()
    splits: Splits = Splits()
    parameters: Parameters = Parameters()
    title: str = ""
    publish_as: str | None = None

    @classmethod
    def read(cls, run_dir: Path) -> "Recipe":
        """The recipe in `run_dir`. Raises OSError or pydantic.ValidationError."""
        return cls.model_validate_json((run_dir / RECIPE_FILE).read_bytes())
