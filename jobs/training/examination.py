"""What a run would find in a dataset: task, columns, labels, sizes, problems. Torch-free."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from datasets import Dataset, DatasetDict

from core.examination import ColumnFacts, DatasetQuestion, Examination
from core.recipe import TRAINING_TASKS, Roles, Splits
from jobs.training.access import require_data
from jobs.training.cells import contents, is_medium
from jobs.training.columns import is_plain, is_text, left_out, listing, partner
from jobs.training.data import doubtful_classes, load_files
from jobs.training.errors import DataError
from jobs.training.tasks import E, Guess, SplitRows, TrainingTask, training_task

_SAMPLE_ROWS = 1000
_EXAMPLE_LENGTH = 100
_VALIDATION_NAMES = ("validation", "valid", "val", "dev", "eval")


def examine(question: DatasetQuestion) -> Examination:
    """What a run would find in this dataset. Raises RunError."""
    require_data(question.source)
    files = load_files(question.source)
    examination = look_at(question, files.splits)
    return examination.model_copy(update={"problems": [*examination.problems, *files.notes]})


def look_at(question: DatasetQuestion, loaded: DatasetDict) -> Examination:
    """The same for what is loaded already."""
    use = split_roles({name: len(rows) for name, rows in loaded.items()})
    train = loaded[use.train]
    task, guess = choose_task(train, question.asked, question.task)
    roles = {role: name for role, name in guess.items() if name}
    plain = [name for name in train.features if is_plain(train.features[name])]
    examination = Examination(
        task=task.name,
        is_text=task.reads in ("texts", "words"),
        aim=task.aim,
        splits={name: len(rows) for name, rows in loaded.items()},
        use=use,
        columns=describe_columns(train),
        roles=roles,
        fingerprint=_fingerprint(loaded, list(dict.fromkeys([*plain, *roles.values()]))),
    )
    if len(train) == 0:
        return _stopped(examination, f"The split `{use.train}` has no rows.")
    if missing := [role for role, name in guess.items() if name is None]:
        return _stopped(examination, f"{_lack(task, missing, question)} {_columns_seen(train)}")
    return _look_at_rows(task, loaded, examination, _unread(train, question.asked))


def choose_task(rows: Dataset, asked: Roles, wanted: str | None = None) -> tuple[TrainingTask[Any], Guess]:
    """The task that is wanted, else the first that these columns suit, or almost: pictures or sounds without classes.

    Where they suit none, the last, which asks for the least.
    Raises DataError where a column that was asked for is missing, or asked for twice.
    """
    if twice := [name for name, times in Counter(asked.values()).items() if times > 1]:
        raise DataError(f"`{twice[0]}` cannot be two columns at once. Name another one.")
    if wanted:
        return training_task(wanted), training_task(wanted).choose(rows, asked)
    for name in TRAINING_TASKS:
        task = training_task(name)
        guess = task.choose(rows, asked)
        roles = {role: column for role, column in guess.items() if column}
        is_whole = len(roles) == len(guess)
        if (is_whole and task.suits(rows, asked, roles)) or _has_medium(rows, guess):
            break
    return task, guess


def _has_medium(rows: Dataset, guess: Guess) -> bool:
    """Whether a column was found that can be read as nothing else."""
    return any(name and is_medium(rows.features[name]) for name in guess.values())


def _lack(task: TrainingTask[Any], missing: Sequence[str], question: DatasetQuestion) -> str:
    """What is not there; of a task that was wanted, what it needs."""
    if question.task:
        return f"`task={task.name}` needs {task.needs}, which is not what is here."
    return f"No column looks like a {' or '.join(missing)}."


def _unread(rows: Dataset, asked: Roles) -> list[str]:
    """A sentence where one text of a pair was asked for, and so the other is not read."""
    text = asked.get("text")
    if text is None or "text_pair" in asked:
        return []
    texts = [name for name in rows.features if is_text(rows.features[name]) and name != asked.get("label")]
    other = partner(texts, text)
    return [f"`{text}` is read alone, without `{other}`. `pair={other}` reads both."] if other else []


def _stopped(examination: Examination, problem: str) -> Examination:
    return examination.model_copy(update={"problems": [problem]})


def _columns_seen(rows: Dataset) -> str:
    """The columns for a sentence, and which of them are neither text, number nor truth value."""
    nested = [name for name, feature in rows.features.items() if not is_plain(feature) and not is_medium(feature)]
    why = (
        f" {listing(nested)} hold{'s' if len(nested) == 1 else ''} lists or objects, not one value a row."
        if nested
        else ""
    )
    return f"The columns are {listing(rows.features)}.{why}"


def describe_columns(rows: Dataset) -> list[ColumnFacts]:
    """Each column with its type, and a cell of the first row where that is one value."""
    plain = [name for name in rows.features if is_plain(rows.features[name])]
    first = rows.select_columns(plain)[0] if len(rows) and plain else {}
    return [
        ColumnFacts(name=name, type=_type_name(rows.features[name]), example=_example(first.get(name)))
        for name in rows.features
    ]


def split_roles(rows: Mapping[str, int]) -> Splits:
    """Which split a run would train on, validate with and be tested on, by the names people use."""
    filled = {name: count for name, count in rows.items() if count}
    train = "train" if "train" in rows else max(rows, key=lambda name: rows[name])
    others = [name for name in filled if name != train]
    validation = next((n for known in _VALIDATION_NAMES for n in others if n.split("_")[0] == known), None)
    test = next((name for name in others if name.split("_")[0] == "test"), None)
    return Splits(train=train, validation=validation, test=test)


def _look_at_rows(
    task: TrainingTask[E], loaded: DatasetDict, examination: Examination, said: Sequence[str]
) -> Examination:
    use, roles = examination.use, examination.roles
    train = loaded[use.train]
    estimate = round(task.tokens(train.select(range(min(len(train), _SAMPLE_ROWS))), roles))
    examination = examination.model_copy(update={"mean_tokens_estimate": estimate})
    labelled = _labelled_splits(task, loaded, use, roles)
    try:
        rows = task.read(train, roles)
        others = {split: task.read(loaded[split], roles) for split in (labelled.validation, labelled.test) if split}
    except DataError as error:
        return _stopped(examination, error.reason)
    parts = [rows.examples, *(other.examples for other in others.values())]
    examination = examination.model_copy(update=_labels(task, train, roles, parts))
    try:
        task.check(rows.examples, roles)
    except DataError as error:
        return _stopped(examination, error.reason)
    problems = [*said]
    problems += [f"{rows.empty:,} rows have no {task.content}; they are left out."] if rows.empty else []
    problems += left_out(task.content, rows.unreadable)
    problems += [_unlearned(task.learned, rows.unlabelled, "")] if rows.unlabelled else []
    problems += doubtful_classes(examination.labels) + task.imbalance(rows.examples, "rows")
    problems += _doublets(rows.examples, task) + _odd_splits(task.learned, use, labelled, others)
    return examination.model_copy(
        update={"trainable": True, "use": labelled, "spread": task.spread(rows.examples), "problems": problems}
    )


def _labels(task: TrainingTask[E], rows: Dataset, roles: Roles, parts: Sequence[E]) -> dict[str, object]:
    counts = parts[0].counts()
    # An id column has as many "classes" as rows, and no answer should carry them all.
    if len(counts) > max(2, len(rows) // 2):
        return {}
    labels = task.labels(rows, roles, parts)
    return {"labels": labels, "counts": {label: counts[label] for label in labels}}


def _doublets(examples: E, task: TrainingTask[E]) -> list[str]:
    answers: dict[str, set[str]] = defaultdict(set)
    for key, answer in zip(examples.keys(), examples.answers(), strict=True):
        answers[key].add(answer)
    problems = []
    if repeated := len(examples) - len(answers):
        problems.append(f"{repeated:,} rows repeat the {task.content} of another one.")
    if torn := sum(len(different) > 1 for different in answers.values()):
        problems.append(f"{torn:,} {task.content}s stand there with more than one {task.learned}.")
    return problems


def _unlearned(learned: str, rows: int, where: str) -> str:
    return (
        f"{rows:,} rows{where} have no {learned}; they are left out."
        if rows > 1
        else f"1 row{where} has no {learned}; it is left out."
    )


def _labelled_splits(task: TrainingTask[Any], loaded: DatasetDict, use: Splits, roles: Roles) -> Splits:
    """The splits without those that have no labels."""
    others = {"validation": use.validation, "test": use.test}
    missing = {part: None for part, split in others.items() if split and not task.is_labelled(loaded[split], roles)}
    return use.model_copy(update=missing)


def _odd_splits(learned: str, use: Splits, labelled: Splits, others: Mapping[str, SplitRows[Any]]) -> list[str]:
    """A sentence for each split without labels, and for each of which rows are left out; one that is missing is told
    by the plan's rows."""
    problems = []
    for part in ("validation", "test"):
        split = getattr(use, part)
        if split is None:
            continue
        if getattr(labelled, part) is None:
            problems.append(f"The split `{split}` has no labels; training rows take its place.")
        elif unlabelled := others[split].unlabelled:
            problems.append(_unlearned(learned, unlabelled, f" of the split `{split}`"))
    return problems


def _type_name(feature: object) -> str:
    if is_medium(feature):
        return type(feature).__name__.lower()
    names = getattr(feature, "names", None)
    if names is not None:
        return f"class of {len(names)}"
    kind = str(getattr(feature, "dtype", type(feature).__name__.lower()))
    return "string" if kind == "large_string" else kind


def _example(cell: object) -> str:
    shown = "" if cell is None else " ".join(str(cell).split())
    return shown if len(shown) <= _EXAMPLE_LENGTH else shown[: _EXAMPLE_LENGTH - 1] + "…"


def _fingerprint(loaded: DatasetDict, columns: Sequence[str]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for name, rows in sorted(loaded.items()):
        for column in columns:
            if column in rows.features:
                cells = contents(rows, column) if is_medium(rows.features[column]) else rows[column][:]
                digest.update(json.dumps([name, column, cells]).encode())
    return digest.hexdigest()
