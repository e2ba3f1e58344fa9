"""Which columns are the text and the label: by the names people use, else by content. Torch-free."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from datasets import ClassLabel, Dataset, Features, LargeList, List, Value

from jobs.training.errors import DataError

_TEXT_NAMES = (
    "text",
    "sentence",
    "review",
    "content",
    "body",
    "tweet",
    "comment",
    "message",
    "document",
    "question",
    "utterance",
    "query",
    "description",
    "title",
    "headline",
    "input",
    "prompt",
)
_PAIR_NAMES = (
    ("premise", "hypothesis"),
    ("sentence1", "sentence2"),
    ("question1", "question2"),
    ("text1", "text2"),
    ("question", "sentence"),
    ("question", "passage"),
    ("query", "passage"),
)
LABEL_NAMES = (
    "label",
    "labels",
    "sentiment",
    "target",
    "class",
    "category",
    "intent",
    "topic",
    "emotion",
    "rating",
    "stars",
    "score",
    "answer",
    "y",
)
_SAMPLE_ROWS = 2000
_GUESSED_CLASSES = 50


@dataclass(frozen=True)
class Choice:
    """The columns that a run would read; None where nothing fits."""

    text: str | None
    text_pair: str | None
    label: str | None


def is_text(feature: object) -> bool:
    """Whether a column of this feature holds strings."""
    return isinstance(feature, Value) and feature.dtype in ("string", "large_string")


def inner(feature: object) -> object:
    """What the lists in a column hold; None where it holds no lists."""
    return feature.feature if isinstance(feature, List | LargeList) else None


def is_plain(feature: object) -> bool:
    """Whether a cell is one word, number or truth value, and so may be a class."""
    numbers = ("int", "uint", "bool", "float")
    return isinstance(feature, ClassLabel) or (
        isinstance(feature, Value) and (is_text(feature) or feature.dtype.startswith(numbers))
    )


def listing(names: Iterable[object], limit: int = 12) -> str:
    """`a`, `b` and `c`: for a sentence. The rest is counted."""
    quoted = [f"`{name}`" for name in names]
    if len(quoted) > limit:
        return ", ".join(quoted[:limit]) + f" and {len(quoted) - limit} more"
    return " and ".join(", ".join(quoted).rsplit(", ", 1)) if quoted else "none"


def left_out(content: str, unreadable: Counter[str]) -> list[str]:
    """A sentence about what could not be read, by what is wrong with it; none where all could be."""
    if not unreadable:
        return []
    total = unreadable.total()
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in unreadable.most_common())
    return [f"{total:,} {content}{' is' if total == 1 else 's are'} left out: {reasons}."]


def require_column(features: Features, name: str, role: str) -> None:
    """Raise DataError unless the dataset has the column that the recipe reads as its `role`."""
    if name not in features:
        raise DataError(f"There is no {role} column `{name}`. The columns are {listing(features)}.")
    if role == "text" and not is_text(features[name]):
        texts = [other for other in features if is_text(features[other])]
        raise DataError(f"The column `{name}` does not hold text. Columns that do: {listing(texts)}.")
    if role == "label" and not is_plain(features[name]):
        raise DataError(f"The column `{name}` does not hold one class a row. Choose another with `label=…`.")


def plain_sample(rows: Dataset) -> Dataset:
    """The first rows, with the columns of which a cell may be a text or a class."""
    plain = [name for name in rows.features if is_plain(rows.features[name])]
    return rows.select(range(min(len(rows), _SAMPLE_ROWS))).select_columns(plain)


def choose_columns(rows: Dataset, text: str | None = None, label: str | None = None, pair: str | None = None) -> Choice:
    """The columns asked for, and a guess for each other one. Raises DataError for a missing one."""
    if label:
        require_column(rows.features, label, "label")
    sample = plain_sample(rows)
    text, pair = known_texts(rows, text, pair, label)
    label = label or guess_label(sample, {name for name in (text, pair) if name})
    return Choice(text or longest_text(sample, [pair, label]), pair, label)


def known_texts(rows: Dataset, text: str | None, pair: str | None, label: str | None) -> tuple[str | None, str | None]:
    """Text and second text: those asked for, else two by their names. Raises DataError for what holds no text."""
    for name in (text, pair):
        if name:
            require_column(rows.features, name, "text")
    if text:
        return text, pair
    texts = [name for name in rows.features if is_text(rows.features[name]) and name != label]
    if pair:
        return partner(texts, pair), pair
    return next(iter(_pairs_in(texts)), (None, None))


def partner(texts: Sequence[str], text: str) -> str | None:
    """The column that goes with this one by their names."""
    pair = next((pair for pair in _pairs_in(texts) if text in pair), None)
    return None if pair is None else pair[pair[0] == text]


def longest_text(rows: Dataset, taken: Sequence[str | None]) -> str | None:
    """The column of texts by its name, else the one with the longest, without those that are taken."""
    texts = [name for name in rows.features if is_text(rows.features[name]) and name not in taken]
    return by_name(_TEXT_NAMES, texts) or _longest(rows, texts)


def by_name(known: Sequence[str], names: Sequence[str]) -> str | None:
    """The first of `known` that is among the names, in whatever case."""
    by_lower = {name.lower(): name for name in reversed(names)}
    return next((by_lower[name] for name in known if name in by_lower), None)


def _pairs_in(texts: Sequence[str]) -> Iterable[tuple[str, str]]:
    by_lower = {name.lower(): name for name in texts}
    for first, second in _PAIR_NAMES:
        if first in by_lower and second in by_lower:
            yield by_lower[first], by_lower[second]


def guess_label(sample: Dataset, taken: set[str]) -> str | None:
    """The column that looks most like a class; None where none does."""
    free: list[str] = [name for name in sample.column_names if name not in taken]
    if declared := [name for name in free if isinstance(sample.features[name], ClassLabel)]:
        return by_name(LABEL_NAMES, declared) or declared[0]
    classes = {name: len(set(sample[name][:])) for name in free}
    # An `answer` is a class in one dataset and free text in another.
    repeated = [name for name in free if classes[name] <= max(2, len(sample) // 2)]
    if named := by_name(LABEL_NAMES, repeated):
        return named
    few = [n for n in free if 2 <= classes[n] <= min(_GUESSED_CLASSES, max(2, len(sample) // 5))]
    return min(few, key=lambda name: classes[name]) if few else None


def _longest(sample: Dataset, texts: Sequence[str]) -> str | None:
    lengths = {name: sum(len(cell or "") for cell in sample[name][:]) for name in texts}
    return max(lengths, key=lambda name: lengths[name]) if lengths else None
