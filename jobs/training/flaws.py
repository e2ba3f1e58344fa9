"""What is wrong with the rows of a dataset, each as a sentence with what to do about it. Torch-free."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from itertools import combinations

import datasets
from datasets import Dataset, DatasetDict

from core.recipe import Splits
from jobs.training.columns import listing
from jobs.training.tasks import RowTexts

QUOTED = 60
SHOWN_LABELS = 5


def find_flaws(
    loaded: DatasetDict, texts: Mapping[str, RowTexts], use: Splits, *, has_labels: bool, is_choice: bool
) -> list[str]:
    """Empty texts and labels, copies, rows in two splits, texts with two labels, labels that one split lacks.

    `texts` are the rows of the splits that have a text. Where an answer `is_choice`, it is one of some labels.
    """
    flaws = [flaw for name, rows in texts.items() for flaw in _gaps(name, rows, has_labels=has_labels)]
    for name, rows in loaded.items():
        flaws += _copies(name, rows, texts.get(name))
    order = [name for name in dict.fromkeys((use.train, use.validation, use.test, *texts)) if name in texts]
    for kept, held in combinations([str(name) for name in order], 2):
        flaws += _shared(kept, held, texts)
    if has_labels:
        flaws += _torn(texts)
    if has_labels and is_choice:
        flaws += _unknown_labels(str(use.train), texts)
    return flaws


def _gaps(split: str, rows: RowTexts, *, has_labels: bool) -> list[str]:
    flaws = []
    if empty := sum(not text.strip() for text in rows.texts):
        flaws.append(f"No text: {_count(empty)} of `{split}`. A run leaves them out: fill them in, or take them out.")
    missing = rows.answers.count(None) if has_labels else 0
    if missing and missing == len(rows.answers):
        return [*flaws, f"No label: all rows of `{split}`. Nothing can be learned or tested on them: label some."]
    if missing:
        flaws.append(f"No label: {_count(missing)} of `{split}`. A run leaves them out: label them, or take them out.")
    return flaws


def _copies(split: str, rows: Dataset, texts: RowTexts | None) -> list[str]:
    """Rows that stand there twice in all columns, and texts that do whatever the other columns say."""
    # Pictures and sounds would have to be opened one by one, and lists are told by their text.
    plain = all(isinstance(feature, datasets.Value | datasets.ClassLabel) for feature in rows.features.values())
    whole = list(zip(*(map(str, rows[name][:]) for name in rows.features), strict=True)) if plain else []
    keys = [key if text.strip() else "" for key, text in zip(texts.keys, texts.texts, strict=True)] if texts else []
    flaws = []
    if exact := len(whole) - len(set(whole)):
        flaws.append(f"Exact copies: {_count(exact)} of `{split}`. Take them out: they count twice.")
    different = set(zip(whole, keys, strict=True)) if plain and texts else list(enumerate(keys))
    filled = [key for _, key in different if key]
    if again := len(filled) - len(set(filled)):
        flaws.append(
            f"Same text again: {_count(again)} of `{split}`, apart from case and spacing. Keep one row of each text."
        )
    return flaws


def _shared(kept: str, held: str, texts: Mapping[str, RowTexts]) -> list[str]:
    seen = {key for key, text in zip(texts[kept].keys, texts[kept].texts, strict=True) if text.strip()}
    both = sum(key in seen for key in texts[held].keys)
    if not both:
        return []
    where = f"{both:,} of {_count(len(texts[held].keys))} of `{held}` stand in `{kept}` too"
    advice = f"A run leaves them out of `{kept}`; take them out, or others' figures look better than they are"
    return [f"In two splits: {where}. {advice}."]


def _torn(texts: Mapping[str, RowTexts]) -> list[str]:
    answers: dict[str, set[str]] = defaultdict(set)
    wording: dict[str, str] = {}
    for rows in texts.values():
        for key, text, answer in zip(rows.keys, rows.texts, rows.answers, strict=True):
            if answer is not None and text.strip():
                answers[key].add(answer)
                wording.setdefault(key, text)
    torn = [key for key, different in answers.items() if len(different) > 1]
    if not torn:
        return []
    first = " ".join(wording[torn[0]].split())
    shown = first if len(first) <= QUOTED else f"{first[: QUOTED - 1]}…"
    labels = listing(sorted(answer[:QUOTED] for answer in answers[torn[0]]), SHOWN_LABELS)
    number = f"{len(torn):,} text{'s' if len(torn) > 1 else ''}"
    return [f"Different labels for the same text: {number}, such as “{shown}” ({labels}). Decide on one for each."]


def _unknown_labels(train: str, texts: Mapping[str, RowTexts]) -> list[str]:
    if train not in texts:
        return []
    known = Counter(texts[train].answers)
    flaws = []
    for name, rows in texts.items():
        unknown = sorted({answer for answer in rows.answers if answer is not None and answer not in known})
        # Tags of whole rows differ from row to row.
        if unknown and len(known) <= max(2, len(texts[train].answers) // 2):
            flaws.append(
                f"Labels that `{train}` lacks: {listing(unknown, SHOWN_LABELS)} of `{name}`. Nobody can learn them: "
                f"add such rows to `{train}`."
            )
    return flaws


def _count(rows: int) -> str:
    return f"{rows:,} row{'' if rows == 1 else 's'}"
