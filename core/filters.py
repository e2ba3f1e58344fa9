"""Which filters a search for models, datasets or Spaces can have."""

from collections.abc import Iterable

from core.errors import Mistake

OF_DATASETS = ("task", "library", "language", "license", "author", "gated")
FITTING: dict[str, tuple[str, ...]] = {
    "model": (*OF_DATASETS, "size_max", "dataset", "base", "inference"),
    "dataset": OF_DATASETS,
    "space": ("license", "author"),
}
NAMES = {"size_max": "size"}


def ensure_fits(kind: str, given: Iterable[str]) -> None:
    """Mistake for a filter that the Hub does not have for this kind."""
    for field in given:
        if field in FITTING["model"] and field not in FITTING[kind]:
            name = NAMES.get(field, field)
            reason = " counts parameters, so it" if field == "size_max" else ""
            others = "models" if field not in OF_DATASETS else "models and datasets"
            raise Mistake(f"`{name}`{reason} goes with {others} only. Leave it out to search {kind}s.", field=name)
