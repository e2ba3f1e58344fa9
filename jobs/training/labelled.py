"""What tasks do alike that learn labels: rows as parallel lists, checks of them, tokens, words for the card."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self

from datasets import Dataset

from core.recipe import Roles
from jobs.training.columns import listing
from jobs.training.errors import DataError

if TYPE_CHECKING:
    from transformers import BatchEncoding, PreTrainedModel, PreTrainedTokenizerBase

MINIMUM_ROWS = 20
# Of each class, or with each kind of entity.
MINIMUM_ROWS_OF_ONE = 2
# Labels that a card names.
_NAMED = 8
_CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True)
class ParallelLists:
    """Rows of one split: each field is a list with one entry a row, or None."""

    def __len__(self) -> int:
        return len(self._lists()[0] or ())

    def select(self, indices: Iterable[int]) -> Self:
        """These rows, in this order."""
        chosen = list(indices)
        return type(self)(*(None if each is None else [each[i] for i in chosen] for each in self._lists()))

    def fingerprint(self) -> str:
        """Same rows in the same order, same fingerprint."""
        return hashlib.blake2b(json.dumps(self._lists()).encode(), digest_size=16).hexdigest()

    def _lists(self) -> list[list[object] | None]:
        return [getattr(self, field.name) for field in fields(self)]


class LabelTask:
    """What a task answers whose labels are names: no more to say of them, and models that are trained as they are."""

    learned = "class"

    def suits(self, rows: Dataset, asked: Roles, columns: Roles) -> bool:  # noqa: ARG002
        """Whether data with these columns is learned so where nobody said how."""
        return True

    def spread(self, examples: Any) -> str:  # noqa: ARG002
        """What the plan says of the answers in place of how often each label is there."""
        return ""

    def in_training(self, model: "PreTrainedModel", data: Any) -> AbstractContextManager[None]:  # noqa: ARG002
        """The model as it is trained; afterwards it is as it is used."""
        return nullcontext()


def ensure_any(rows: int, content: str) -> None:
    """Raise DataError where there are no rows with this `content`."""
    if rows == 0:
        raise DataError(f"The training split has no rows with {content}. Check the file, or choose another split.")


def ensure_enough(rows: int) -> None:
    """Raise DataError where there are too few rows to learn from."""
    if rows < MINIMUM_ROWS:
        raise DataError(f"The training split has {rows} rows; at least {MINIMUM_ROWS} are needed.")


def ensure_enough_of_each(counts: Mapping[str, int], what: str) -> None:
    """Raise DataError for each `what` (a class, an entity) that stands in too few rows."""
    rare = [label for label, count in counts.items() if count < MINIMUM_ROWS_OF_ONE]
    if rare:
        raise DataError(
            f"Each {what} needs at least {MINIMUM_ROWS_OF_ONE} rows; too few have {listing(sorted(rare))}. "
            f"Add rows or take the {what} out."
        )


def tokens_of(characters: Sequence[int]) -> float:
    """About how many tokens texts of these lengths have on average."""
    return sum(characters) / max(len(characters), 1) / _CHARACTERS_PER_TOKEN


def absent(labels: Sequence[str], counts: Counter[str], sentence: str) -> list[str]:
    """A `sentence` that ends with the labels that no row has; none where all are there."""
    names = [name for name in labels if name not in counts]
    return [f"{sentence} {listing(names)}."] if names else []


def rows_of(
    encoded: "BatchEncoding", tokenizer: "PreTrainedTokenizerBase", answers: Sequence[object]
) -> list[dict[str, Any]]:
    """Each row as the model takes it, with its answer."""
    names = [name for name in encoded if name in tokenizer.model_input_names]
    return [{name: encoded[name][at] for name in names} | {"labels": answer} for at, answer in enumerate(answers)]


def cut_off(encoded: "BatchEncoding") -> int:
    """How many rows did not fit, as a fast tokenizer knows."""
    return sum(bool(encoding.overflowing) for encoding in encoded.encodings or ())


def named(labels: Sequence[str]) -> str:
    """The labels for the card, the first ones by name."""
    more = f" and {len(labels) - _NAMED} more" if len(labels) > _NAMED else ""
    return ", ".join(f"`{label}`" for label in labels[:_NAMED]) + more
