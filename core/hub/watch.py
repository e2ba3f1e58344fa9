"""What changed on the Hub: heads of repos, and the difference between two commits of main."""

import json
from collections.abc import Iterable
from datetime import datetime
from itertools import takewhile
from typing import Any

from huggingface_hub import ModelInfo
from huggingface_hub.errors import RevisionNotFoundError
from huggingface_hub.hf_api import RepoFile

from core.errors import Gated, NotOnHub
from core.hub.facts import (
    Change,
    File,
    Head,
    Kind,
    Portrait,
    Push,
    RemoteFile,
    is_card,
    is_plumbing,
    is_weights,
    weight_bytes,
)
from core.hub.find import Info, RepoReader, needs_code
from core.hub.gateway import Gateway, Side
from core.hub.search import library_of, license_of, parameters_of, task_of
from core.usability import Traits, Usability, usability

_HEAD: list[Any] = ["lastModified", "private", "sha"]
_DECLARED: list[Any] = ["cardData", "tags"]
_DECLARED_MODEL: list[Any] = [*_DECLARED, "config", "gated", "library_name", "pipeline_tag", "safetensors", "siblings"]
CONFIG = "config.json"
NO_NEWS = ("transformers_version", "_name_or_path")
NEWEST = 100
COMMITS = 20


class History(Side):
    """What changed: the side that the watcher asks."""

    def __init__(self, gateway: Gateway, reader: RepoReader) -> None:
        super().__init__(gateway)
        self._reader = reader

    def head(self, kind: Kind, repo: str) -> Head:
        """The newest commit of main."""
        with self.asking(repo):
            return _head(kind, self._api.repo_info(repo, repo_type=kind, expand=_HEAD))  # type: ignore[arg-type]

    def author_heads(self, author: str, since: datetime | None = None) -> list[Head]:
        """Public repos of `author` that changed after `since`, newest first.

        One request for models and one for datasets; at most the newest hundred of each.
        """
        with self.asking(author):
            models = self._api.list_models(author=author, sort="last_modified", limit=NEWEST, expand=_HEAD)
            datasets = self._api.list_datasets(author=author, sort="last_modified", limit=NEWEST, expand=_HEAD)
            heads = [_head("model", info) for info in models if info.sha]
            heads += [_head("dataset", info) for info in datasets if info.sha]
        news = [head for head in heads if not head.private and (since is None or head.last_modified > since)]
        return sorted(news, key=lambda head: head.last_modified, reverse=True)

    def changes(self, kind: Kind, repo: str, old_sha: str | None, new_sha: str) -> Push:
        """What came to main from `old_sha` (None: from nothing) to `new_sha`, told by file contents.

        An `old_sha` that history no longer holds counts as None. At most twenty commits are listed.
        """
        before: dict[str, RemoteFile] = {}
        with self.asking(repo):
            if old_sha:
                try:
                    before = self._tree(kind, repo, old_sha)
                except RevisionNotFoundError:
                    old_sha = None
            after = self._tree(kind, repo, new_sha)
        commits = self._reader.commits(kind, repo, limit=COMMITS, revision=new_sha)
        files = _difference(before, after)
        paths = [change.path for change in files]
        heavy = any(is_weights(path) if kind == "model" else not is_card(path) for path in paths)
        return Push(
            kind=kind,
            id=repo,
            old_sha=old_sha,
            new_sha=new_sha,
            commits=tuple(takewhile(lambda commit: commit.sha != old_sha, commits)),
            files=files,
            weights_changed=heavy,
            card_only=bool(paths) and all(is_card(path) for path in paths),
            size=_size(kind, after.values()),
            is_first=all(is_plumbing(path) for path in before),
        )

    def portrait(self, push: Push) -> Portrait:
        """What there is to say of the repo at this push, in at most four requests."""
        info = self._declared(push.kind, push.id, push.new_sha)
        changed = push.kind == "model" and any(change.path == CONFIG for change in push.files)
        return Portrait(
            license=license_of(info) or "",
            parameters=parameters_of(info) if push.kind == "model" else None,
            config=self._config_changes(push, push.old_sha) if changed and push.old_sha else (),
            usability=self._usability(push.kind, info),
        )

    def usability(self, kind: Kind, repo: str, revision: str) -> Usability:
        """What can be done with the repo at a commit, in at most two requests."""
        return self._usability(kind, self._declared(kind, repo, revision))

    def _usability(self, kind: Kind, info: Info) -> Usability:
        if not isinstance(info, ModelInfo):
            return usability(Traits(kind=kind))
        files = [File(file.rfilename, 0, lfs=False) for file in info.siblings or ()]
        traits = Traits(
            task=task_of(info),
            library=library_of(info),
            safe=weight_bytes(files)[1],
            needs_code=needs_code(info),
            readable=not info.gated or self._is_readable(kind, info.id),
            files=[file.path for file in files],
        )
        return usability(traits)

    def _is_readable(self, kind: Kind, repo: str) -> bool:
        try:
            self._reader.ensure_readable(kind, repo)
        except (Gated, NotOnHub):
            return False
        return True

    def _declared(self, kind: Kind, repo: str, revision: str | None = None) -> Info:
        """A repo with what its card and its weights declare."""
        with self.asking(repo):
            if kind == "model":
                return self._api.model_info(repo, revision=revision, expand=_DECLARED_MODEL)
            return self._api.dataset_info(repo, revision=revision, expand=_DECLARED)

    def _config_changes(self, push: Push, old_sha: str) -> tuple[tuple[str, str, str], ...]:
        before, now = (_keys(self._reader.text(push.kind, push.id, sha, CONFIG)) for sha in (old_sha, push.new_sha))
        keys = [key for key in sorted(before.keys() | now.keys()) if before.get(key) != now.get(key)]
        return tuple((key, _plain(before.get(key)), _plain(now.get(key))) for key in keys if key not in NO_NEWS)

    def license(self, kind: Kind, repo: str) -> str:
        """The licence that the repo's card names; empty where it names none."""
        return license_of(self._declared(kind, repo)) or ""

    def files(self, kind: Kind, repo: str, sha: str) -> tuple[RemoteFile, ...]:
        """All files at a commit, by path."""
        with self.asking(repo):
            tree = self._tree(kind, repo, sha)
        return tuple(tree[path] for path in sorted(tree))

    def _tree(self, kind: Kind, repo: str, revision: str) -> dict[str, RemoteFile]:
        rows = self._api.list_repo_tree(repo, repo_type=kind, revision=revision, recursive=True)
        files = (row for row in rows if isinstance(row, RepoFile))
        return {
            file.path: RemoteFile(file.path, file.size, file.lfs.sha256 if file.lfs else file.blob_id) for file in files
        }


def _size(kind: Kind, files: Iterable[RemoteFile]) -> int:
    if kind == "dataset":
        return sum(file.size for file in files)
    return weight_bytes(File(file.path, file.size, lfs=True) for file in files)[0]


def _keys(config: str) -> dict[str, object]:
    """The keys of a config; none where it is no JSON object."""
    try:
        keys = json.loads(config)
    except ValueError:
        return {}
    return keys if isinstance(keys, dict) else {}


def _plain(value: object) -> str:
    """A number, text or truth as people read it; empty for what is none of them."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:,}"
    return str(value) if isinstance(value, str | float) else ""


def _head(kind: Kind, info: Any) -> Head:
    return Head(kind, info.id, info.sha, info.last_modified, bool(info.private))


def _difference(before: dict[str, RemoteFile], after: dict[str, RemoteFile]) -> tuple[Change, ...]:
    changes = [
        Change(path, "changed" if path in before else "added", file.size)
        for path, file in after.items()
        if path not in before or before[path].oid != file.oid
    ]
    changes += [Change(path, "removed", 0) for path in before if path not in after]
    return tuple(sorted(changes, key=lambda change: change.path))
