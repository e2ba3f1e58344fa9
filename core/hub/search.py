"""Search: lists of models, datasets and Spaces, and which filter is to blame for an empty one."""

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from pathlib import Path
from typing import Any

from huggingface_hub import DatasetInfo, ModelInfo, SpaceInfo, constants, try_to_load_from_cache
from huggingface_hub.file_download import repo_folder_name

from core.errors import HubError
from core.filters import FITTING, ensure_fits
from core.hub.facts import Hit, Kind, Page, Query, Searched
from core.hub.gateway import Side

log = logging.getLogger(__name__)
SORTS: dict[str, Any] = {
    "downloads": "downloads",
    "likes": "likes",
    "updated": "last_modified",
    "created": "created_at",
    "trending": "trending_score",
}
TRIES = 6
# Bytes a parameter, by the names that safetensors has for types; rarer ones are packed and not counted.
WIDTHS = {
    "F64": 8,
    "I64": 8,
    "U64": 8,
    "F32": 4,
    "I32": 4,
    "U32": 4,
    "F16": 2,
    "BF16": 2,
    "I16": 2,
    "U16": 2,
    "F8_E4M3": 1,
    "F8_E5M2": 1,
    "I8": 1,
    "U8": 1,
    "BOOL": 1,
}
WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
_LISTED_SPACE: list[Any] = ["lastModified", "likes", "private", "sdk", "sha", "tags"]
_LISTED: list[Any] = ["downloads", "gated", "lastModified", "likes", "private", "sha", "tags"]
_LISTED_DATASET: list[Any] = [*_LISTED, "mainSize"]
_LISTED_MODEL: list[Any] = [*_LISTED, "gguf", "library_name", "pipeline_tag", "safetensors"]

Info = ModelInfo | DatasetInfo | SpaceInfo


class Searching(Side):
    """What is listed."""

    def search(self, query: Query, page: int = 1, per_page: int = 10) -> Page:
        """One page (counted from 1) of what matches; private repos are left out, whoever owns the token."""
        ensure_fits(query.kind, filters_of(query))
        first = (page - 1) * per_page
        with self.asking(query.author or ""):
            found = _public(lambda limit: self._listed(query, limit), first + per_page + 1)
        hits = tuple(_hit(query.kind, info, self.url(query.kind, info.id)) for info in found[first : first + per_page])
        return Page(hits, page, has_next=len(found) > first + per_page)

    def excluding(self, query: Query) -> tuple[str, ...]:
        """The fields of an empty search without which, each alone, it finds something; tries six at most."""
        given = [*filters_of(query), *(["words"] if query.words else [])][:TRIES]

        def finds(field: str) -> bool:
            try:
                return bool(self.search(without(query, field), per_page=1).hits)
            except HubError:
                log.info("no answer to a search without %s", field, exc_info=True)
                return False

        if len(given) < 2:  # what remains would be everything there is
            return tuple(field for field in given if field != "words")
        with ThreadPoolExecutor(TRIES, thread_name_prefix="search") as pool:
            found = list(pool.map(lambda field: copy_context().run(finds, field), given))
        return tuple(field for field, helps in zip(given, found, strict=True) if helps)

    def authors(self, typed: str, limit: int = 20) -> tuple[str, ...]:
        """Owners of public repos whose name holds `typed`: the one of that very name first, then by downloads."""
        asked: list[dict[str, Any]] = [{"author": typed, "limit": 1}, {"search": typed, "limit": 100}]
        with self.asking(typed):
            rows = [
                row
                for how in asked
                for listing in (self._api.list_models, self._api.list_datasets)
                for row in listing(sort="downloads", expand=["private"], **how)
            ]
        owners = (row.id.partition("/") for row in rows if not row.private)
        names = dict.fromkeys(owner for owner, slash, _ in owners if slash and typed.lower() in owner.lower())
        return tuple(names)[:limit]

    def names(self, kind: Kind, typed: str, limit: int = 20) -> tuple[str, ...]:
        """Public models or datasets in whose name every word of `typed` stands, by downloads."""
        owner, slash, name = typed.partition("/")
        found = self.search(
            Query(kind, words=name if slash else typed, author=owner if slash else None), per_page=limit
        )
        return tuple(hit.id for hit in found.hits)

    def _listed(self, query: Query, limit: int) -> Iterable[Info]:
        licence = [f"license:{query.license}"] if query.license else []
        shared: dict[str, Any] = {"search": query.words or None, "author": query.author, "limit": limit}
        if query.kind == "space":
            # Spaces are not downloaded, so what is liked most comes first.
            sort: Any = "likes" if query.sort == "downloads" else SORTS[query.sort]
            return self._api.list_spaces(filter=licence or None, sort=sort, expand=_LISTED_SPACE, **shared)
        shared |= {"sort": SORTS[query.sort], "gated": query.gated}
        if query.kind == "dataset":
            library = [f"library:{query.library}"] if query.library else []
            return self._api.list_datasets(
                task_categories=query.task,
                language=query.language,
                filter=[*library, *licence] or None,
                expand=_LISTED_DATASET,
                **shared,
            )
        tags = [tag for tag in (query.library, query.language) if tag] + licence
        tags += [f"base_model:{query.base}"] if query.base else []
        return self._api.list_models(
            pipeline_tag=query.task,
            filter=tags or None,
            trained_dataset=query.dataset,
            num_parameters=f"max:{query.size_max}" if query.size_max else None,
            inference="warm" if query.inference else None,
            expand=_LISTED_MODEL,
            **shared,
        )


def cached(hits: Iterable[Hit]) -> frozenset[str]:
    """The names of those whose newest commit lies in the local cache; models with their weights."""
    return frozenset(hit.id for hit in hits if hit.sha and _is_cached(hit))


def filters_of(query: Query) -> list[str]:
    """The fields of the query that narrow it down, apart from its words."""
    return [field for field in FITTING["model"] if getattr(query, field) is not None]


def without(query: Query, field: str) -> Query:
    """The same search with one filter, or its words, taken off."""
    off: dict[str, Any] = {field: "" if field == "words" else None}
    return replace(query, **off)


def _is_cached(hit: Hit) -> bool:
    if hit.kind == "model":
        return any(isinstance(try_to_load_from_cache(hit.id, name, revision=hit.sha), str) for name in WEIGHTS)
    folder = repo_folder_name(repo_id=hit.id, repo_type=hit.kind)
    return (Path(constants.HF_HUB_CACHE) / folder / "snapshots" / hit.sha).is_dir()


def _public(ask: Callable[[int], Iterable[Info]], needed: int) -> list[Info]:
    """The first `needed` public repos of a list; asks for more rows only where private ones took places."""
    limit = needed + 10
    while True:
        rows = list(ask(limit))
        shown = [row for row in rows if not row.private]
        if len(shown) >= needed or len(rows) < limit:
            return shown
        limit *= 4


def _hit(kind: Searched, info: Info, url: str) -> Hit:
    tags = tuple(info.tags or ())
    # Asking for the files of every hit would cost megabytes; the Hub makes these tags from them.
    safe = "safetensors" in tags or bool(getattr(info, "safetensors", None))
    unsafe = kind == "model" and "pytorch" in tags and not safe and not {"gguf", "onnx"} & set(tags)
    return Hit(
        kind=kind,
        id=info.id,
        task=task_of(info),
        library=library_of(info),
        downloads=getattr(info, "downloads", None) or 0,
        likes=info.likes or 0,
        updated=info.last_modified,
        parameters=parameters_of(info),
        license=license_of(info),
        gated=bool(getattr(info, "gated", False)),
        private=bool(info.private),
        tags=tags,
        url=url,
        sha=info.sha or "",
        disk_bytes=_disk_bytes(info),
        unsafe=unsafe,
        weightless=kind == "model" and not safe and not unsafe,
        needs_code="custom_code" in tags,
        rows=tag_of(info, "size_categories:"),
        formats=tags_of(info, "format:"),
    )


def _disk_bytes(info: Info) -> int | None:
    if isinstance(info, DatasetInfo):
        return getattr(info, "main_size", None) or getattr(info, "mainSize", None)
    if not isinstance(info, ModelInfo) or not info.safetensors:
        return None
    counts = info.safetensors.parameters
    return sum(WIDTHS[dtype] * number for dtype, number in counts.items()) if counts.keys() <= WIDTHS.keys() else None


def card_of(info: Info) -> dict[str, Any]:
    """The front matter of a card, empty where there is none."""
    return vars(info.card_data) if info.card_data else {}


def strings(value: object) -> tuple[str, ...]:
    """A card's field that may be one word, a list, or missing."""
    if isinstance(value, str):
        return (value,)
    return tuple(str(item) for item in value) if isinstance(value, list | tuple) else ()


def task_of(info: Info) -> str | None:
    return info.pipeline_tag if isinstance(info, ModelInfo) else tag_of(info, "task_categories:")


def library_of(info: Info) -> str | None:
    """What it is made with; for a Space, what it runs on."""
    if isinstance(info, SpaceInfo):
        return info.sdk
    return info.library_name if isinstance(info, ModelInfo) else tag_of(info, "library:")


def license_of(info: Info) -> str | None:
    return tag_of(info, "license:") or next(iter(strings(card_of(info).get("license"))), None)


def parameters_of(info: Info) -> int | None:
    if not isinstance(info, ModelInfo):
        return None
    if info.safetensors:
        return info.safetensors.total
    total = (info.gguf or {}).get("total")
    return int(total) if total else None


def tag_of(info: Info, prefix: str) -> str | None:
    return next(iter(tags_of(info, prefix)), None)


def tags_of(info: Info, prefix: str) -> tuple[str, ...]:
    return tuple(tag.removeprefix(prefix) for tag in info.tags or () if tag.startswith(prefix))
