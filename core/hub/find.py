"""Search and look-ups: what a person asks before anything is run."""

import difflib
import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
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

from core.errors import NotOnHub
from core.hub.declared import columns_of, splits_of
from core.hub.facts import (
    Commit,
    Dataset,
    File,
    Kind,
    Metric,
    Model,
    Query,
    weight_bytes,
)
from core.hub.gateway import Gateway, Side
from core.hub.search import Searching, card_of, library_of, license_of, parameters_of, strings, tags_of, task_of
from core.hub.summary import summarize

README_BYTES = 65_536
# How alike two names are, of 1, that one may be a slip of the other.
NEAR = 0.6

Info = ModelInfo | DatasetInfo


class RepoReader(Side):
    """What is read of one repo."""

    def __init__(self, gateway: Gateway, searching: Searching) -> None:
        super().__init__(gateway)
        self._searching = searching

    def model(self, repo: str, revision: str | None = None) -> Model:
        """Everything the Hub tells of a model at `revision` (main if not given)."""
        about = f"{repo}@{revision}" if revision else repo
        with self.asking(about):
            info = self._api.model_info(repo, revision=revision, files_metadata=True, securityStatus=True)
            readme = self._readme("model", info)
        shared = self._shared("model", info, readme)
        loaded, safe = weight_bytes(shared["files"])
        card = card_of(info)
        config = info.config or {}
        security = info.security_repo_status or {}
        issues = [file for file in security.get("filesWithIssues") or () if isinstance(file, dict)]
        parameters = info.safetensors.parameters if info.safetensors else None
        return Model(
            **shared,
            base_models=strings(card.get("base_model")),
            datasets=strings(card.get("datasets")),
            parameters=parameters,
            parameters_total=parameters_of(info),
            weight_bytes=loaded,
            safe=safe,
            needs_code=needs_code(info),
            architectures=strings(config.get("architectures")),
            model_type=config.get("model_type"),
            metrics=tuple(_metrics(info.model_index or [])),
            scanned=security.get("scansDone"),
            flagged=tuple((str(file.get("path")), str(file.get("level"))) for file in issues),
        )

    def dataset(self, repo: str, revision: str | None = None) -> Dataset:
        """Everything the Hub tells of a dataset at `revision` (main if not given)."""
        about = f"{repo}@{revision}" if revision else repo
        with self.asking(about):
            info = self._api.dataset_info(repo, revision=revision, files_metadata=True)
            readme = self._readme("dataset", info)
        card = card_of(info)
        return Dataset(
            **self._shared("dataset", info, readme),
            tasks=strings(card.get("task_categories")),
            sizes=strings(card.get("size_categories")),
            formats=tags_of(info, "format:"),
            splits=splits_of(card.get("dataset_info")),
            columns=columns_of(card.get("dataset_info")),
        )

    def commits(self, kind: Kind, repo: str, limit: int = 5, revision: str = "main") -> tuple[Commit, ...]:
        """The newest commits, newest first; asks for no more pages than `limit` needs."""
        with self.asking(repo):
            validate_repo_id(repo)
            revision = revision.replace("/", "%2F")
            path = f"{self._gateway.endpoint}/api/{kind}s/{repo}/commits/{revision}"
            rows = islice(paginate(path, params={}, headers=self._gateway.headers), limit)
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
                    if error.response.status_code != HTTPStatus.NOT_FOUND:
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
            for hit in self._searching.search(query, per_page=20).hits:
                near[hit.id] = _closeness(repo, hit.id)
        ranked = sorted((found for found, close in near.items() if close >= NEAR), key=lambda found: -near[found])
        return ranked[:limit]

    def absent(self, repo: str) -> NotOnHub:
        """The error for a repo that is not to be seen, with what it may have been meant to be."""
        near = self.suggest(repo)
        hint = f" Did you mean `{near[0]}`?" if near else " `/hf search` finds what there is."
        return NotOnHub(f"`{repo}` is not on the Hub, or I may not see it.{hint}")

    def _shared(self, kind: Kind, info: Info, readme: str) -> dict[str, Any]:
        card, tags = card_of(info), tuple(info.tags or ())
        return {
            "id": info.id,
            "sha": info.sha or "",
            "author": info.author or info.id.partition("/")[0],
            "private": bool(info.private),
            "gated": bool(info.gated),
            "task": task_of(info),
            "library": library_of(info),
            "license": license_of(info),
            "languages": strings(card.get("language")),
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
        return self.text(kind, info.id, info.sha or "main", "README.md")

    def text(self, kind: Kind, repo: str, sha: str, path: str, limit: int = README_BYTES) -> str:
        """The first `limit` bytes of a text file; empty where there is none or it may not be read."""
        address = f"{self.url(kind, repo)}/resolve/{sha}/{path}"
        with self.asking(repo):
            try:
                with get_session().stream("GET", address, headers=self._gateway.headers) as response:
                    if response.is_error:
                        response.read()
                    hf_raise_for_status(response)
                    return _first_bytes(response.iter_bytes(), limit).decode("utf-8", errors="replace")
            except (GatedRepoError, EntryNotFoundError):
                return ""


def needs_code(info: ModelInfo) -> bool:
    """Whether a model brings its own code."""
    return "auto_map" in (info.config or {}) or "custom_code" in (info.tags or ())


def _first_bytes(chunks: Iterable[bytes], limit: int) -> bytes:
    read = bytearray()
    for chunk in chunks:
        read += chunk
        if len(read) >= limit:
            break
    return bytes(read[:limit])


def _commit(row: Mapping[str, Any]) -> Commit:
    author = next((author.get("user") for author in row.get("authors", ()) if author.get("user")), "unknown")
    return Commit(row["id"], row["title"], author, parse_datetime(row["date"]))


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
