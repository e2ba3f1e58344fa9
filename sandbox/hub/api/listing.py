"""Search: lists of repos, filtered and sorted, in pages."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.responses import JSONResponse, Response

from sandbox.hub.api.call import PLURALS, Call
from sandbox.hub.api.info import Description
from sandbox.hub.errors import BadRequest
from sandbox.hub.facts import RepoFacts
from sandbox.hub.records import StoredCommit, StoredRepo

_SCALE = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
_SORTS = ("createdAt", "downloads", "lastModified", "likes", "trendingScore", "likes30d")
PAGE = 100


@dataclass(frozen=True)
class Candidate:
    repo: StoredRepo
    commit: StoredCommit
    facts: RepoFacts


def list_repos(call: Call) -> Response:
    """The repos that the caller may see and that match every filter of the query."""
    candidates = [candidate for candidate in _visible(call) if _matches(call, candidate)]
    page, headers = call.page(_sorted(call, candidates), PAGE)
    records = [Description(call, candidate.repo, candidate.commit).listed() for candidate in page]
    return JSONResponse(records, headers=headers)


def tags_by_type(call: Call) -> Response:
    """Every tag in use, grouped the way the filters of the website are."""
    groups: dict[str, dict[str, str]] = {}
    for candidate in _visible(call):
        for tag in candidate.facts.tags:
            groups.setdefault(_tag_type(tag, candidate.facts), {})[tag] = tag.partition(":")[2] or tag
    return JSONResponse(
        {
            kind: [{"id": tag, "label": label, "type": kind} for tag, label in sorted(tags.items())]
            for kind, tags in groups.items()
        }
    )


def _tag_type(tag: str, facts: RepoFacts) -> str:
    prefix, colon, _ = tag.partition(":")
    if colon:
        return prefix
    if tag == facts.pipeline_tag:
        return "pipeline_tag"
    if tag == facts.library_name or tag in ("safetensors", "pytorch", "onnx", "gguf"):
        return "library"
    languages = facts.card.get("language")
    return "language" if tag == languages or (isinstance(languages, list) and tag in languages) else "other"


def _visible(call: Call) -> Iterable[Candidate]:
    for repo, commit in call.hub.store.list_repos(call.kind):
        if call.may_see(repo):
            yield Candidate(repo, commit, call.hub.facts.read(repo.kind, commit))


def _matches(call: Call, candidate: Candidate) -> bool:
    query, repo, facts = call.request.query_params, candidate.repo, candidate.facts
    words = " ".join(query.getlist("search")).lower().split()
    tags = {tag.lower() for tag in facts.tags}
    filters_wanted = [tag.lower() for filters in query.getlist("filter") for tag in filters.split(",") if tag]
    author, task, gated = query.get("author"), query.get("pipeline_tag"), query.get("gated")
    providers = {name for names in query.getlist("inference_provider") for name in names.split(",")}
    if (query.get("inference") == "warm" or providers) and not _is_served(call, candidate, providers - {"all"}):
        return False
    return (
        all(word in repo.id.lower() for word in words)
        and all(tag in tags or f"language:{tag}" in tags for tag in filters_wanted)
        and (not author or repo.namespace.lower() == author.lower())
        and (not task or facts.pipeline_tag == task)
        and (gated is None or bool(repo.gated) == (gated.lower() == "true"))
        and (not query.getlist("apps") or any(app.lower() in tags for app in query.getlist("apps")))
        and _has_size(query.get("num_parameters"), facts)
    )


def _is_served(call: Call, candidate: Candidate, providers: set[str]) -> bool:
    """Whether one of these providers (any, where none is named) serves the model now."""
    live = {one.provider for one in call.hub.providers.of(candidate.repo) if one.status == "live"}
    return candidate.repo.kind == "model" and bool(live & providers if providers else live)


def _has_size(limits: str | None, facts: RepoFacts) -> bool:
    """`min:6B,max:128B`, either half alone too; a model of unknown size matches neither."""
    if not limits:
        return True
    total = facts.safetensors["total"] if facts.safetensors else None
    if total is None:
        return False
    for part in limits.split(","):
        name, _, text = part.partition(":")
        size = re.fullmatch(r"(\d+(?:\.\d+)?)([KMBT]?)", text.strip(), re.IGNORECASE)
        if name not in ("min", "max") or size is None:
            raise BadRequest(f"num_parameters must look like min:6B,max:128B, not {limits}")
        bound = float(size[1]) * _SCALE[size[2].upper()]
        if (name == "min" and total < bound) or (name == "max" and total > bound):
            return False
    return True


def _sorted(call: Call, candidates: list[Candidate]) -> list[Candidate]:
    """Newest or most first (`direction=1` turns it round); ties in the order of their names."""
    key = call.query.get("sort", "trendingScore")
    if key not in _SORTS:
        raise BadRequest(f"Invalid sort key for {PLURALS[call.kind]}: {key}")
    ordered = sorted(candidates, key=lambda candidate: candidate.repo.id)
    return sorted(
        ordered, key=lambda candidate: _sort_value(candidate.repo, key), reverse=call.query.get("direction") != "1"
    )


def _sort_value(repo: StoredRepo, key: str) -> tuple[int, str]:
    if key == "createdAt":
        return 0, repo.created_at
    if key == "lastModified":
        return 0, repo.updated_at
    return (repo.downloads, "") if key == "downloads" else (repo.likes, "")
