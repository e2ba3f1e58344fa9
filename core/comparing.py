"""Two models on the same rows: how their labels go together, how often they agree, how often each is right."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

GENERIC = re.compile(r"label[_ ]?\d+", re.IGNORECASE)
# The 97.5th percentile of the normal distribution.
Z95 = 1.959963984540054


@dataclass(frozen=True)
class Matched:
    """A model's labels under the names of the data; `by` is how they were found: name or number."""

    names: Mapping[str, str]
    by: str


@dataclass(frozen=True)
class Accuracy:
    """`hits` of `rows` are right; `low` to `high` is the 95 % interval."""

    hits: int
    rows: int
    low: float
    high: float

    @property
    def share(self) -> float:
        return self.hits / self.rows


def is_generic(labels: Sequence[str]) -> bool:
    """Whether the labels are numbers alone, as transformers writes them for a model without names."""
    return bool(labels) and all(GENERIC.fullmatch(label) for label in labels)


def match_labels(labels: Sequence[str], names: Sequence[str], *, declared: bool) -> Matched | None:
    """A model's `labels` under the `names` of the data, both in id order; None where they do not go together.

    By name where every name of the data has one label that is the same word or a longer form of it (`neg`,
    `negative`; `1`, `1 star`). By number where there are as many, the order is the data's own (`declared`), and one
    side has nothing but numbers: two sides that both have words which differ are about different things.
    """
    found = {name: _alike(name, labels) for name in names}
    chosen = [label for label in found.values() if label]
    if names and len(set(chosen)) == len(names):
        return Matched({label: name for name, label in found.items() if label}, "name")
    is_counted = list(names) == [str(at) for at in range(len(names))]
    if declared and len(labels) == len(names) and (is_generic(labels) or is_counted):
        return Matched(dict(zip(labels, names, strict=True)), "number")
    return None


def align_labels(ours: Sequence[str], theirs: Sequence[str]) -> Mapping[str, str] | None:
    """What `theirs` are called among `ours`; a label that ours lack keeps its name. None where they share none."""
    found = {label: _alike(label, ours) for label in theirs}
    shared = [name for name in found.values() if name]
    if not shared or len(set(shared)) < len(shared):
        return None
    return {label: name or label for label, name in found.items()}


def wilson(hits: int, rows: int) -> Accuracy:
    """The share of `hits` with its 95 % Wilson score interval (Wilson, 1927)."""
    share, z2 = hits / rows, Z95**2
    middle = (share + z2 / (2 * rows)) / (1 + z2 / rows)
    spread = Z95 / (1 + z2 / rows) * math.sqrt(share * (1 - share) / rows + z2 / (4 * rows**2))
    return Accuracy(hits, rows, max(0.0, middle - spread), min(1.0, middle + spread))


def kappa(first: Sequence[str], second: Sequence[str]) -> float | None:
    """Cohen's kappa (1960): agreement beyond chance, 1 at most; None where chance alone explains all of it."""
    rows, ours, theirs = len(first), Counter(first), Counter(second)
    seen = sum(a == b for a, b in zip(first, second, strict=True)) / rows
    chance = sum(ours[label] * theirs[label] for label in ours) / rows**2
    return None if chance == 1 else (seen - chance) / (1 - chance)


def mcnemar(only_first: int, only_second: int) -> float:
    """The exact two-sided p of McNemar's test (1947), on the rows that one model alone has right."""
    torn = only_first + only_second
    tail = sum(math.comb(torn, hits) for hits in range(min(only_first, only_second) + 1))
    return min(1.0, float(2 * tail / 2**torn))


def _alike(name: str, labels: Sequence[str]) -> str | None:
    """The one label that means `name`: the same word, else the only one that begins with it or that it begins with."""
    wanted, plain = _plain(name), {label: _plain(label) for label in labels}
    same = [label for label, word in plain.items() if word == wanted]
    if not same and not is_generic(labels):
        same = [label for label, word in plain.items() if _begins(word, wanted) or _begins(wanted, word)]
    return same[0] if len(same) == 1 else None


def _begins(long: str, short: str) -> bool:
    return long.startswith(f"{short} ") or (len(short) >= 3 and not short.isdigit() and long.startswith(short))


def _plain(label: str) -> str:
    return " ".join(re.split(r"[\s_/-]+", label.casefold().strip()))
