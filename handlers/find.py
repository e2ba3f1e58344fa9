"""Search and details: the commands, the pages, and the buttons under every model."""

import time
from collections.abc import Callable
from dataclasses import replace

from core.blocks.comparison import build_comparison
from core.blocks.model import build_dataset, build_model
from core.blocks.parts import VALUE_CHARACTERS, button, with_button
from core.blocks.search import (
    NOT_TRIED,
    Instead,
    Known,
    build_search,
    decode_pick,
    decode_query,
    encode_query,
    written,
)
from core.blocks.search_form import matching_tasks
from core.commands import Search
from core.commands.find import Info
from core.errors import Gated, Mistake, Suggestion
from core.hub import Kind, Model, Query, cached, filters_of
from core.hub_tasks import HUB_TASKS
from core.ids import RELEASE, RUN
from core.store import answers
from core.store.remembered import keep, last
from core.words import quote
from handlers import releases, runs
from handlers.listeners import Answer, Caller, Commands, Parts, reply, say
from jobs.inference import asking

PICK, PICK_SECONDS = "model.compare", 3600.0
MOST_MEANT = 3


def search(parts: Parts, query: Query, page: int = 1, picked: str = "") -> Answer:
    """One page of hits; `picked` is the model that the one reader wants to compare."""
    return _found(parts, query, page)(picked)


def _found(parts: Parts, query: Query, page: int) -> Callable[[str], Answer]:
    """Searches, and shows what was found to a reader who has picked a model, or none."""
    listed = parts.hub.search(query, page)
    ours = parts.releases.published()
    instead = _instead(parts, query) if not listed.hits and page == 1 else NOT_TRIED

    def show(picked: str) -> Answer:
        known = Known(cached(listed.hits), ours, picked)
        text, blocks = build_search(listed, describe(query), encode_query(query, page), known, instead)
        return Answer(text, blocks)

    return show


def _instead(parts: Parts, query: Query) -> Instead:
    """What finds something where this finds nothing."""
    meant = [replace(query, words=words) for words in (parts.hub.other_words(query) if query.words else ())]
    if query.task and query.task not in HUB_TASKS:
        meant += [replace(query, task=task) for task in matching_tasks(query.task)[:MOST_MEANT]]
    lines = [f"search {describe(each)}" for each in meant]
    return Instead(parts.hub.excluding(query), [Suggestion(line, line) for line in lines])


def turn_page(parts: Parts, caller: Caller, value: str) -> Answer:
    """Next and Previous: the same message shows another page, which can be posted like the first."""
    query, page = decode_query(value)
    show = _found(parts, query, page)
    # What everybody reads does not show what one of them has picked.
    if caller.on_card:
        return replace(show(""), replace=True)
    shown = show(picked_by(parts, caller.user))
    typed = f"search {describe(query)}"
    if page > 1 or len(typed) > VALUE_CHARACTERS:
        # No line leads to a later page, so it is kept as it was.
        typed = answers.KEPT + answers.keep(parts.database, caller.user, show(""))
    blocks = with_button(shown.blocks, button("answer.post", "Post to channel", typed)) if shown.blocks else []
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
