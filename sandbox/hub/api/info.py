"""What the Hub says of a repo: one record, short, full, or of the fields that were asked for."""

from collections.abc import Sequence
from typing import Literal

from starlette.responses import JSONResponse, Response

from sandbox.hub import cards, git
from sandbox.hub.api.call import Call
from sandbox.hub.facts import RepoFacts
from sandbox.hub.records import MAIN, StoredCommit, StoredRepo, TreeEntry
from sandbox.hub.shapes import LfsRecord, SiblingRecord

_SHORT = ("likes", "downloads", "trendingScore", "private", "tags", "createdAt")
_SHORT_MODEL = (*_SHORT, "modelId", "pipeline_tag", "library_name")
_SHORT_DATASET = (*_SHORT, "author", "sha", "lastModified", "gated", "disabled", "description")
_FULL = ("author", "sha", "lastModified", "gated", "disabled", "siblings")


def show_repo(call: Call) -> Response:
    """One repo at its head or at the revision of the path. A gated repo is described to everybody."""
    repo = call.repo()
    revision = call.param("rev") if "rev" in call.request.path_params else MAIN
    commit = call.hub.store.resolve(repo, revision)
    if expand := call.request.query_params.getlist("expand"):
        return JSONResponse(Description(call, repo, commit).of(expand))
    description = Description(call, repo, commit)
    fields = description.everything()
    if not call.flag("securityStatus"):
        fields.pop("securityRepoStatus")
    if call.flag("blobs"):
        fields["siblings"] = [sibling(path, entry, details=True) for path, entry in commit.tree.items()]
    return JSONResponse(fields)


def sibling(path: str, entry: TreeEntry, *, details: bool = False) -> SiblingRecord:
    if not details:
        return {"rfilename": path}
    record: SiblingRecord = {"rfilename": path, "size": entry.size, "blobId": entry.oid}
    return {**record, "lfs": lfs_info(entry, "sha256")} if entry.lfs else record


def lfs_info(entry: TreeEntry, key: Literal["sha256", "oid"]) -> LfsRecord:
    """An LFS object; its hash is called `sha256` in repo infos and `oid` in trees."""
    pointer = git.lfs_pointer(entry.sha256, entry.size)
    record: LfsRecord = {"size": entry.size, "pointerSize": len(pointer)}
    record[key] = entry.sha256
    return record


class Description:
    """All fields that a record of this repo can have."""

    def __init__(self, call: Call, repo: StoredRepo, commit: StoredCommit) -> None:
        self._call, self._repo, self._commit = call, repo, commit
        self._facts: RepoFacts = call.hub.facts.read(repo.kind, commit)

    def everything(self) -> dict[str, object]:
        unasked = {"downloadsAllTime", "baseModels", "mainSize", "resourceGroup"}
        fields = {**self._common(), **self._by_kind(), "usedStorage": self._storage(), "siblings": self._siblings()}
        return self._identity() | {key: value for key, value in fields.items() if key not in unasked}

    def of(self, keys: Sequence[str]) -> dict[str, object]:
        """The record with these fields alone; a field that does not apply is left out."""
        fields = {**self._common(), **self._by_kind()}
        # These are costly in a long list.
        if "usedStorage" in keys:
            fields["usedStorage"] = self._storage()
        if "siblings" in keys:
            fields["siblings"] = self._siblings()
        if self._repo.kind == "model" and {"inference", "inferenceProviderMapping"} & set(keys):
            fields |= self._inference()
        return self._identity() | {key: fields[key] for key in keys if key in fields}

    def listed(self) -> dict[str, object]:
        """As it stands in a list, by the query's `full`, `cardData` and `config`."""
        query = self._call.request.query_params
        if expand := query.getlist("expand"):
            fields = self.of(expand)
            # A list has here a list with the providers in it, and one model alone an object by provider.
            if "inferenceProviderMapping" in fields:
                offers = self._call.hub.providers.of(self._repo)
                fields["inferenceProviderMapping"] = [{"provider": one.provider, **one.mapping()} for one in offers]
            return fields
        full = self._call.flag("full")
        keys = [*(_SHORT_MODEL if self._repo.kind == "model" else _SHORT_DATASET)]
        keys += [*_FULL] if full else []
        keys += ["cardData", "model-index"] if self._call.flag("cardData") or full else []
        keys += ["config"] if self._call.flag("config") or full else []
        return self.of(keys)

    def _identity(self) -> dict[str, object]:
        return {"_id": self._repo.oid, "id": self._repo.id}

    def _storage(self) -> int:
        return self._call.hub.store.used_storage(self._repo)

    def _inference(self) -> dict[str, object]:
        offers = self._call.hub.providers.of(self._repo)
        warm = {"inference": "warm"} if any(one.status == "live" for one in offers) else {}
        return {**warm, "inferenceProviderMapping": {one.provider: one.mapping() for one in offers}}

    def _siblings(self) -> list[SiblingRecord]:
        return [sibling(path, entry) for path, entry in self._commit.tree.items()]

    def _common(self) -> dict[str, object]:
        repo, facts = self._repo, self._facts
        issues = [{"path": path, "level": level} for path, level in facts.unsafe_files.items()]
        fields = {
            "author": repo.namespace,
            "sha": self._commit.sha,
            "lastModified": repo.updated_at,
            "createdAt": repo.created_at,
            "private": repo.private,
            "gated": repo.gated,
            "disabled": False,
            "downloads": repo.downloads,
            "downloadsAllTime": repo.downloads,
            "likes": repo.likes,
            "trendingScore": repo.likes,
            "tags": facts.tags,
            "securityRepoStatus": {"scansDone": True, "filesWithIssues": issues},
            "resourceGroup": None,
        }
        return {**fields, "cardData": facts.card} if facts.has_card else fields

    def _by_kind(self) -> dict[str, object]:
        facts = self._facts
        if self._repo.kind == "model":
            fields: dict[str, object] = {
                "modelId": self._repo.id,
                "pipeline_tag": facts.pipeline_tag,
                "library_name": facts.library_name,
                "config": facts.config,
                "transformersInfo": facts.transformers_info,
                "safetensors": facts.safetensors,
                "model-index": facts.card.get("model-index"),
                "widgetData": facts.card.get("widget"),
                "baseModels": self._base_models(),
                "spaces": [],
            }
            return {key: value for key, value in fields.items() if value is not None}
        if self._repo.kind == "dataset":
            text = cards.split(self._call.hub.facts.text(self._commit.tree, "README.md"))[1]
            size = sum(entry.size for entry in self._commit.tree.values())
            return {"description": text.strip()[:200], "mainSize": size}
        return {key: value for key in ("sdk",) if (value := facts.card.get(key))}

    def _base_models(self) -> dict[str, object] | None:
        bases = cards.as_list(self._facts.card.get("base_model"))
        if not bases:
            return None
        relation = self._facts.card.get("base_model_relation", "finetune")
        return {"relation": relation, "models": [{"_id": name, "id": name} for name in bases]}
