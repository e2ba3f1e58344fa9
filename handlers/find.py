"""Search and details: the commands, the pages, and the buttons under every model."""

from bot.blocks.model import build_dataset, build_model
from bot.blocks.search import Known, build_search, decode_query, encode_query, written
from bot.errors import Gated, NotOnHub
from bot.hub import Kind, Query, cached, filters_of
from handlers.answering import Answer, Caller
from handlers.parts import Parts


def search(parts: Parts, query: Query, page: int = 1) -> Answer:
    """One page of hits."""
    found = parts.hub.search(query, page)
    known = Known(cached(found.hits), parts.releases.published())
    excluding = parts.hub.excluding(query) if not found.hits and page == 1 else None
    text, blocks = build_search(found, describe(query), encode_query(query, page), known, excluding)
    return Answer(text, blocks)


def turn_page(parts: Parts, _caller: Caller, value: str) -> Answer:
    """Next and Previous: the same message shows another page."""
    query, page = decode_query(value)
    found = search(parts, query, page)
    return Answer(found.text, found.blocks, replace=True)


def info(parts: Parts, repo: str, revision: str | None = None, kind: Kind | None = None) -> Answer:
    """Details of a model or a dataset; NotOnHub with the nearest names."""
    kind = kind or parts.hub.kind_of(repo)
    if kind is None:
        raise not_there(parts, repo)
    try:
        commits = parts.hub.commits(kind, repo)
    except Gated:  # its page is for everybody, its history only for those who were let in
        commits = ()
    if kind == "dataset":
        text, blocks = build_dataset(parts.hub.dataset(repo, revision), commits)
    else:
        text, blocks = build_model(parts.hub.model(repo, revision), commits)
    return Answer(text, blocks)


def details(parts: Parts, _caller: Caller, value: str) -> Answer:
    return info(parts, value)


def not_there(parts: Parts, repo: str) -> NotOnHub:
    """The error for a repo that is not to be seen, with what it may have been meant to be."""
    near = parts.hub.suggest(repo)
    hint = f" Did you mean `{near[0]}`?" if near else " `/hf search` finds what there is."
    return NotOnHub(f"`{repo}` is not on the Hub, or I may not see it.{hint}")


def describe(query: Query) -> str:
    """The query as it would be typed."""
    words = [] if query.kind == "model" else [f"{query.kind}s"]
    words += [query.words] if query.words else []
    words += [written(query, field) for field in filters_of(query)]
    words += [f"sort={query.sort}"] if query.sort != "downloads" else []
    return " ".join(words)
