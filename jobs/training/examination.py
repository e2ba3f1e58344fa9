"""What a run would find in a dataset: columns, classes, sizes, problems. Torch-free."""

import hashlib
import json
from collections import Counter
from typing import Any

from datasets import Dataset, DatasetDict
from pydantic import BaseModel

from jobs.training.access import require_readable
from jobs.training.columns import choose_columns, is_plain, listing
from jobs.training.data import (
    Reading,
    check_trainable,
    class_names,
    doubtful_classes,
    load_files,
    ordered_labels,
    read_examples,
)
from jobs.training.errors import DataError
from jobs.training.recipe import Columns, DatasetSource
from jobs.training.splits import IMBALANCE

_SAMPLE_ROWS = 1000
_EXAMPLE_LENGTH = 100
_CHARACTERS_PER_TOKEN = 4
_VALIDATION_NAMES = ("validation", "valid", "val", "dev", "eval")


class Request(BaseModel):
    """Which dataset to look at; the columns are guessed where they are not given."""

    repo: str
    revision: str
    config: str | None = None
    text: str | None = None
    label: str | None = None


def examine(request: Request) -> dict[str, Any]:
    """What a run would find in this dataset. Raises RunError."""
    require_readable(request.repo, "dataset")
    loaded, notes = load_files(DatasetSource(repo=request.repo, revision=request.revision, config=request.config))
    roles = split_roles({name: len(rows) for name, rows in loaded.items()})
    train = loaded[roles["train"]]
    plain = [name for name in train.features if is_plain(train.features[name])]
    choice = choose_columns(train, request.text, request.label)
    report: dict[str, Any] = {
        "ok": True,
        "trainable": False,
        "splits": {name: len(rows) for name, rows in loaded.items()},
        "use": roles,
        "columns": _describe_columns(train, plain),
        "text": choice.text,
        "text_pair": choice.text_pair,
        "label": choice.label,
        "labels": [],
        "counts": {},
        "mean_tokens_estimate": None,
        "problems": [],
        "fingerprint": _fingerprint(loaded, plain),
    }
    if len(train) == 0:
        report["problems"] = [f"The split `{roles['train']}` has no rows."]
    elif choice.text and choice.label:
        columns = Columns(text=choice.text, text_pair=choice.text_pair, label=choice.label)
        report |= _look_at_rows(loaded, roles, columns)
    else:
        missing = " or ".join(role for role, name in (("text", choice.text), ("label", choice.label)) if name is None)
        report["problems"] = [f"No column looks like a {missing}. {_columns_seen(train)}"]
    report["problems"] += notes
    return report


def _columns_seen(rows: Dataset) -> str:
    """The columns for a sentence, and which of them are neither text, number nor truth value."""
    nested = [name for name in rows.features if not is_plain(rows.features[name])]
    why = (
        f" {listing(nested)} hold{'s' if len(nested) == 1 else ''} lists or objects, not one value a row."
        if nested
        else ""
    )
    return f"The columns are {listing(rows.features)}.{why}"


def _describe_columns(rows: Dataset, plain: list[str]) -> list[dict[str, str]]:
    first = rows.select_columns(plain)[0] if len(rows) and plain else {}
    return [
        {"name": name, "type": _type_name(rows.features[name]), "example": _example(first.get(name))}
        for name in rows.features
    ]


def split_roles(rows: dict[str, int]) -> dict[str, str | None]:
    """Which split a run would train on, validate with and be tested on, by the names people use."""
    filled = {name: count for name, count in rows.items() if count}
    train = "train" if "train" in rows else max(rows, key=lambda name: rows[name])
    others = [name for name in filled if name != train]
    validation = next((n for known in _VALIDATION_NAMES for n in others if n.split("_")[0] == known), None)
    test = next((name for name in others if name.split("_")[0] == "test"), None)
    return {"train": train, "validation": validation, "test": test}


def _look_at_rows(loaded: DatasetDict, roles: dict[str, str | None], columns: Columns) -> dict[str, Any]:
    train = loaded[roles["train"]]
    counts = Counter(name for name in class_names(train, columns.label) if name is not None)
    others = {
        name
        for split in (roles["validation"], roles["test"])
        if split and columns.label in loaded[split].features
        for name in class_names(loaded[split], columns.label)
        if name is not None
    }
    labels = ordered_labels(train, columns.label, others | set(counts))
    sample = [len(cell or "") for cell in train[columns.text][:_SAMPLE_ROWS]]
    if columns.text_pair:
        sample = [a + len(b or "") for a, b in zip(sample, train[columns.text_pair][:_SAMPLE_ROWS], strict=True)]
    problems: list[str] = []
    found: dict[str, Any] = {
        "mean_tokens_estimate": round(sum(sample) / max(len(sample), 1) / _CHARACTERS_PER_TOKEN),
        "problems": problems,
    }
    try:
        reading = read_examples(train, columns)
        check_trainable(reading.examples, columns.label)
    except DataError as error:
        problems.append(error.reason)
    else:
        problems += _oddities(reading, labels)
        found["trainable"] = True
        found["use"] = roles | _unlabelled_splits(loaded, roles, columns, problems)
    # An id column has as many "classes" as rows, and no answer should carry them all.
    if len(counts) <= max(2, len(train) // 2):
        found |= {"labels": labels, "counts": {label: counts[label] for label in labels}}
    return found


def _oddities(reading: Reading, labels: list[str]) -> list[str]:
    examples, empty, unlabelled = reading
    problems = []
    if empty:
        problems.append(f"{empty:,} rows have an empty text; they are left out.")
    if unlabelled:
        problems.append(_without_class(unlabelled, ""))
    problems += doubtful_classes(labels)
    label, count = Counter(examples.labels).most_common(1)[0]
    if count > IMBALANCE * len(examples):
        problems.append(f"{count / len(examples):.0%} of the rows are `{label}`: judge by F1, not accuracy.")
    classes: dict[str, set[str]] = {}
    for key, name in zip(examples.keys(), examples.labels, strict=True):
        classes.setdefault(key, set()).add(name)
    if repeated := len(examples) - len(classes):
        problems.append(f"{repeated:,} rows repeat the text of another one.")
    if torn := sum(len(names) > 1 for names in classes.values()):
        problems.append(f"{torn:,} texts stand there with more than one class.")
    return problems


def _without_class(rows: int, where: str) -> str:
    return (
        f"{rows:,} rows{where} have no class; they are left out."
        if rows > 1
        else f"1 row{where} has no class; it is left out."
    )


def _unlabelled_splits(
    loaded: DatasetDict, roles: dict[str, str | None], columns: Columns, problems: list[str]
) -> dict[str, None]:
    without: dict[str, None] = {}
    for role in ("validation", "test"):
        split = roles[role]
        if split is None:
            problems.append(f"There is no {role} split; a tenth of the training rows is held back for it.")
            continue
        names = class_names(loaded[split], columns.label) if columns.label in loaded[split].features else []
        if not any(names):
            problems.append(f"The split `{split}` has no labels; a tenth of the training rows takes its place.")
            without[role] = None
        elif missing := names.count(None):
            problems.append(_without_class(missing, f" of the split `{split}`"))
    return without


def _type_name(feature: Any) -> str:
    names = getattr(feature, "names", None)
    if names is not None:
        return f"class of {len(names)}"
    kind = str(getattr(feature, "dtype", type(feature).__name__.lower()))
    return "string" if kind == "large_string" else kind


def _example(cell: Any) -> str:
    shown = "" if cell is None else " ".join(str(cell).split())
    return shown if len(shown) <= _EXAMPLE_LENGTH else shown[: _EXAMPLE_LENGTH - 1] + "…"


def _fingerprint(loaded: DatasetDict, plain: list[str]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for name, rows in sorted(loaded.items()):
        for column in plain:
            if column in rows.features:
                digest.update(json.dumps([name, column, rows[column][:]]).encode())
    return digest.hexdigest()
