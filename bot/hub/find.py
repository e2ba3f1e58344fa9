"""Search and look-ups: what a person asks before anything is run."""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any

from huggingface_hub import DatasetInfo, ModelInfo
from huggingface_hub.errors import EntryNotFoundError, GatedRepoError, HfHubHTTPError
from huggingface_hub.utils import (  # type: ignore[attr-defined]  # public, but loaded lazily
    get_session,
    hf_raise_for_status,
    paginate,
    parse_datetime,
    validate_repo_id,
)

from bot.errors import Mistake
from bot.hub.facts import (
    Commit,
    Dataset,
    File,
    Hit,
    Kind,
    Metric,
    Model,
    Page,
    Query,
    summarize,
    weight_bytes,
)
from bot.hub.gateway import Gateway

README_BYTES = 65_536
SORTS: dict[str, Any] = {
    "downloads": "downloads",
    "likes": "likes",
    "updated": "last_modified",
    "created": "created_at",
    "trending": "trending_score",
}
_LISTED: list[Any] = ["downloads", "gated", "lastModified", "likes", "private", "tags"]
_LISTED_MODEL: list[Any] = [*_LISTED, "gguf", "library_name", "pipeline_tag", "safetensors"]

Info = ModelInfo | DatasetInfo


class Finding(Gateway):
    """The reading side of the gateway."""

    def search(self, query: Query, page: int = 1, per_page: int = 10) -> Page:
        """One page (counted from 1) of what matches; private repos are left out, whoever owns the token."""
        first = (page - 1) * per_page
        with self.asking(query.author or ""):
            found = _public(lambda limit: self._listed(query, limit), first + per_page + 1)
        hits = tuple(_hit(query.kind, info, self.url(query.kind, info.id)) for info in found[first : first + per_page])
        return Page(hits, page, has_next=len(found) > first + per_page)

    def model(self, repo: str, revision: str | None = None) -> Model:
        """Everything the Hub tells of a model at `revision` (main if not given)."""
        about = f"{repo}@{revision}" if revision else repo
        with self.asking(about):
            info = self._api.model_info(repo, revision=revision, files_metadata=True)
            readme = self._readme("model", info)
        shared = self._shared("model", info, readme)
        loaded, safe = weight_bytes(shared["files"])
        card = _card(info)
        config = info.config or {}
        parameters = info.safetensors.parameters if info.safetensors else None
        return Model(
            **shared,
            base_models=_strings(card.get("base_model")),
            datasets=_strings(card.get("datasets")),
            parameters=parameters,
            parameters_total=_parameters(info),
            weight_bytes=loaded,
            safe=safe,
            needs_code="auto_map" in config or "custom_code" in (info.tags or ()),
            architectures=_strings(config.get("architectures")),
            model_type=config.get("model_type"),
            metrics=tuple(_metrics(info.model_index or [])),
        )

    def dataset(self, repo: str, revision: str | None = None) -> Dataset:
        """Everything the Hub tells of a dataset at `revision` (main if not given)."""
        about = f"{repo}@{revision}" if revision else repo
        with self.asking(about):
            info = self._api.dataset_info(repo, revision=revision, files_metadata=True)
            readme = self._readme("dataset", info)
        card = _card(info)
        return Dataset(
            **self._shared("dataset", info, readme),
            tasks=_strings(card.get("task_categories")),
            sizes=_strings(card.get("size_categories")),
        )

    def commits(self, kind: Kind, repo: str, limit: int = 5, revision: str = "main") -> tuple[Commit, ...]:
        """The newest commits, newest first; asks for no more pages than `limit` needs."""
        with self.asking(repo):
            validate_repo_id(repo)
            revision = revision.replace("/", "%2F")
            path = f"{self.endpoint}/api/{kind}s/{repo}/commits/{revision}"
            rows = islice(paginate(path, params={}, headers=self._headers), limit)
            return tuple(_commit(row) for row in rows)

    def kind_of(self, repo: str) -> Kind | None:
        """Whether `repo` is a model or, failing that, a dataset; None if neither."""
        with self.asking(repo):
            if self._api.repo_exists(repo, repo_type="model"):
                return "model"
            return "dataset" if self._api.repo_exists(repo, repo_type="dataset") else None

    def ensure_readable(self, kind: Kind, repo: str) -> None:
        """Gated or NotOnHub unless the token may read the files; what is told of a repo is open to more people."""
        with self.asking(repo):
            self._api.auth_check(repo, repo_type=kind)

    def author_exists(self, name: str) -> bool:
        """Whether an organisation or a user has that name, with or without repos."""
        if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", name):
            return False
        with self.asking(name):
            for overview in (self._api.get_organization_overview, self._api.get_user_overview):
                try:
                    overview(name)
                except HfHubHTTPError as error:
                    if error.response.status_code != 404:
                        raise
                else:
                    return True
        return False

    def suggest(self, repo: str, kind: Kind = "model", limit: int = 3) -> list[str]:
        """Public repos whose name is close to `repo`, closest first, for "did you mean"."""
        owner, _, name = repo.rpartition("/")
        words = [word for word in re.split(r"[-_.\s]+", name) if len(word) > 2]
        longest = max(words, key=len, default=name)
        asked = [Query(kind, words=name), Query(kind, words=longest), Query(kind, words=longest[:4])]
        if owner:
            asked.append(Query(kind, author=owner))
        near: dict[str, float] = {}
        for query in asked:
            for hit in self.search(query, per_page=20).hits:
                near[hit.id] = _closeness(repo, hit.id)
        ranked = sorted((found for found, close in near.items() if close >= 0.6), key=lambda found: -near[found])
        return ranked[:limit]

    def _listed(self, query: Query, limit: int) -> Iterable[Info]:
        tags = [query.library, query.language, f"license:{query.license}" if query.license else None]
        if query.kind == "model":
            return self._api.list_models(
                search=query.words or None,
                author=query.author,
                pipeline_tag=query.task,
                filter=[tag for tag in tags if tag] or None,
                num_parameters=f"max:{query.size_max}" if query.size_max else None,
                sort=SORTS[query.sort],
                limit=limit,
                expand=_LISTED_MODEL,
            )
        if query.size_max:
            raise Mistake("`size<=` counts parameters, which datasets do not have. Leave it out, or search models.")
        tags[0] = f"library:{query.library}" if query.library else None
        return self._api.list_datasets(
            search=query.words or None,
            author=query.author,
            task_categories=query.task,
            language=query.language,
            filter=[tag for tag in (tags[0], tags[2]) if tag] or None,
            sort=SORTS[query.sort],
            limit=limit,
            expand=_LISTED,
        )

    def _shared(self, kind: Kind, info: Info, readme: str) -> dict[str, Any]:
        card, tags = _card(info), tuple(info.tags or ())
        return {
            "id": info.id,
            "sha": info.sha or "",
            "author": info.author or info.id.partition("/")[0],
            "private": bool(info.private),
            "gated": bool(info.gated),
            "task": _task(info),
            "library": _library(info),
            "license": _license(info),
            "languages": _strings(card.get("language")),
            "downloads": info.downloads or 0,
            "likes": info.likes or 0,
            "updated": info.last_modified,
            "created": info.created_at,
            "tags": tags,
            "files": tuple(File(file.rfilename, file.size or 0, file.lfs is not None) for file in info.siblings or ()),
            "summary": summarize(readme),
            "url": self.url(kind, info.id),
        }

    def _readme(self, kind: Kind, info: Info) -> str:
        """The card's text at the commit of `info`; empty where there is none or it may not be read."""
        if not any(file.rfilename == "README.md" for file in info.siblings or ()):
            return ""
        address = f"{self.url(kind, info.id)}/resolve/{info.sha}/README.md"
        try:
            with get_session().stream("GET", address, headers=self._headers) as response:
                if response.is_error:
                    response.read()
                hf_raise_for_status(response)
                return _first_bytes(response.iter_bytes()).decode("utf-8", errors="replace")
        except (GatedRepoError, EntryNotFoundError):
            return ""


def _first_bytes(chunks: Iterable[bytes]) -> bytes:
    read = bytearray()
    for chunk in chunks:
        read += chunk
        if len(read) >= README_BYTES:
            break
    return bytes(read[:README_BYTES])


def _public(ask: Callable[[int], Iterable[Info]], needed: int) -> list[Info]:
    """The first `needed` public repos of a list; asks for more rows only where private ones took places."""
    limit = needed + 10
    while True:
        rows = list(ask(limit))
        shown = [row for row in rows if not row.private]
        if len(shown) >= needed or len(rows) < limit:
            return shown
        limit *= 4


def _hit(kind: Kind, info: Info, url: str) -> Hit:
    return Hit(
        kind=kind,
        id=info.id,
        task=_task(info),
        library=_library(info),
        downloads=info.downloads or 0,
        likes=info.likes or 0,
        updated=info.last_modified,
        parameters=_parameters(info),
        license=_license(info),
        gated=bool(info.gated),
        private=bool(info.private),
        tags=tuple(info.tags or ()),
        url=url,
    )


def _commit(row: Mapping[str, Any]) -> Commit:
    author = next((author.get("user") for author in row.get("authors", ()) if author.get("user")), "unknown")
    return Commit(row["id"], row["title"], author, parse_datetime(row["date"]))


def _card(info: Info) -> dict[str, Any]:
    return vars(info.card_data) if info.card_data else {}


def _strings(value: object) -> tuple[str, ...]:
    """A card's field that may be one word, a list, or missing."""
    if isinstance(value, str):
        return (value,)
    return tuple(str(item) for item in value) if isinstance(value, list | tuple) else ()


def _tag(info: Info, prefix: str) -> str | None:
    return next((tag.removeprefix(prefix) for tag in info.tags or () if tag.startswith(prefix)), None)


def _task(info: Info) -> str | None:
    return info.pipeline_tag if isinstance(info, ModelInfo) else _tag(info, "task_categories:")


def _library(info: Info) -> str | None:
    return info.library_name if isinstance(info, ModelInfo) else _tag(info, "library:")


def _license(info: Info) -> str | None:
    return _tag(info, "license:") or next(iter(_strings(_card(info).get("license"))), None)


def _parameters(info: Info) -> int | None:
    if not isinstance(info, ModelInfo):
        return None
    if info.safetensors:
        return info.safetensors.total
    total = (info.gguf or {}).get("total")
    return int(total) if total else None


def _metrics(index: Iterable[Mapping[str, Any]]) -> Iterable[Metric]:
    for entry in index:
        for result in entry.get("results") or ():
            task, dataset = result.get("task") or {}, result.get("dataset") or {}
            for metric in result.get("metrics") or ():
                if metric.get("value") is None:
                    continue
                value = metric["value"]
                yield Metric(
                    task=str(task.get("name") or task.get("type") or ""),
                    dataset=str(dataset.get("name") or dataset.get("type") or ""),
                    name=str(metric.get("name") or metric.get("type") or ""),
                    value=value if isinstance(value, int | float) else str(value),
                )


def _closeness(asked: str, found: str) -> float:
    """0 to 1: how alike two repo names are, the owner counting only where one was given."""
    if "/" not in asked:
        found = found.rpartition("/")[2]
    whole = difflib.SequenceMatcher(None, asked.lower(), found.lower()).ratio()
    names = difflib.SequenceMatcher(None, asked.rpartition("/")[2].lower(), found.rpartition("/")[2].lower()).ratio()
    return max(whole, names * 0.95)
