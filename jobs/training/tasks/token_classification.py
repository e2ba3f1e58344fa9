"""Token classification, a BIO tag a word: columns, rows, checks, pieces and figures. Torch-free when imported.

Entities are counted in jobs/training/entities.py rather than by a library: what there is for it (seqeval) has had no
release since 2020, and the interval needs the counts of every document.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from datasets import ClassLabel, Dataset, Features

from core.figures import Figure
from core.recipe import Roles
from jobs.training.columns import by_name, inner, is_text, listing
from jobs.training.entities import (
    BEGINS,
    OUTSIDE,
    Hits,
    count_hits,
    f1_margin,
    figures_by_kind,
    first_orphan,
    is_tag,
    kind_of,
    precision_recall_f1,
)
from jobs.training.errors import DataError
from jobs.training.labelled import (
    LabelTask,
    ParallelLists,
    absent,
    cut_off,
    ensure_any,
    ensure_enough,
    ensure_enough_of_each,
    named,
    rows_of,
    tokens_of,
)
from jobs.training.tasks import (
    CardTable,
    Cell,
    Encoded,
    Guess,
    Logits,
    Reads,
    RowTexts,
    SplitRows,
    TrainingData,
    named_head,
    place_of,
    probabilities,
)

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from jobs.training.charts import Panel

MAXIMUM_TAGS = 1000
_WORDS_NAMES = ("tokens", "words", "text", "sentence")
_TAGS_NAMES = ("ner_tags", "tags", "labels", "ner", "entities", "label")
_SAMPLE_ROWS = 200
# What the loss passes over: pieces that are not the first of their word.
_IGNORED = -100


@dataclass(frozen=True)
class TaggedWords(ParallelLists):
    """Rows of one split, as parallel lists of words and of their tags."""

    words: list[list[str]]
    tags: list[list[str]]

    def keys(self) -> list[str]:
        """The words without case."""
        return [" ".join(words).casefold() for words in self.words]

    def answers(self) -> list[str]:
        return [" ".join(tags) for tags in self.tags]

    def groups(self) -> list[str]:
        """The rarest kind of entity in a row, so that each split gets some of it."""
        kinds = self.kinds()
        return [
            min(there, key=lambda kind: (kinds[kind], kind)) if (there := _kinds(tags)) else "" for tags in self.tags
        ]

    def kinds(self) -> Counter[str]:
        """In how many rows each kind of entity is."""
        return Counter(kind for tags in self.tags for kind in _kinds(tags))

    def counts(self) -> Counter[str]:
        return Counter(tag for tags in self.tags for tag in tags)

    def renamed(self, names: Mapping[str, str]) -> "TaggedWords":
        return TaggedWords(self.words, [[names[tag] for tag in tags] for tags in self.tags])


@dataclass(frozen=True)
class TagAssessment:
    """A tagger's answers on `examples`; words that were cut off have none and count as outside."""

    examples: TaggedWords
    encoded: Encoded
    logits: Logits
    names: list[str]

    @cached_property
    def predicted(self) -> list[list[str]]:
        """The tag of every word: that of its first piece."""
        best = self.logits.argmax(axis=-1)
        rows = []
        for at, (words, pieces) in enumerate(zip(self.examples.words, self.encoded.pieces, strict=True)):
            tags = [OUTSIDE] * len(words)
            for word, piece in pieces.items():
                tags[word] = self.names[best[at, piece]]
            rows.append(tags)
        return rows

    @property
    def kinds(self) -> list[str]:
        """Kinds of entities, in the order of their tags."""
        return list(dict.fromkeys(kind for name in self.names if (kind := kind_of(name))))

    @cached_property
    def hits(self) -> Hits:
        """What was found, by document and kind."""
        return count_hits(self.examples.tags, self.predicted, self.kinds)

    def figures(self, *, margins: bool) -> tuple[Figure, ...]:
        precision, recall, f1 = (float(share) for share in precision_recall_f1(self.hits.sum(axis=(0, 1))))
        margin = f1_margin(self.hits) if margins else None
        return (
            replace(TokenClassification.main, value=f1, margin=margin),
            Figure("precision", "precision", precision),
            Figure("recall", "recall", recall),
            Figure("accuracy", "token accuracy", self._accuracy()),
        )

    def _accuracy(self) -> float:
        pairs = zip(self.examples.tags, self.predicted, strict=True)
        right = [ours == theirs for true, found in pairs for ours, theirs in zip(true, found, strict=True)]
        return sum(right) / max(len(right), 1)

    def metrics(self) -> dict[str, float | int]:
        return {"entities": int(self.hits[:, :, 2].sum())}

    def predictions(self) -> Iterator[dict[str, Cell]]:
        rows = zip(self.examples.words, self.examples.tags, self.predicted, self.encoded.pieces, strict=True)
        for at, (words, tags, predicted, pieces) in enumerate(rows):
            best = probabilities(self.logits[at]).max(axis=-1)
            scores = [float(best[piece]) for piece in pieces.values()]
            score = round(sum(scores) / len(scores), 6) if scores else None
            yield {"tokens": words, "tags": tags, "predicted": predicted, "score": score}

    def panel(self) -> "Panel":
        from jobs.training.charts import shares_panel

        by_kind = figures_by_kind(self.hits, self.kinds)
        parts = [f"{one.kind} {one.f1:.3f} ({one.entities:,} in the test rows)" for one in by_kind]
        alt = f"F1 by entity: {', '.join(parts)}."
        return shares_panel({one.kind: one.f1 for one in by_kind}, "F1 by entity", alt)

    def overall(self) -> CardTable:
        f1, *others = self.figures(margins=True)
        margin = "" if f1.margin is None else f" ± {f1.margin:.3f} (95 %, bootstrap over rows)"
        return CardTable(
            ["", "test"],
            [["F1 of entities", f"{f1.value:.3f}{margin}"], *([one.words, f"{one.value:.3f}"] for one in others)],
        )

    def by_label(self) -> CardTable:
        rows = [
            [one.kind, f"{one.precision:.3f}", f"{one.recall:.3f}", f"{one.f1:.3f}", f"{one.entities:,}"]
            for one in figures_by_kind(self.hits, self.kinds)
        ]
        return CardTable(["entity", "precision", "recall", "F1", "entities"], rows)

    def details(self) -> dict[str, object]:
        kinds = [asdict(one) for one in figures_by_kind(self.hits, self.kinds)]
        return {"kinds": kinds, "labels": self.names}


class TokenClassification(LabelTask):
    """Finds names, places and the like: a tag for each word, which says where an entity begins and goes on."""

    name = "token-classification"
    aim = "find names, places and the like"
    needs = "lists of words, and a tag a word (`B-…`, `I-…` or `O`)"
    learned = "tag"
    auto = "AutoModelForTokenClassification"
    ability = "tag words"
    main = Figure("f1", "F1", None, is_main=True)
    reads: Reads = "words"
    content = "text"
    index_names: Mapping[str, str] = {
        "f1": "F1",
        "precision": "Precision",
        "recall": "Recall",
        "accuracy": "Token accuracy",
    }

    def choose(self, rows: Dataset, asked: Roles) -> Guess:
        features, text, label = rows.features, asked.get("text"), asked.get("label")
        if "text_pair" in asked:
            return {"text": None, "label": None}
        words = [name for name in features if is_text(inner(features[name]))]
        tags = [name for name in features if _may_be_tags(rows, name)]
        is_guess = text is None and label is None
        if text in words or (label in tags and text is None):
            _require(features, label, tags, "one tag a word")
        elif not is_guess:
            return {"text": None, "label": None}
        label = label or by_name(_TAGS_NAMES, tags) or next(iter(tags), None)
        words = [name for name in words if name != label]
        text = text or by_name(_WORDS_NAMES, words) or next(iter(words), None)
        if is_guess and text and label and len(rows) and not _go_together(rows, text, label):
            return {"text": None, "label": None}
        return {"text": text, "label": label}

    def tokens(self, rows: Dataset, columns: Roles) -> float:
        return tokens_of([sum(len(word or "") + 1 for word in words or ()) for words in rows[columns["text"]][:]])

    def is_labelled(self, rows: Dataset, columns: Roles) -> bool:
        column = columns["label"]
        return column in rows.features and any(None not in tags for tags in _tag_names(rows, column) if tags)

    def row_texts(self, rows: Dataset, columns: Roles) -> RowTexts:
        words = [[word or "" for word in cell or ()] for cell in rows[columns["text"]][:]]
        label = columns.get("label", "")
        tags = _tag_names(rows, label) if label in rows.features else [[] for _ in words]
        answers = [" ".join(tag or "?" for tag in row) or None for row in tags]
        return RowTexts([" ".join(row) for row in words], TaggedWords(words, []).keys(), answers)

    def read(self, rows: Dataset, columns: Roles) -> SplitRows[TaggedWords]:
        if len(rows) == 0:
            return SplitRows(TaggedWords([], []))
        text, label = columns["text"], columns["label"]
        _require(rows.features, text, [n for n in rows.features if is_text(inner(rows.features[n]))], "words")
        _require(rows.features, label, [n for n in rows.features if inner(rows.features[n])], "one tag a word")
        words = [[word or "" for word in cell or ()] for cell in rows[text][:]]
        filled = [at for at, row in enumerate(words) if any(word.strip() for word in row)]
        tags = _tag_names(rows, label)
        examples = TaggedWords(
            [words[at] for at in filled], [_checked(words[at], tags[at], place_of(rows, at), label) for at in filled]
        )
        return SplitRows(examples, empty=len(words) - len(filled))

    def labels(self, rows: Dataset, columns: Roles, parts: Sequence[TaggedWords]) -> list[str]:
        feature = inner(rows.features[columns["label"]])
        if isinstance(feature, ClassLabel):
            return list(feature.names)
        there = {tag for part in parts for tag in part.counts()}
        return sorted(there, key=lambda tag: (kind_of(tag), tag))

    def check(self, examples: TaggedWords, columns: Roles) -> None:
        rows, kinds, tags = len(examples), examples.kinds(), len(examples.counts())
        ensure_any(rows, "words")
        if not kinds:
            raise DataError(f"Every tag in the column `{columns['label']}` is `{OUTSIDE}`: there is nothing to find.")
        ensure_enough(rows)
        if tags > MAXIMUM_TAGS:
            raise DataError(f"The column `{columns['label']}` has {tags:,} different tags; {MAXIMUM_TAGS:,} at most.")
        ensure_enough_of_each(kinds, "entity")

    def lack(self, examples: TaggedWords) -> str:
        return "" if examples.kinds() else "rows without an entity"

    def imbalance(self, examples: TaggedWords, rows: str) -> list[str]:  # noqa: ARG002
        """Most words are outside in any such data, and F1 of entities does not count them."""
        return []

    def oddities(self, examples: TaggedWords, labels: Sequence[str]) -> list[str]:
        return absent(labels, examples.counts(), "No training word has the tag")

    def summary(self, data: TrainingData[TaggedWords]) -> dict[str, object]:
        counts = data.train.counts()
        return {"classes": {tag: counts[tag] for tag in data.labels}}

    def head(self, labels: Sequence[str]) -> dict[str, object]:
        return named_head(labels)

    def encode(
        self, examples: TaggedWords, labels: Sequence[str], tokenizer: "PreTrainedTokenizerBase", max_length: int
    ) -> Encoded:
        ids = {label: i for i, label in enumerate(labels)}
        encoded = tokenizer(examples.words, is_split_into_words=True, truncation=True, max_length=max_length)
        answers, pieces = [], []
        for at, tags in enumerate(examples.tags):
            first: dict[int, int] = {}
            for piece, word in enumerate(encoded.word_ids(at)):
                if word is not None:
                    first.setdefault(word, piece)
            row = [_IGNORED] * len(encoded["input_ids"][at])
            for word, piece in first.items():
                row[piece] = ids[tags[word]]
            answers.append(row)
            pieces.append(first)
        return Encoded(rows_of(encoded, tokenizer, answers), cut_off(encoded), tuple(pieces))

    def collator(self, tokenizer: "PreTrainedTokenizerBase", multiple: int | None) -> Any:
        from transformers import DataCollatorForTokenClassification

        return DataCollatorForTokenClassification(tokenizer, pad_to_multiple_of=multiple, label_pad_token_id=_IGNORED)

    def assess(
        self, data: TrainingData[TaggedWords], examples: TaggedWords, encoded: Encoded, logits: Logits
    ) -> TagAssessment:
        return TagAssessment(examples, encoded, np.asarray(logits), data.labels)

    def limit(self, max_length: int) -> str:
        return f"{max_length} tokens"

    def purpose(self, labels: Sequence[str]) -> str:
        kinds = list(dict.fromkeys(kind for label in labels if (kind := kind_of(label))))
        return f"find entities in a text, of {len(kinds)} kinds: {named(kinds)}"

    def sources(self, columns: Roles) -> str:
        return f"words from `{columns['text']}`, tags from `{columns['label']}`"

    def usage(self, model: str) -> str:
        options = f'"{self.name}", model="{model}", aggregation_strategy="first"'
        return f'find = pipeline({options})\nprint(find("A text with names in it."))'


def _kinds(tags: Sequence[str]) -> set[str]:
    return {kind for tag in tags if (kind := kind_of(tag))}


def _may_be_tags(rows: Dataset, column: str) -> bool:
    """Whether a column holds lists of declared classes, or of words of which each is a tag."""
    tags = inner(rows.features[column])
    if isinstance(tags, ClassLabel):
        return True
    if not is_text(tags):
        return False
    sample = [tag for cell in rows[column][:_SAMPLE_ROWS] for tag in cell or () if tag is not None]
    # A few wrong ones are told of by name, rather than taken for a column of another kind.
    return sum(is_tag(tag) for tag in sample) > len(sample) / 2


def _go_together(rows: Dataset, words: str, tags: str) -> bool:
    """Whether most rows have a tag a word; some that do not are told of by name."""
    sample = rows[:_SAMPLE_ROWS]
    same = [len(one or ()) == len(other or ()) for one, other in zip(sample[words], sample[tags], strict=True)]
    return sum(same) > len(same) / 2


def _require(features: Features, name: str | None, fitting: Sequence[str], what: str) -> None:
    """Raise DataError where a named column is not there or does not hold lists of `what`."""
    if name is not None and name not in features:
        raise DataError(f"There is no column `{name}`. The columns are {listing(features)}.")
    if name is not None and name not in fitting:
        raise DataError(f"The column `{name}` does not hold {what}. Columns that do: {listing(fitting)}.")


def _tag_names(rows: Dataset, column: str) -> list[list[str | None]]:
    feature, cells = inner(rows.features[column]), rows[column][:]
    if isinstance(feature, ClassLabel):
        names = feature.names
        return [[names[tag] if tag is not None and tag >= 0 else None for tag in cell or ()] for cell in cells]
    return [[None if tag is None else str(tag) for tag in cell or ()] for cell in cells]


def _checked(words: list[str], tags: list[str | None], row: str, column: str) -> list[str]:
    """The tags as they are. Raises DataError that names the row and the tag of what is wrong; nothing is mended."""
    if len(words) != len(tags):
        raise DataError(f"{row} has {len(words):,} words and {len(tags):,} tags. There must be one tag a word.")
    whole = [tag for tag in tags if tag is not None]
    if len(whole) < len(tags):
        raise DataError(f"{row} has no tag for its word {tags.index(None) + 1}. Fill it in or take the row out.")
    wrong = next((tag for tag in whole if not is_tag(tag)), None)
    if wrong is not None:
        raise DataError(
            f"{row} has the tag `{wrong}`, and tags are `O`, `B-…` where an entity begins and `I-…` where it goes on. "
            f"Mend the column `{column}`, or choose another with `label=…`."
        )
    orphan = first_orphan(whole)
    if orphan is not None:
        raise DataError(
            f"{row} has the tag `{whole[orphan]}` at word {orphan + 1} without the `{BEGINS}{kind_of(whole[orphan])}` "
            f"that such an entity begins with. Mend the column `{column}`, or choose another with `label=…`."
        )
    return whole


TASK = TokenClassification()
