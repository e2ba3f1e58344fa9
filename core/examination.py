"""What the examiner is asked about a dataset, and what it answers: the words between two processes."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

# Before Python 3.12 pydantic does not read that of `typing`.
from typing_extensions import TypedDict

from core.recipe import DatasetSource, Roles, Splits, TrainingTask


class DatasetQuestion(BaseModel):
    """Which dataset to look at; the task and the columns are guessed where they are not given.

    `folder` is where a file is that is not on the Hub. `base` is the model that is to learn from it, and `base_type`
    its architecture, where there is one.
    """

    repo: str
    revision: str
    folder: str | None = None
    base: str = ""
    base_type: str | None = None
    config: str | None = None
    text: str | None = None
    pair: str | None = None
    label: str | None = None
    task: TrainingTask | None = None

    @property
    def asked(self) -> Roles:
        """The columns that were named, by what they are read as."""
        named = {"text": self.text, "text_pair": self.pair, "label": self.label}
        return {role: name for role, name in named.items() if name}

    @property
    def source(self) -> DatasetSource:
        """Where its rows are."""
        return DatasetSource(repo=self.repo, revision=self.revision, config=self.config, folder=self.folder)


class SampleQuestion(DatasetQuestion):
    """How many rows of which split; split and columns are chosen where they are not given."""

    split: str | None = None
    rows: int = Field(100, ge=1, le=1000)


class InspectionQuestion(DatasetQuestion):
    """Which split to show, from which row on; `base_revision` is the commit of the base that counts tokens.

    `rows_only` leaves out what has to be read to the end.
    """

    split: str | None = None
    first: int = Field(0, ge=0)
    rows_only: bool = False
    base_revision: str = ""


class Refusal(BaseModel):
    """Why there is no answer: one sentence with what to do, and whose it is."""

    ok: Literal[False] = False
    reason: str
    kind: str


class ColumnFacts(BaseModel):
    """One column of a dataset, with a cell of the first row."""

    name: str
    type: str
    example: str


class Examination(BaseModel):
    """What a run would find in a dataset.

    `is_text` is whether a row is a text, which has tokens. `splits` are rows by split, `roles` the columns that `task`
    would read, `counts` how often each label stands in the training split. `aim` is what a model learns from it, after
    `to`; `spread` tells of answers that are no labels. Where it is not `trainable`, the first problem says why.
    """

    model_config = ConfigDict(frozen=True)

    ok: Literal[True] = True
    trainable: bool = False
    task: TrainingTask
    is_text: bool = True
    aim: str = ""
    splits: dict[str, int]
    use: Splits
    columns: list[ColumnFacts]
    roles: Roles
    labels: list[str] = []
    counts: dict[str, int] = {}
    spread: str = ""
    mean_tokens_estimate: int | None = None
    problems: list[str] = []
    fingerprint: str


class Lengths(BaseModel):
    """How long the texts of a split are, for `texts` of them; `over` of those exceed the base's `limit`."""

    unit: Literal["words", "tokens"]
    texts: int
    median: int
    most: int
    longest: int
    limit: int | None = None
    over: int = 0


class Inspection(BaseModel):
    """What is in a dataset, and what is wrong with it, each finding with what to do.

    `rows` are those of `split` from the row `first` on, their cells as texts. `counts` is how often each label stands
    in that split, and is empty where there is none. `roles` are the columns that a run would read for `task`.
    """

    model_config = ConfigDict(frozen=True)

    ok: Literal[True] = True
    splits: dict[str, int]
    split: str
    first: int
    columns: list[ColumnFacts]
    rows: list[dict[str, str]]
    trainable: bool = False
    task: TrainingTask | None = None
    roles: Roles = {}
    counts: dict[str, int] = {}
    lengths: Lengths | None = None
    problems: list[str] = []


class RowSample(TypedDict):
    """Rows of a split that has `total` of them, the same ones each time; `labels` has None where a row has no class.

    `empty` of the `total` have no text and are left out.
    `names` are all classes in id order, and `declared` says whether that order is the dataset's own.
    """

    ok: Literal[True]
    split: str
    total: int
    empty: int
    text: str
    label: str | None
    texts: list[str]
    labels: list[str | None]
    names: list[str]
    declared: bool
