"""The tags that the Hub derives from a dataset's card and data files."""

from collections.abc import Mapping
from itertools import pairwise

import pyarrow as pa
import pyarrow.parquet as pq

from sandbox.hub import cards
from sandbox.hub.blobs import Blobs
from sandbox.hub.records import Tree

_PREFIXES = {
    "task_categories": "task_categories",
    "task_ids": "task_ids",
    "annotations_creators": "annotations_creators",
    "language_creators": "language_creators",
    "multilinguality": "multilinguality",
    "source_datasets": "source_datasets",
    "language": "language",
    "license": "license",
}
_FORMATS = {"csv": "csv", "tsv": "csv", "json": "json", "jsonl": "json", "parquet": "parquet", "txt": "text"}
_SIZES = (0, 10**3, 10**4, 10**5, 10**6, 10**7, 10**8, 10**9)
_SIZE_NAMES = ("n", "1K", "10K", "100K", "1M", "10M", "100M", "1B")


def dataset_tags(card: Mapping[str, object], tree: Tree, blobs: Blobs) -> list[str]:
    tags = [f"{prefix}:{v}" for key, prefix in _PREFIXES.items() for v in cards.as_list(card.get(key))]
    sizes = cards.as_list(card.get("size_categories")) or [size_category(_rows(card, tree, blobs))]
    tags += [f"size_categories:{size}" for size in sizes if size]
    formats = {_FORMATS[suffix] for path in tree if (suffix := path.rpartition(".")[2]) in _FORMATS}
    tags += [f"format:{name}" for name in sorted(formats)]
    tags += ["modality:text", "library:datasets"] if formats else []
    tags += cards.texts(card, "tags")
    return list(dict.fromkeys((*tags, "region:us")))


def size_category(rows: int | None) -> str | None:
    """The Hub's name for a number of rows, such as `1K<n<10K`."""
    if rows is None:
        return None
    if rows < _SIZES[1]:
        return "n<1K"
    for (low, high), (low_name, high_name) in zip(pairwise(_SIZES), pairwise(_SIZE_NAMES), strict=True):
        if low <= rows < high:
            return f"{low_name}<n<{high_name}"
    return "n>1T" if rows >= 10**12 else "1B<n<10B"


def _rows(card: Mapping[str, object], tree: Tree, blobs: Blobs) -> int | None:
    """From the card's split sizes, else counted in the data files; None where there are none to count."""
    infos = [info for info in cards.as_list(card.get("dataset_info")) if isinstance(info, dict)]
    splits = [split for info in infos for split in cards.as_list(info.get("splits")) if isinstance(split, dict)]
    if splits:
        return sum(int(split.get("num_examples") or 0) for split in splits)
    counts = [
        _file_rows(path, blobs, entry.sha256)
        for path, entry in tree.items()
        if path.endswith((".csv", ".jsonl", ".parquet"))
    ]
    return sum(counts) if counts else None


def _file_rows(path: str, blobs: Blobs, sha256: str) -> int:
    place = blobs.path(sha256)
    if path.endswith(".parquet"):
        try:
            return int(pq.read_metadata(place).num_rows)
        except pa.ArrowInvalid:
            return 0
    with place.open("rb") as file:
        lines = sum(1 for line in file if line.strip())
    return max(lines - 1, 0) if path.endswith(".csv") else lines
