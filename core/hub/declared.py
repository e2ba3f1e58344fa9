"""What a dataset's card declares of its data (`dataset_info`), which people write by hand and tools write in part."""

from collections.abc import Iterator, Mapping
from typing import Any

Names = tuple[str, ...]


def class_names(declared: object) -> Iterator[Names]:
    """The names of each class column of each config, in id order."""
    for feature in _of(declared, "features"):
        dtype = feature.get("dtype")
        names = (dtype.get("class_label") or {}).get("names") if isinstance(dtype, Mapping) else None
        if isinstance(names, Mapping):
            ordered = sorted(
                names.items(),
                key=lambda pair: (not str(pair[0]).isdigit(), int(pair[0]) if str(pair[0]).isdigit() else 0),
            )
            yield tuple(str(name) for _, name in ordered)
        elif isinstance(names, list):
            yield tuple(str(name) for name in names)


def splits_of(declared: object) -> tuple[tuple[str, int], ...]:
    """Splits with their rows; of several configs the first."""
    rows = [(str(split.get("name")), split.get("num_examples")) for split in _of(_first(declared), "splits")]
    return tuple((name, number) for name, number in rows if isinstance(number, int))


def columns_of(declared: object) -> tuple[tuple[str, str], ...]:
    """Columns with their types in a word; of several configs the first."""
    return tuple((str(each.get("name")), _type(each)) for each in _of(_first(declared), "features"))


def _type(feature: Mapping[str, Any]) -> str:
    dtype = feature.get("dtype")
    if isinstance(dtype, Mapping):
        if "class_label" in dtype:
            return "class"
        return next((str(kind) for kind in dtype), "")
    return str(dtype) if dtype else next((kind for kind in ("list", "sequence", "struct") if kind in feature), "")


def _first(declared: object) -> object:
    return next(iter(declared), None) if isinstance(declared, list) else declared


def _of(declared: object, field: str) -> Iterator[Mapping[str, Any]]:
    for info in declared if isinstance(declared, list) else [declared]:
        found = info.get(field) if isinstance(info, Mapping) else None
        yield from (each for each in found if isinstance(each, Mapping)) if isinstance(found, list) else ()
