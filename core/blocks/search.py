"""Search results: ten hits a page, each with what decides whether one looks closer."""

import json
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass, replace

from pydantic import TypeAdapter

from core.blocks.parts import VALUE_CHARACTERS, Block, Blocks, actions, button, context, link_button, section
from core.blocks.suggestions import build_suggestions
from core.errors import Mistake, Suggestion
from core.hub import Hit, Page, Query, filters_of, without
from core.usability import Usability, usability
from core.words import as_typed, count, date, escape, link, plural, shorten, size


@dataclass(frozen=True)
class Known:
    """What the Hub does not tell of hits: which are in the local cache, which are our own releases.

    `picked` is the model that the reader wants to compare with another one.
    """

    cached: AbstractSet[str] = frozenset()
    published: AbstractSet[str] = frozenset()
    picked: str = ""


@dataclass(frozen=True)
class Instead:
    """What finds something in place of an empty search.

    `excluding` are the fields without which it does; None where that was not tried. `meant` are searches that it may
    have been meant to be.
    """

    excluding: Sequence[str] | None = None
    meant: Sequence[Suggestion] = ()


NOTHING_KNOWN, NOT_TRIED = Known(), Instead()
# Hits of a page.
PER_PAGE = 10


def encode_query(query: Query, page: int, room: int = VALUE_CHARACTERS) -> str:
    """The value of a button that shows `page` of `query`; long words are cut to Slack's limit, or to less `room`."""
    changed = {key: value for key, value in asdict(query).items() if value != getattr(Query(), key)}
    for most in (150, 75, 30):
        short = {key: value[:most] if isinstance(value, str) else value for key, value in changed.items()}
        value = json.dumps({**short, "page": page}, ensure_ascii=False, separators=(",", ":"))
        if len(value) <= room:
            break
    return value


def decode_query(value: str) -> tuple[Query, int]:
    """The query and page of a button's value; Mistake where it is not one of ours."""
    try:
        fields = json.loads(value)
        page = TypeAdapter(int).validate_python(fields.pop("page"), strict=True)
        return TypeAdapter(Query).validate_python(fields), max(page, 1)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Mistake("I no longer know which search this button belongs to. Type it again: `search words`.") from error


def encode_pick(repo: str, query: Query, page: int) -> str:
    """The value of Compare under a hit: the model, and the list that it stands in."""
    value = f"{repo} {encode_query(query, page, VALUE_CHARACTERS - len(repo) - 1)}"
    return value if len(value) <= VALUE_CHARACTERS else repo


def decode_pick(value: str) -> tuple[str, tuple[Query, int] | None]:
    """The model that was picked, and the list that it stood in, if it stood in one."""
    repo, space, rest = value.partition(" ")
    return repo, decode_query(rest) if space else None


def build_search(
    page: Page, query_text: str, value: str, known: Known = NOTHING_KNOWN, instead: Instead = NOT_TRIED
) -> tuple[str, Blocks]:
    """Text and blocks of one page; `query_text` is what was typed, `value` is its `encode_query`.

    `instead` is what would find something where this finds nothing.
    """
    query, _ = decode_query(value)
    what = f"{query.kind.title()}s"
    typed = query_text if query.kind == "model" else query_text.removeprefix(f"{query.kind}s")
    wanted = escape(shorten(typed.strip() or "everything", 300))
    if not page.hits and page.page > 1:
        gone = f"Page {page.page} of {what.lower()} for {wanted} is empty by now"
        return gone, [section(f"{gone.replace(wanted, f'`{_code(wanted)}`')}."), *_pages(page, query)]
    if not page.hits:
        return _build_nothing(query, what, wanted, instead)
    number = f" · {_counted(page)}"
    blocks = [section(f"*{what} for* `{_code(wanted)}`{number}"), *_filters(query)]
    if known.picked:
        blocks.append(context(f"*{escape(known.picked)}* is picked. Press Compare on the model to put beside it."))
    for hit in page.hits[:PER_PAGE]:
        blocks += _build_hit(hit, known, encode_pick(hit.id, query, page.page))
    blocks += _pages(page, query)
    return f"{what} for {wanted}{number}", blocks


def _counted(page: Page) -> str:
    """How many there are, where all are here or before; the Hub counts none that it does not list."""
    first, last = (page.page - 1) * PER_PAGE + 1, (page.page - 1) * PER_PAGE + len(page.hits)
    if page.page == 1 and not page.has_next:
        return f"{last} found"
    rows = f"first {last}" if page.page == 1 else f"{first} to {last}"
    return f"page {page.page} · {rows}{'' if page.has_next else f' of {last}'}"


def written(query: Query, field: str) -> str:
    """`task=fill-mask`: a filter as the command writes it, or the words."""
    value = getattr(query, field)
    if field == "words":
        return str(value)
    if isinstance(value, bool):
        value = "yes" if value else "no"
    return f"size<={as_typed(value)}" if field == "size_max" else f"{field}={value}"


def _build_hit(hit: Hit, known: Known, pick: str) -> Blocks:
    facts = [
        f"{count(hit.parameters)} parameters" if hit.parameters else "",
        _rows(hit.rows),
        f"{size(hit.disk_bytes)} on disk" if hit.disk_bytes else "",
        escape(", ".join(hit.formats[:4])),
        f"runs on {escape(hit.library)}" if hit.kind == "space" and hit.library else "",
        "" if hit.kind == "space" else plural(hit.downloads, "download"),
        plural(hit.likes, "like"),
        f"updated {date(hit.updated, '{date_short_pretty}')}" if hit.updated else "",
        escape(hit.license or "no licence given"),
        "*gated*" if hit.gated else "",
        "*private*" if hit.private else "",
        "*pickle files only*" if hit.unsafe else "",
        "in the cache here" if hit.id in known.cached else "",
        "*published by us*" if hit.id in known.published else "",
        "" if hit.kind == "model" else hit.kind,
    ]
    title = f"*{link(hit.url, hit.id)}*" + (f" · {escape(hit.task)}" if hit.task else "")
    why = _usability(hit, known).reason if hit.kind == "model" else ""
    head = section(title) | {"block_id": f"compare:{hit.id}"}
    return [
        head | {"accessory": _compare_button(hit, known, pick)} if hit.kind == "model" else head,
        context(" · ".join(fact for fact in facts if fact) + (f"\n{why}" if why else "")),
        actions(f"hit:{hit.id}", *_hit_buttons(hit, known)),
    ]


def _rows(category: str | None) -> str:
    """`1K to 10K rows` for the Hub's `1K<n<10K`."""
    if not category:
        return ""
    low, _, high = category.partition("<n<")
    number = f"{low} to {high}" if high else category.replace("n<", "under ").replace("n>", "over ")
    return f"{escape(number)} rows"


def _compare_button(hit: Hit, known: Known, pick: str) -> Block:
    """Beside the name, since four buttons are as many as stand side by side on a phone."""
    compare = button("model.compare", "✓ Picked" if hit.id == known.picked else "Compare", pick)
    return compare | {"accessibility_label": shorten(f"Compare {hit.id}", 75)}


def _hit_buttons(hit: Hit, known: Known) -> Blocks:
    if hit.kind == "space":
        return [link_button("model.open", "Details", hit.url)]
    if hit.kind == "dataset":
        return [button("model.details", "Details", hit.id), button("model.watch", "Watch", hit.id)]
    can = _usability(hit, known)
    return [
        *([button("model.try", "Try", hit.id)] if not can.no_try else []),
        button("model.details", "Details", hit.id),
        *([button("model.tune", "Fine-tune", hit.id)] if not can.no_tune else []),
        button("model.watch", "Watch", hit.id),
    ]


def _usability(hit: Hit, known: Known) -> Usability:
    # What lies in the cache was read with the token that I have.
    return usability(replace(hit.traits, readable=hit.traits.readable or hit.id in known.cached))


def _filters(query: Query, fields: Sequence[str] | None = None) -> Blocks:
    buttons = [
        button(
            f"search.without_{name}",
            shorten(f"✕ {written(query, name)}", 60),
            encode_query(without(query, name), 1),
        )
        for name in (fields or filters_of(query))
    ]
    return [actions("search.filters", *buttons)] if buttons else []


def _pages(page: Page, query: Query) -> Blocks:
    buttons = []
    if page.page > 1:
        buttons.append(button("search.previous", "Previous", encode_query(query, page.page - 1)))
    if page.has_next:
        buttons.append(button("search.next", "Next", encode_query(query, page.page + 1)))
    return [actions("search.pages", *buttons)] if buttons else []


def _build_nothing(query: Query, what: str, wanted: str, instead: Instead) -> tuple[str, Blocks]:
    excluding = instead.excluding
    headline = f"No {what.lower()} for {wanted}"
    filters = _filters(query, excluding)
    if excluding:
        advice = _blame(query, excluding)
    elif filters:
        advice = "Every filter has to match. Take one off:"
        if excluding is not None and len(filters[0]["elements"]) > 1:
            advice = "No filter alone is to blame: taking off any one of them finds nothing either. Take off several:"
    elif query.words:
        advice = "Try fewer or shorter words, or check the spelling: one word of the name is enough."
    else:
        advice = "Name what you look for: `search sentiment`, or filter: `search task=text-classification`."
    blocks = [section(f"No {what.lower()} for `{_code(wanted)}`"), section(advice), *filters]
    if filters and query.words:
        blocks.append(context(f"Or without any: `/hf search {_bare(query)}`"))
    if instead.meant:
        blocks += [section("*Did you mean*"), *build_suggestions(instead.meant)]
    return headline, blocks


def _blame(query: Query, excluding: Sequence[str]) -> str:
    """Which filter excludes everything, in words."""
    named = [f"`{_code(escape(shorten(written(query, field), 80)))}`" for field in excluding]
    if len(named) == 1:
        return f"{named[0]} excludes all: without it there are some. Take it off:"
    return (
        f"{', '.join(named[:-1])} and {named[-1]} do not go together: without one of them there are some. Take one off:"
    )


def _bare(query: Query) -> str:
    return _code(escape(("" if query.kind == "model" else f"{query.kind}s ") + query.words))


def _code(text: str) -> str:
    return text.replace("`", "'")
