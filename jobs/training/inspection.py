"""What is in a dataset, for people: sizes, labels, lengths, rows, what is wrong with it. Torch-free without a base."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import datasets
from datasets import Dataset, DatasetDict

from core.examination import ColumnFacts, Inspection, InspectionQuestion, Lengths
from core.recipe import BEYOND_ONE_LABEL, Roles
from core.tables import cell_text
from jobs.training.access import require_data, require_readable
from jobs.training.columns import listing
from jobs.training.data import doubtful_classes, load_files
from jobs.training.errors import DataError, RunError
from jobs.training.examination import describe_columns, look_at, split_roles
from jobs.training.flaws import find_flaws
from jobs.training.tasks import RowTexts, TrainingTask, training_task

SHOWN_ROWS = 5
LONGEST_CELL = 300
# Texts that are measured; more would say the same.
MEASURED = 2000
# More kinds of answers are no labels that one would look at.
MOST_LABELS = 1000
HIGH = 0.95
_MEDIA = (datasets.Image, datasets.Audio, datasets.Video)


def inspect(question: InspectionQuestion) -> Inspection:
    """What is in this dataset. Raises RunError."""
    require_data(question.source)
    files = load_files(question.source)
    split = _shown_split(files.splits, question)
    rows = files.splits[split]
    shown = Inspection(
        splits={name: len(each) for name, each in files.splits.items()},
        split=split,
        first=question.first,
        columns=_columns(rows),
        rows=_cells(rows, question.first),
    )
    if question.rows_only:
        return shown
    checked = _checked(question, files.splits, shown)
    return checked.model_copy(update={"problems": [*files.notes, *checked.problems]})


def _shown_split(loaded: DatasetDict, question: InspectionQuestion) -> str:
    if question.split is None:
        return split_roles({name: len(rows) for name, rows in loaded.items()}).train
    if question.split not in loaded:
        raise DataError(f"{question.repo} has no split `{question.split}`. The splits are {listing(loaded)}.")
    return question.split


def _columns(rows: Dataset) -> list[ColumnFacts]:
    """The columns with their first cell as it is shown in a row."""
    first = next(iter(_cells(rows, 0)), {})
    return [each.model_copy(update={"example": first.get(each.name, "")}) for each in describe_columns(rows)]


def _cells(rows: Dataset, first: int) -> list[dict[str, str]]:
    """Some rows as texts; a class by its name, a picture or a sound as what it is."""
    if first >= len(rows):
        return []
    chosen = rows.select(range(first, min(first + SHOWN_ROWS, len(rows))))
    media = {name: type(feature).__name__.lower() for name, feature in rows.features.items() if _is_media(feature)}
    plain = chosen.select_columns([name for name in rows.features if name not in media])
    read: list[dict[str, Any]] = plain.to_list() if plain.column_names else [{} for _ in range(len(chosen))]
    return [
        {name: f"({media[name]})" if name in media else _text(rows, name, row[name]) for name in rows.features}
        for row in read
    ]


def _is_media(feature: object) -> bool:
    """Whether pictures, sounds or videos are in it, at whatever depth."""
    if isinstance(feature, _MEDIA):
        return True
    if isinstance(feature, Mapping):
        return any(_is_media(each) for each in feature.values())
    return _is_media(feature.feature) if isinstance(feature, datasets.List | datasets.LargeList) else False


def _text(rows: Dataset, column: str, cell: Any) -> str:
    cell = _named(rows.features[column], cell)
    text = " ".join((cell_text(cell) if _is_json(cell) else str(cell)).split())
    return text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…"


def _named(feature: object, cell: Any) -> Any:
    """A cell with the names of its classes in place of their numbers."""
    if isinstance(feature, datasets.ClassLabel):
        return feature.names[cell] if isinstance(cell, int) and 0 <= cell < len(feature.names) else None
    if isinstance(feature, datasets.List | datasets.LargeList) and isinstance(cell, list):
        return [_named(feature.feature, each) for each in cell]
    return cell


def _is_json(cell: object) -> bool:
    try:
        json.dumps(cell)
    except (TypeError, ValueError):
        return False
    return True


def _checked(question: InspectionQuestion, loaded: DatasetDict, shown: Inspection) -> Inspection:
    """The same with the columns that a run would read, labels, lengths and problems."""
    examination = look_at(question, loaded)
    task, roles = training_task(examination.task), examination.roles
    texts = _texts(task, loaded, roles)
    lengths = _lengths(question, texts[shown.split]) if shown.split in texts else None
    problems = [] if examination.trainable else examination.problems[:1]
    is_choice = task.name not in BEYOND_ONE_LABEL
    problems += find_flaws(loaded, texts, examination.use, has_labels="label" in roles, is_choice=is_choice)
    if examination.trainable:
        train = task.read(loaded[examination.use.train], roles).examples
        problems += [*task.imbalance(train, "training rows"), *doubtful_classes(examination.labels)]
    if lengths and lengths.over:
        problems.append(_too_long(question.base, lengths))
    return shown.model_copy(
        update={
            "task": task.name if _is_whole(roles) else None,
            "roles": roles,
            "trainable": examination.trainable,
            "counts": _counts(task, loaded[shown.split], roles),
            "lengths": lengths,
            "problems": problems,
        }
    )


def _is_whole(roles: Roles) -> bool:
    """Whether there is something to learn from, and its answer."""
    return "label" in roles and len(roles) > 1


def _texts(task: TrainingTask[Any], loaded: DatasetDict, roles: Roles) -> dict[str, RowTexts]:
    """The rows of each split that has the text; none where no column is one."""
    read = {role: name for role, name in roles.items() if role != "label"}
    if "text" not in read:
        return {}
    return {
        name: task.row_texts(rows, roles)
        for name, rows in loaded.items()
        if len(rows) and set(read.values()) <= set(rows.features)
    }


def _counts(task: TrainingTask[Any], rows: Dataset, roles: Roles) -> dict[str, int]:
    """How often each label stands in a split, the commonest first; none where they are no labels."""
    if not _is_whole(roles) or not set(roles.values()) <= set(rows.features):
        return {}
    try:
        counts = task.read(rows, roles).examples.counts()
    except DataError:
        return {}
    if len(counts) > min(MOST_LABELS, max(2, len(rows) // 2)):
        return {}
    return dict(counts.most_common())


def _lengths(question: InspectionQuestion, texts: RowTexts) -> Lengths | None:
    filled = [text for text in texts.texts if text.strip()]
    measured = filled[:: max(1, -(-len(filled) // MEASURED))]
    if not measured:
        return None
    limit = None
    if question.base:
        sizes, limit = _tokens(question, measured)
    else:
        sizes = [len(text.split()) for text in measured]
    ordered = sorted(sizes)
    return Lengths(
        unit="tokens" if question.base else "words",
        texts=len(ordered),
        median=ordered[len(ordered) // 2],
        most=ordered[int(HIGH * (len(ordered) - 1))],
        longest=ordered[-1],
        limit=limit,
        over=sum(size > limit for size in sizes) if limit else 0,
    )


def _tokens(question: InspectionQuestion, texts: Sequence[str]) -> tuple[list[int], int]:
    """The tokens of each text as the base reads it, and how many it reads at most."""
    from transformers import AutoConfig, AutoTokenizer

    from jobs.models.reading import longest_text

    require_readable(question.base, "model")
    where: dict[str, Any] = {"revision": question.base_revision or None, "trust_remote_code": False}
    try:
        config = AutoConfig.from_pretrained(question.base, **where)
        tokenizer = AutoTokenizer.from_pretrained(question.base, **where)
        rows = tokenizer(list(texts), verbose=False)["input_ids"]
    except (OSError, ValueError, KeyError) as error:
        raise RunError(
            f"{question.base} cannot be asked for tokens. Leave `base=` out, or name another.", "user"
        ) from error
    return [len(row) for row in rows], longest_text(tokenizer, config)


def _too_long(base: str, lengths: Lengths) -> str:
    share = lengths.over / lengths.texts
    return (
        f"Too long: {lengths.over:,} of {lengths.texts:,} texts ({share:.0%}) have more than the {lengths.limit:,} "
        f"tokens that {base} reads. The rest is cut: shorten them, or choose a base that reads more."
    )
