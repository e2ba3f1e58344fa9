"""Works out plans: the base model and the data are looked at on the Hub before anybody presses Start."""

import os
from collections.abc import Mapping
from dataclasses import replace

import psutil

from core.commands import Sample
from core.commands.repos import is_data_file
from core.data_files import DataFiles
from core.errors import HugopsError, Mistake, NotOnHub
from core.examination import DatasetQuestion, RowSample, SampleQuestion
from core.hub import Dataset, Hub, Kind, Model
from core.plans import Plan, TrainingRequest, build_plan, ensure_fits, ensure_trainable
from core.recipe import DatasetSource
from core.runs import Runs
from jobs.examiner import examine, sample
from jobs.models.reading import has_vocabulary

TRAIN = "train org/model on org/dataset"
COMPARE = "compare org/model org/other on org/dataset"


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
        _ensure_tokenizer(model)
        if model.gated:
            self._hub.ensure_readable("model", model.id)
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
        rate = self._runs.measured_rate(model.id)
        plan = build_plan(request, model, source, examination, rate, os.cpu_count() or 1)
        ensure_fits(plan, psutil.virtual_memory().total)
        return plan

    def sample(self, repo: str, revision: str | None, wanted: Sample) -> tuple[Dataset, RowSample]:
        """The dataset and rows of it. Raises the same."""
        dataset = self._dataset(repo, revision, COMPARE)
        question = SampleQuestion(repo=dataset.id, revision=dataset.sha, **wanted.model_dump())
        return dataset, sample(question, self._environment)

    def refresh(self, plan: Plan) -> Plan:
        """The same plan on the base and the data as they are on the Hub now."""
        return replace(self.plan(plan.request), id=plan.id)

    def _source(self, request: TrainingRequest) -> DatasetSource:
        """The data at the commit of now; a file is what it was when it was given."""
        if is_data_file(request.dataset):
            file = self._data_files.find(request.dataset, request.dataset_revision, request.requested_by)
            return self._data_files.source(file)
        data = self._dataset(request.dataset, request.dataset_revision)
        return DatasetSource(repo=data.id, revision=data.sha, config=request.config, url=data.url)

    def _model(self, repo: str, revision: str | None) -> Model:
        try:
            return self._hub.model(repo, revision)
        except NotOnHub as error:
            raise self._with_hint(error, repo, "model") from error

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


def _ensure_tokenizer(model: Model) -> None:
    # A few read letters, and have no vocabulary to keep in a file.
    files = {file.path for file in model.files}
    if not has_vocabulary(files) and "tokenizer_config.json" not in files:
        raise Mistake(f"{model.id} has no tokenizer, so it cannot read text. Choose another base model.")
