"""Works out plans: the base model and the data are looked at on the Hub before anybody presses Start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace

import psutil

from core.commands import InspectDataset, Sample
from core.commands.repos import is_data_file
from core.data_files import DataFiles
from core.errors import HugopsError, Mistake, NotOnHub
from core.examination import DatasetQuestion, Inspection, InspectionQuestion, RowSample, SampleQuestion
from core.hub import Dataset, Hub, Kind, Model
from core.plans import Plan, TrainingRequest, build_plan, ensure_fits, ensure_smoothable, ensure_trainable
from core.recipe import DatasetSource
from core.runs import Runs
from jobs.examiner import examine, inspect, sample
from jobs.models.reading import PROCESSORS, has_vocabulary

TRAIN = "train org/model on org/dataset"
COMPARE = "compare org/model org/other on org/dataset"
INSPECT = "dataset org/dataset base=org/model"


@dataclass(frozen=True)
class DatasetLook:
    """Data, its licence (empty for a file), and what is in it; `base` is the model that counted the tokens."""

    source: DatasetSource
    license: str
    seen: Inspection
    base: Model | None = None


class Planner:
    """Makes a plan from what people typed, and makes it again for each slot of a schedule."""

    def __init__(self, hub: Hub, data_files: DataFiles, runs: Runs, environment: Mapping[str, str]) -> None:
        self._hub = hub
        self._data_files = data_files
        self._runs = runs
        self._environment = dict(environment)

    def plan(self, request: TrainingRequest) -> Plan:
        """The plan for this request. Raises Mistake, HubError or WorkerError with the sentence for the person."""
        model = self._model(request.base, request.base_revision)
        ensure_trainable(model)
        self._ensure_open(model)
        source = self._source(request)
        question = DatasetQuestion(
            repo=source.repo,
            revision=source.revision,
            folder=source.folder,
            base=model.id,
            base_type=model.model_type,
            config=source.config,
            text=request.text,
            pair=request.pair,
            label=request.label,
            task=request.task,
        )
        examination = examine(question, self._environment)
        _ensure_reads(model, is_text=examination.is_text)
        rate = self._runs.measured_rate(model.id)
        plan = build_plan(request, model, source, examination, rate, os.cpu_count() or 1)
        ensure_smoothable(plan)
        ensure_fits(plan, psutil.virtual_memory().total)
        return plan

    def sample(self, repo: str, revision: str | None, wanted: Sample) -> tuple[Dataset, RowSample]:
        """The dataset and rows of it. Raises the same."""
        dataset = self._dataset(repo, revision, COMPARE)
        question = SampleQuestion(repo=dataset.id, revision=dataset.sha, **wanted.model_dump())
        return dataset, sample(question, self._environment)

    def inspect(self, wanted: InspectDataset, user: str, *, first: int = 0, rows_only: bool = False) -> DatasetLook:
        """A look into the dataset, its rows from `first` on; a file is that of this person. Raises the same."""
        source, license_id = self._looked_at(wanted, user)
        model = self._model(wanted.base, None, INSPECT) if wanted.base and not rows_only else None
        if model:
            self._ensure_open(model)
            _ensure_reads(model, is_text=True)
        question = InspectionQuestion(
            repo=source.repo,
            revision=source.revision,
            folder=source.folder,
            base=model.id if model else "",
            base_revision=model.sha if model else "",
            config=wanted.config,
            text=wanted.columns.text,
            label=wanted.columns.label,
            split=wanted.split,
            first=first,
            rows_only=rows_only,
        )
        return DatasetLook(source, license_id, inspect(question, self._environment), model)

    def refresh(self, plan: Plan) -> Plan:
        """The same plan on the base and the data as they are on the Hub now."""
        return replace(self.plan(plan.request), id=plan.id)

    def _looked_at(self, wanted: InspectDataset, user: str) -> tuple[DatasetSource, str]:
        """The data, and the licence that its card names."""
        if is_data_file(wanted.dataset):
            return self._file(wanted.dataset, wanted.revision, user), ""
        data = self._dataset(wanted.dataset, wanted.revision, INSPECT)
        return DatasetSource(repo=data.id, revision=data.sha, url=data.url), data.license or "no licence given"

    def _file(self, name: str, start: str | None, user: str) -> DatasetSource:
        return self._data_files.source(self._data_files.find(name, start, user))

    def _source(self, request: TrainingRequest) -> DatasetSource:
        """The data at the commit of now; a file is what it was when it was given."""
        if is_data_file(request.dataset):
            return self._file(request.dataset, request.dataset_revision, request.requested_by)
        data = self._dataset(request.dataset, request.dataset_revision)
        return DatasetSource(repo=data.id, revision=data.sha, config=request.config, url=data.url)

    def _ensure_open(self, model: Model) -> None:
        if model.gated:
            self._hub.ensure_readable("model", model.id)

    def _model(self, repo: str, revision: str | None, usage: str = TRAIN) -> Model:
        try:
            return self._hub.model(repo, revision)
        except NotOnHub as error:
            raise self._with_hint(error, repo, "model", usage) from error

    def _dataset(self, repo: str, revision: str | None, usage: str = TRAIN) -> Dataset:
        try:
            return self._hub.dataset(repo, revision)
        except NotOnHub as error:
            raise self._with_hint(error, repo, "dataset", usage) from error

    def _with_hint(self, error: NotOnHub, repo: str, kind: Kind, usage: str = TRAIN) -> HugopsError:
        if error.facts.get("missing") != "repo":
            return error
        there = self._hub.kind_of(repo)
        if there not in (None, kind):
            return Mistake(f"`{repo}` is a {there}, not a {kind}. Write `{usage}`.")
        near = self._hub.suggest(repo, kind)
        hint = f" Did you mean {near[0]}?" if near else ""
        return NotOnHub(error.sentence + hint, field=error.field, **error.facts)


def _ensure_reads(model: Model, *, is_text: bool) -> None:
    """Mistake where no file says how the model reads what is to be learned from."""
    files = {file.path for file in model.files}
    if not is_text:
        if not files & set(PROCESSORS):
            raise Mistake(
                f"{model.id} does not say how it reads its input: preprocessor_config.json is missing. "
                "Choose another base model."
            )
    # A few read letters, and have no vocabulary to keep in a file.
    elif not has_vocabulary(files) and "tokenizer_config.json" not in files:
        raise Mistake(f"{model.id} has no tokenizer, so it cannot read text. Choose another base model.")
