"""Training, validation and test rows of a run, the same ones each time. Torch-free."""

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from datasets import DatasetDict

from jobs.training.columns import listing
from jobs.training.data import Examples, check_trainable, class_names, ordered_labels, read_examples
from jobs.training.errors import DataError, RunError
from jobs.training.recipe import Recipe

HELD_OUT_SHARE = 0.1
IMBALANCE = 0.8


@dataclass
class TrainingData:
    """What a run learns from and is judged by; `labels` are class names in id order."""

    train: Examples
    validation: Examples
    test: Examples
    labels: list[str]
    made: list[str] = field(default_factory=list)
    empty: int = 0
    unlabelled: int = 0
    leaking: int = 0
    warnings: list[str] = field(default_factory=list)

    @property
    def majority(self) -> float:
        """The share of test rows that always answering the commonest training class gets right."""
        commonest = Counter(self.train.labels).most_common(1)[0][0]
        return self.test.labels.count(commonest) / max(len(self.test), 1)


def prepare(recipe: Recipe, loaded: DatasetDict) -> TrainingData:
    """Read, check and split as the recipe says. Raises DataError with one sentence."""
    names = recipe.splits.model_dump(exclude_none=True)
    absent = [name for name in names.values() if name not in loaded]
    if absent:
        raise DataError(f"{recipe.dataset.repo} has no split `{absent[0]}`. The splits are {listing(loaded)}.")
    warnings: list[str] = []
    train_only = {"train": names.pop("train")}
    usable = train_only | {role: name for role, name in names.items() if _labelled(recipe, loaded, name, warnings)}
    read = {role: read_examples(loaded[name], recipe.columns) for role, name in usable.items()}
    check_trainable(read["train"].examples, recipe.columns.label)
    found = {label for part in read.values() for label in part.examples.labels}
    declared = ordered_labels(loaded[usable["train"]], recipe.columns.label, found)
    rename = _renaming(declared, recipe.labels)
    parts = {role: _renamed(part.examples, rename) for role, part in read.items()}
    made = [role for role in ("test", "validation") if role not in parts]
    if made:
        parts |= split_off(parts["train"], made, recipe.parameters.seed)
    data = TrainingData(
        train=parts["train"],
        validation=parts["validation"],
        test=parts["test"],
        labels=list(recipe.labels) or declared,
        made=sorted(made),
        empty=sum(part.empty for part in read.values()),
        unlabelled=sum(part.unlabelled for part in read.values()),
        warnings=warnings,
    )
    data = _limited(_without_leaks(data, recipe.columns.label), recipe)
    data.warnings += _oddities(data)
    return data


def _oddities(data: TrainingData) -> list[str]:
    counts = Counter(data.train.labels)
    label, count = counts.most_common(1)[0]
    said = []
    if data.empty:
        said.append(f"{data.empty:,} rows without a text are left out.")
    if data.unlabelled:
        said.append(f"{data.unlabelled:,} rows without a class are left out.")
    if data.leaking:
        said.append(f"{data.leaking:,} rows that also stand in a split held back are left out.")
    if absent := [name for name in data.labels if name not in counts]:
        said.append(f"No training row is of the class {listing(absent)}.")
    if count > IMBALANCE * len(data.train):
        share = count / len(data.train)
        said.append(f"{share:.0%} of the training rows are `{label}`: judge by F1, not accuracy.")
    return said


def _labelled(recipe: Recipe, loaded: DatasetDict, name: str, warnings: list[str]) -> bool:
    if recipe.columns.label not in loaded[name].features:
        has_labels = False
    else:
        has_labels = any(label is not None for label in class_names(loaded[name], recipe.columns.label))
    if not has_labels:
        warnings.append(f"The split `{name}` has no rows with a label; one is made from the training rows.")
    return has_labels


def _renaming(declared: Sequence[str], wanted: Sequence[str]) -> dict[str, str]:
    """Names in the data to names in the recipe: the same ones, or as many others, in id order."""
    if not wanted or set(declared) == set(wanted):
        return {label: label for label in declared}
    if len(declared) == len(wanted):
        return dict(zip(declared, wanted, strict=True))
    raise DataError(f"The data has {len(declared)} classes ({listing(declared)}), and {len(wanted)} names were given.")


def _renamed(examples: Examples, rename: dict[str, str]) -> Examples:
    return Examples(examples.texts, examples.pairs, [rename[label] for label in examples.labels])


def split_off(train: Examples, roles: Sequence[str], seed: int) -> dict[str, Examples]:
    """A tenth of every class for each of `roles`, at least a row where there are enough; the rest is `train`.

    Rows with the same text stay together. The same rows and seed give the same splits.
    """
    groups: dict[str, list[int]] = defaultdict(list)
    for index, key in enumerate(train.keys()):
        groups[key].append(index)
    by_class: dict[str, list[list[int]]] = defaultdict(list)
    for group in groups.values():
        by_class[train.labels[group[0]]].append(group)
    shuffle = random.Random(seed).shuffle  # noqa: S311 (repeatable, not secret)
    rows: dict[str, list[int]] = {role: [] for role in (*roles, "train")}
    for label in sorted(by_class):
        shuffle(by_class[label])
        share = max(1, round(HELD_OUT_SHARE * len(by_class[label])))
        for role in roles:
            if len(by_class[label]) > share:
                rows[role] += [i for group in by_class[label][:share] for i in group]
                del by_class[label][:share]
        rows["train"] += [i for group in by_class[label] for i in group]
    if not all(rows.values()):
        raise DataError("There are too few different texts to hold some back for a test. Add rows.")
    return {role: train.select(sorted(chosen)) for role, chosen in rows.items()}


def _without_leaks(data: TrainingData, column: str) -> TrainingData:
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
        check_trainable(data.train, column)
    return data


def _limited(data: TrainingData, recipe: Recipe) -> TrainingData:
    """At most `max_samples` rows to train on and to validate with; the test stays whole, to be comparable."""
    limit, seed = recipe.parameters.max_samples, recipe.parameters.seed
    if limit:
        data.train = data.train.select(spread(data.train.labels, limit, seed))
        data.validation = data.validation.select(spread(data.validation.labels, limit, seed))
        if len(set(data.train.labels)) < 2:
            raise RunError(f"`max_samples={limit}` leaves one class only. Give a larger number.", "user")
    return data


def spread(labels: Sequence[str], limit: int, seed: int) -> list[int]:
    """Indices of at most `limit` rows, drawn so that each class keeps its share."""
    by_class: dict[str, list[int]] = defaultdict(list)
    for index, label in enumerate(labels):
        by_class[label].append(index)
    shuffle = random.Random(seed).shuffle  # noqa: S311 (repeatable, not secret)
    ranked: list[tuple[float, int]] = []
    for label in sorted(by_class):
        shuffle(by_class[label])
        ranked += [((rank + 0.5) / len(by_class[label]), index) for rank, index in enumerate(by_class[label])]
    return sorted(index for _, index in sorted(ranked)[:limit])
