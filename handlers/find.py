"""Search and details: the commands, the pages, and the buttons under every model."""

import time

from core.blocks.comparison import build_comparison
from core.blocks.model import build_dataset, build_model
from core.blocks.parts import button, with_button
from core.blocks.search import Known, build_search, decode_pick, decode_query, encode_query, written
from core.commands import Search
from core.commands.find import Info
from core.errors import Gated, Mistake
from core.hub import Kind, Model, Query, cached, filters_of
from core.ids import RELEASE, RUN
from core.store.remembered import keep, last
from core.words import quote
from handlers import releases, runs
from handlers.listeners import Answer, Caller, Commands, Parts, reply, say
from jobs.inference import asking

PICK, PICK_SECONDS = "model.compare", 3600.0


def search(parts: Parts, query: Query, page: int = 1, picked: str = "") -> Answer:
    """One page of hits; `picked` is the model that the one reader wants to compare."""
    listed = parts.hub.search(query, page)
    known = Known(cached(listed.hits), parts.releases.published(), picked)
    excluding = parts.hub.excluding(query) if not listed.hits and page == 1 else None
    text, blocks = build_search(listed, describe(query), encode_query(query, page), known, excluding)
    return Answer(text, blocks)


def turn_page(parts: Parts, caller: Caller, value: str) -> Answer:
    """Next and Previous: the same message shows another page."""
    query, page = decode_query(value)
    # What everybody reads does not show what one of them has picked.
    picked = "" if caller.on_card else picked_by(parts, caller.user)
    shown = search(parts, query, page, picked)
    blocks = shown.blocks
    if page == 1 and not caller.on_card and blocks:
        typed = f"search {describe(query)}"
        blocks = with_button(blocks, button("answer.post", "Post to channel", typed)) if len(typed) <= 2000 else blocks
    return Answer(shown.text, blocks, replace=True)


def pick(parts: Parts, caller: Caller, value: str) -> Answer:
    """Compare: the first press picks a model, a press on another puts both side by side, the same again lets it go.

    The list that the press came from shows what is picked, where its reader alone sees it.
    """
    repo, shown = decode_pick(value)
    before = picked_by(parts, caller.user)
    beside = side_by_side(parts, caller, (before, None), (repo, None)) if before not in ("", repo) else None
    keep(parts.database, caller.user, PICK, None if before else repo)
    if shown and not caller.on_card:
        again = turn_page(parts, caller, encode_query(*shown))
        if beside is None:
            return again
        reply(parts, caller, again)
    if beside is not None:
        return beside
    if before:
        return say(f"{quote(repo)} is no longer picked.")
    return say(f"{quote(repo)} is picked. Press Compare on another model within the hour, on any page or in any list.")


def picked_by(parts: Parts, user: str) -> str:
    """The model that this person wants to compare with another one; empty for none."""
    return str(last(parts.database, user, PICK, since=time.time() - PICK_SECONDS) or "")


def info(parts: Parts, repo: str, revision: str | None = None, kind: Kind | None = None) -> Answer:
    """Details of a model or a dataset; NotOnHub with the nearest names."""
    kind = kind or _kind_of(parts, repo)
    try:
        commits = parts.hub.commits(kind, repo, revision=revision or "main")
    except Gated:  # its page is for everybody, its history only for those who were let in
        commits = ()
    if kind == "dataset":
        text, blocks = build_dataset(parts.hub.dataset(repo, revision), commits)
    else:
        model = parts.hub.model(repo, revision)
        ours = [release for release in parts.releases.newest(model.id) if release.state == "published"]
        text, blocks = build_model(model, commits, ours, parts.tries.tally(model.id))
    return Answer(text, blocks)


def side_by_side(parts: Parts, caller: Caller, first: tuple[str, str | None], second: tuple[str, str | None]) -> Answer:
    """Two models, each by name and revision, in one table."""
    models = [_model(parts, caller, *each) for each in (first, second)]
    names = " ".join(f"{repo}@{revision}" if revision else repo for repo, revision in (first, second))
    text, blocks = build_comparison(models[0], models[1], names)
    return Answer(text, blocks)


def details(parts: Parts, caller: Caller, value: str) -> Answer:
    """The button under a model, a run or a release."""
    if RELEASE.number(value):
        return releases.show(parts, value)
    return runs.details(parts, caller, value) if RUN.number(value) else info(parts, value)


def _model(parts: Parts, caller: Caller, repo: str, revision: str | None) -> Model:
    if RUN.number(repo):
        return asking.trained_model(parts.workbench, caller.user, repo, revision)
    if _kind_of(parts, repo) == "dataset":
        raise Mistake(f"`{repo}` is a dataset; only models go side by side. `/hf info {repo}` shows it alone.")
    return parts.hub.model(repo, revision)


def _kind_of(parts: Parts, repo: str) -> Kind:
    kind = parts.hub.kind_of(repo)
    if kind is None:
        raise parts.hub.absent(repo)
    return kind


def describe(query: Query) -> str:
    """The query as it would be typed."""
    words = [] if query.kind == "model" else [f"{query.kind}s"]
    words += [query.words] if query.words else []
    words += [written(query, field) for field in filters_of(query)]
    words += [f"sort={query.sort}"] if query.sort != "downloads" else []
    return " ".join(words)


def _search_for(parts: Parts, caller: Caller, command: Search) -> Answer:
    query = Query(
        kind=command.kind,
        words=command.words,
        task=command.task,
        library=command.library,
        language=command.language,
        license=command.license,
        author=command.author,
        sort=command.sort,
        size_max=command.size_max,
        dataset=command.dataset,
        base=command.base,
        gated=None if command.gated is None else command.gated == "yes",
        inference=True if command.inference else None,
    )
    # Only what answers a slash command or a form is for this person alone.
    is_private = bool(caller.response_url) and caller.message is None
    return search(parts, query, command.page, picked_by(parts, caller.user) if is_private else "")


def _info_on(parts: Parts, caller: Caller, command: Info) -> Answer:
    if command.other:
        return side_by_side(parts, caller, (command.repo, command.revision), (command.other, command.other_revision))
    if RUN.number(command.repo):
        return runs.details(parts, caller, command.repo)
    return info(parts, command.repo, command.revision, command.kind)


COMMANDS: Commands = {Search: _search_for, Info: _info_on}
