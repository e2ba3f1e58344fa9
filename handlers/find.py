"""Search and details: the commands, the pages, and the buttons under every model."""

from bot.blocks.comparison import build_comparison
from bot.blocks.model import build_dataset, build_model
from bot.blocks.search import Known, build_search, decode_query, encode_query, written
from bot.blocks.search_form import build_search_form
from bot.errors import Gated, Mistake, NotOnHub
from bot.hub import Kind, Query, cached, filters_of
from handlers.answering import Answer, Caller, remember
from handlers.parts import Parts


def search(parts: Parts, query: Query, page: int = 1) -> Answer:
    """One page of hits."""
    found = parts.hub.search(query, page)
    known = Known(cached(found.hits), parts.releases.published())
    excluding = parts.hub.excluding(query) if not found.hits and page == 1 else None
    text, blocks = build_search(found, describe(query), encode_query(query, page), known, excluding)
    return Answer(text, blocks)


def open_form(parts: Parts, caller: Caller) -> None:
    """A bare `/hf search` asks for what to search in a form."""
    parts.client.views_open(trigger_id=caller.trigger_id, view=build_search_form(remember(caller, "")))


def turn_page(parts: Parts, _caller: Caller, value: str) -> Answer:
    """Next and Previous: the same message shows another page."""
    query, page = decode_query(value)
    found = search(parts, query, page)
    return Answer(found.text, found.blocks, replace=True)


def info(parts: Parts, repo: str, revision: str | None = None, kind: Kind | None = None) -> Answer:
    """Details of a model or a dataset; NotOnHub with the nearest names."""
    kind = kind or _kind_of(parts, repo)
    try:
        commits = parts.hub.commits(kind, repo)
    except Gated:  # its page is for everybody, its history only for those who were let in
        commits = ()
    if kind == "dataset":
        text, blocks = build_dataset(parts.hub.dataset(repo, revision), commits)
    else:
        model = parts.hub.model(repo, revision)
        ours = [release for release in parts.releases.newest(model.id) if release.state == "published"]
        text, blocks = build_model(model, commits, ours, parts.tries.tally(model.id))
    return Answer(text, blocks)


def side_by_side(parts: Parts, first: tuple[str, str | None], second: tuple[str, str | None]) -> Answer:
    """Two models, each by name and revision, in one table."""
    for repo, _ in (first, second):
        if _kind_of(parts, repo) == "dataset":
            raise Mistake(f"`{repo}` is a dataset; only models go side by side. `/hf info {repo}` shows it alone.")
    text, blocks = build_comparison(parts.hub.model(*first), parts.hub.model(*second))
    return Answer(text, blocks)


def details(parts: Parts, _caller: Caller, value: str) -> Answer:
    return info(parts, value)


def _kind_of(parts: Parts, repo: str) -> Kind:
    kind = parts.hub.kind_of(repo)
    if kind is None:
        raise not_there(parts, repo)
    return kind


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
