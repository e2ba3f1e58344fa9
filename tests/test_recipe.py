"""The recipe: one for who plans, who submits and who trains, and what version 0.1 wrote still reads."""

import json
import re
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import JsonValue, ValidationError

from core.commands.keys import keys_of
from core.commands.train import Train
from core.errors import Mistake
from core.plans import ensure_smoothable, plan_from
from core.recipe import (
    BEYOND_ONE_LABEL,
    TRAINING_TASKS,
    Recipe,
    Splits,
    TrainParameters,
    TypedParameters,
    column_keys,
    pipeline_of,
)
from core.tasks import TASKS
from world.core import build_plan

BEFORE: dict[str, JsonValue] = {
    "task": "text-classification",
    "title": "minilm on reviews",
    "base": {"repo": "acme/minilm", "revision": "8b32", "url": "https://hub.test/acme/minilm"},
    "dataset": {"repo": "acme/reviews", "revision": "5f1c", "config": None, "url": None},
    "columns": {"text": "text", "text_pair": None, "label": "label"},
    "labels": ["neg", "pos"],
    "splits": {"train": "train", "validation": None, "test": None},
}
PARAMETERS: dict[str, JsonValue] = {
    "epochs": 3.0,
    "lr": 5e-05,
    "batch": 32,
    "max_samples": None,
    "max_length": 128,
    "seed": 42,
    "weight_decay": 0.01,
    "warmup": 0.1,
}


def test_a_recipe_of_the_version_before_is_read(tmp_path: Path) -> None:
    written = {**BEFORE, "parameters": PARAMETERS, "run": "R1", "attempt": 2}
    (tmp_path / "recipe.json").write_text(json.dumps(written))
    recipe = Recipe.read(tmp_path)
    assert (recipe.run, recipe.attempt, recipe.task) == ("R1", 2, "text-classification")
    assert recipe.columns == {"text": "text", "label": "label"}
    assert (recipe.splits, recipe.parameters) == (Splits(), TrainParameters())


def test_a_plan_of_the_version_before_is_read() -> None:
    request: dict[str, JsonValue] = {
        "requested_by": "U0000ANA",
        "channel": "C-ML",
        "command": "train acme/minilm on acme/reviews",
        "base": "acme/minilm",
        "dataset": "acme/reviews",
        "parameters": PARAMETERS,
    }
    # What is looked at on the way, and why something was chosen, were not written then.
    counts: dict[str, JsonValue] = {"counts": {"neg": 400, "pos": 400}, "rows": {"train": 800}}
    rest: dict[str, JsonValue] = {"steps": 75, "seconds": 60.0, "memory": 2 * 10**9, "measured": False, "problems": []}
    plan = plan_from({**{key: BEFORE[key] for key in BEFORE if key != "task"}, **counts, **rest, "request": request})
    expected = build_plan()
    base = expected.base.model_copy(update={"revision": "8b32"})
    dataset = expected.dataset.model_copy(update={"revision": "5f1c"})
    asked = replace(expected.request, parameters=TypedParameters.model_validate(PARAMETERS))
    assert plan == replace(expected, request=asked, base=base, dataset=dataset)


def test_a_plan_that_was_kept_is_the_same_plan() -> None:
    plan = build_plan(cron="0 8 * * *", words="day 8:00", label="stars")
    assert plan_from(json.loads(json.dumps(plan.body()))) == plan


def test_what_the_planner_writes_is_what_the_worker_reads(tmp_path: Path) -> None:
    recipe = build_plan().recipe().model_copy(update={"run": "R7", "attempt": 3})
    recipe.write(tmp_path)
    assert Recipe.read(tmp_path) == recipe


@pytest.mark.parametrize("name", TrainParameters.model_fields)
def test_what_can_be_typed_is_what_a_recipe_takes(name: str) -> None:
    key = keys_of(Train)[name]
    if key.kind is str:
        for word in key.choices or (key.example,):
            TrainParameters.model_validate({name: word})
        with pytest.raises(ValidationError):
            TrainParameters.model_validate({name: "banana"})
        return
    for bound, outside in ((key.lowest, -1), (key.highest, 1)):
        assert bound is not None
        TrainParameters.model_validate({name: bound})
        with pytest.raises(ValidationError):
            TrainParameters.model_validate({name: bound + outside})


def test_a_task_that_nobody_trains_is_refused() -> None:
    with pytest.raises(ValidationError, match="`juggling` is no task that can be trained"):
        Recipe.model_validate({**BEFORE, "task": "juggling"})


@pytest.mark.parametrize(
    ("columns", "keys"),
    [
        ({"text": "body", "label": "stars"}, {"text": "body", "label": "stars"}),
        ({"text": "a", "text_pair": "b", "label": "c"}, {"text": "a", "pair": "b", "label": "c"}),
        ({"image": "photo", "label": "animal"}, {"text": "photo", "label": "animal"}),
        ({"audio": "clip", "label": "kind"}, {"text": "clip", "label": "kind"}),
    ],
)
def test_columns_are_named_by_the_keys_that_name_them(columns: dict[str, str], keys: dict[str, str]) -> None:
    assert column_keys(columns) == keys


@pytest.mark.parametrize("task", TRAINING_TASKS)
def test_answers_are_smoothed_where_each_is_one_of_some_labels_and_refused_elsewhere(task: str) -> None:
    smoothed = TrainParameters(label_smoothing=0.1)
    ensure_smoothable(replace(build_plan(), task=task))
    refusal = f"`label_smoothing=` is for one class a row, which {task} has not. Leave it out."
    with pytest.raises(Mistake, match=re.escape(refusal)) if task in BEYOND_ONE_LABEL else nullcontext():
        ensure_smoothable(replace(build_plan(), task=task, parameters=smoothed))


@pytest.mark.parametrize("task", TRAINING_TASKS)
def test_the_model_of_every_training_can_be_tried(task: str) -> None:
    assert pipeline_of(task) in TASKS
    assert (pipeline_of(task) == task) is (task not in BEYOND_ONE_LABEL)
