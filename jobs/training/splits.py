"""Training, validation and test rows of a run, the same ones each time. Torch-free."""

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from datasets import DatasetDict

from core.recipe import Recipe
from jobs.training.columns import left_out, listing
from jobs.training.errors import DataError, RunError
from jobs.training.tasks import E, TrainingData, TrainingTask, training_task


def prepare(recipe: Recipe, loaded: DatasetDict) -> TrainingData[Any]:
    """Read, check and split as the recipe says. Raises DataError with one sentence."""
    return _prepare(training_task(recipe.task), recipe, loaded)


def _prepare(task: TrainingTask[E], recipe: Recipe, loaded: DatasetDict) -> TrainingData[E]:
    names = recipe.splits.model_dump(exclude_none=True)
    absent = [name for name in names.values() if name not in loaded]
    if absent:
        raise DataError(f"{recipe.dataset.repo} has no split `{absent[0]}`. The splits are {listing(loaded)}.")
    warnings = []
    for role in ("validation", "test"):
        if role in names and not task.is_labelled(loaded[names[role]], recipe.columns):
            unlabelled = names.pop(role)
            warnings.append(f"The split `{unlabelled}` has no rows with a label; one is made from the training rows.")
    read = {role: task.read(loaded[name], recipe.columns) for role, name in names.items()}
    task.check(read["train"].examples, recipe.columns)
    there = task.labels(loaded[names["train"]], recipe.columns, [rows.examples for rows in read.values()])
    rename = _renaming(there, recipe.labels)
    parts = {role: rows.examples.renamed(rename) for role, rows in read.items()}
    made = [role for role in ("test", "validation") if role not in parts]
    if made:
        parts |= split_off(parts["train"], made, recipe.parameters.seed, recipe.parameters.test_size)
    data = TrainingData(
        train=parts["train"],
        validation=parts["validation"],
        test=parts["test"],
        labels=list(recipe.labels) or there,
        made=sorted(made),
        empty=sum(rows.empty for rows in read.values()),
        unlabelled=sum(rows.unlabelled for rows in read.values()),
        unreadable=sum((rows.unreadable for rows in read.values()), Counter()),
        warnings=warnings,
    )
    data = _limited(task, _without_leaks(task, data, recipe), recipe)
    data.warnings += _oddities(task, data)
    return data


def _oddities(task: TrainingTask[E], data: TrainingData[E]) -> list[str]:
    sentences = []
    if data.empty:
        sentences.append(f"{data.empty:,} rows without a {task.content} are left out.")
    if data.unlabelled:
        sentences.append(f"{data.unlabelled:,} rows without a {task.learned} are left out.")
    sentences += left_out(task.content, data.unreadable)
    if data.leaking:
        sentences.append(f"{data.leaking:,} rows that also stand in a split held back are left out.")
    return sentences + task.oddities(data.train, data.labels)


def _renaming(declared: Sequence[str], wanted: Sequence[str]) -> dict[str, str]:
    """Names in the data to names in the recipe: the same ones, or as many others, in id order."""
    if not wanted or set(declared) == set(wanted):
        return {label: label for label in declared}
    if len(declared) == len(wanted):
        return dict(zip(declared, wanted, strict=True))
    raise DataError(f"The data has {len(declared)} classes ({listing(declared)}), and {len(wanted)} names were given.")


def split_off(train: E, roles: Sequence[str], seed: int, size: float) -> dict[str, E]:
    """So large a share of every group for each of `roles`, at least a row where there are enough; the rest is `train`.

    Rows with the same text stay together. The same rows and seed give the same splits.
    """
    copies: dict[str, list[int]] = defaultdict(list)
    for index, key in enumerate(train.keys()):
        copies[key].append(index)
    groups = train.groups()
    by_group: dict[str, list[list[int]]] = defaultdict(list)
    for same in copies.values():
        by_group[groups[same[0]]].append(same)
    shuffle = random.Random(seed).shuffle  # noqa: S311 (repeatable, not secret)
    rows: dict[str, list[int]] = {role: [] for role in (*roles, "train")}
    for group in sorted(by_group):
        shuffle(by_group[group])
        share = max(1, round(size * len(by_group[group])))
        for role in roles:
            if len(by_group[group]) > share:
                rows[role] += [i for same in by_group[group][:share] for i in same]
                del by_group[group][:share]
        rows["train"] += [i for same in by_group[group] for i in same]
    if not all(rows.values()):
        raise DataError("There are too few different rows to hold some back for a test. Add rows.")
    return {role: train.select(sorted(chosen)) for role, chosen in rows.items()}


def _without_leaks(task: TrainingTask[E], data: TrainingData[E], recipe: Recipe) -> TrainingData[E]:
    """No test row is trained on or selected by, no validation row trained on."""
    test = set(data.test.keys())
    seen = test | set(data.validation.keys())
    train = [i for i, key in enumerate(data.train.keys()) if key not in seen]
    validation = [i for i, key in enumerate(data.validation.keys()) if key not in test]
    if not validation:
        raise DataError("Every validation row stands in the test split too. Choose other splits.")
    data.leaking = len(data.train) - len(train) + len(data.validation) - len(validation)
    data.train, data.validation = data.train.select(train), data.validation.select(validation)
    if data.leaking:
        task.check(data.train, recipe.columns)
    return data


def _limited(task: TrainingTask[E], data: TrainingData[E], recipe: Recipe) -> TrainingData[E]:
    """At most `max_samples` rows to train on and to validate with; the test stays whole, to be comparable."""
    limit, seed = recipe.parameters.max_samples, recipe.parameters.seed
    if limit:
        data.train = data.train.select(spread(data.train.groups(), limit, seed))
        looked_at = recipe.evaluation.rows or limit
        data.validation = data.validation.select(spread(data.validation.groups(), looked_at, seed))
        if lack := task.lack(data.train):
            raise RunError(f"`max_samples={limit}` leaves {lack} only. Give a larger number.", "user")
    return data


def spread(groups: Sequence[str], limit: int, seed: int) -> list[int]:
    """Indices of at most `limit` rows, drawn so that each group keeps its share."""
    by_group: dict[str, list[int]] = defaultdict(list)
    for index, group in enumerate(groups):
        by_group[group].append(index)
    shuffle = random.Random(seed).shuffle  # noqa: S311 (repeatable, not secret)
    ranked: list[tuple[float, int]] = []
    for group in sorted(by_group):
        shuffle(by_group[group])
        ranked += [((rank + 0.5) / len(by_group[group]), index) for rank, index in enumerate(by_group[group])]
    return sorted(index for _, index in sorted(ranked)[:limit])
