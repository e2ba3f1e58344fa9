"""Search results: ten hits a page, each with what decides whether one looks closer."""

import json
from dataclasses import asdict, replace
from typing import Any

from pydantic import TypeAdapter

from bot.blocks.parts import Blocks, actions, button, context, section
from bot.blocks.text import count, date, escape, link, plural, shorten
from bot.errors import Mistake
from bot.hub import Hit, Page, Query

# What can be taken off a search by a press: the field of the query and how the command writes it.
FILTERS = {
    "task": "task=",
    "library": "library=",
    "language": "language=",
    "license": "license=",
    "author": "author=",
    "size_max": "size<=",
}


def encode_query(query: Query, page: int) -> str:
    """The value of a button that shows `page` of `query`; long words are cut to Slack's limit."""
    given = {key: value for key, value in asdict(query).items() if value != getattr(Query(), key)}
    for most in (150, 75, 30):
        short = {key: value[:most] if isinstance(value, str) else value for key, value in given.items()}
        value = json.dumps({**short, "page": page}, ensure_ascii=False, separators=(",", ":"))
        if len(value) <= 2000:
            break
    return value


def decode_query(value: str) -> tuple[Query, int]:
    """The query and page of a button's value; Mistake where it is not one of ours."""
    try:
        given = json.loads(value)
        page = TypeAdapter(int).validate_python(given.pop("page"), strict=True)
        return TypeAdapter(Query).validate_python(given), max(page, 1)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Mistake("I no longer know which search this button belongs to. Type it again: `search words`.") from error


def build_search(page: Page, query_text: str, value: str) -> tuple[str, Blocks]:
    """Text and blocks of one page; `query_text` is what was typed, `value` is its `encode_query`."""
    query, _ = decode_query(value)
    what = "Models" if query.kind == "model" else "Datasets"
    typed = query_text.removeprefix("datasets") if query.kind == "dataset" else query_text
    asked = escape(shorten(typed.strip() or "everything", 300))
    if not page.hits:
        return _build_nothing(query, what, asked)
    number = f" · page {page.page}" if page.page > 1 or page.has_next else ""
    blocks = [section(f"*{what} for* `{_code(asked)}`{number}"), *_filters(query)]
    for hit in page.hits[:10]:
        blocks += _build_hit(hit)
    blocks += _pages(page, query)
    return f"{what} for {asked}{number}", blocks


def _build_hit(hit: Hit) -> Blocks:
    facts = [
        f"{count(hit.parameters)} parameters" if hit.parameters else "",
        plural(hit.downloads, "download"),
        plural(hit.likes, "like"),
        f"updated {date(hit.updated, '{date_short_pretty}')}" if hit.updated else "",
        escape(hit.license or "no licence given"),
        "*gated*" if hit.gated else "",
        "dataset" if hit.kind == "dataset" else "",
    ]
    title = f"*{link(hit.url, hit.id)}*" + (f" · {escape(hit.task)}" if hit.task else "")
    return [
        section(title),
        context(" · ".join(fact for fact in facts if fact)),
        actions(f"hit:{hit.id}", *_hit_buttons(hit)),
    ]


def _hit_buttons(hit: Hit) -> Blocks:
    if hit.kind == "dataset":
        return [button("model.details", "Details", hit.id), button("model.watch", "Watch", hit.id)]
    return [
        button("model.try", "Try", hit.id),
        button("model.details", "Details", hit.id),
        button("model.tune", "Fine-tune", hit.id),
        button("model.watch", "Watch", hit.id),
    ]


def _filters(query: Query) -> Blocks:
    buttons = [
        button(
            f"search.without_{name}",
            shorten(f"✕ {written}{getattr(query, name)}", 60),
            encode_query(_without(query, name), 1),
        )
        for name, written in FILTERS.items()
        if getattr(query, name) is not None
    ]
    return [actions("search.filters", *buttons)] if buttons else []


def _without(query: Query, name: str) -> Query:
    off: dict[str, Any] = {name: None}
    return replace(query, **off)


def _pages(page: Page, query: Query) -> Blocks:
    buttons = []
    if page.page > 1:
        buttons.append(button("search.previous", "Previous", encode_query(query, page.page - 1)))
    if page.has_next:
        buttons.append(button("search.next", "Next", encode_query(query, page.page + 1)))
    return [actions("search.pages", *buttons)] if buttons else []


def _build_nothing(query: Query, what: str, asked: str) -> tuple[str, Blocks]:
    headline = f"No {what.lower()} for {asked}"
    filters = _filters(query)
    if filters:
        advice = "Every filter has to match. Take one off:"
    elif query.words:
        advice = "Try fewer or shorter words, or check the spelling: one word of the name is enough."
    else:
        advice = "Name what you look for: `search sentiment`, or filter: `search task=text-classification`."
    blocks = [section(f"No {what.lower()} for `{_code(asked)}`"), section(advice), *filters]
    if filters and query.words:
        blocks.append(context(f"Or without any: `/hf search {_bare(query)}`"))
    return headline, blocks


def _bare(query: Query) -> str:
    return _code(escape(("datasets " if query.kind == "dataset" else "") + query.words))


def _code(text: str) -> str:
    return text.replace("`", "'")
