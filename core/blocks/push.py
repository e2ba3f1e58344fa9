"""Pushes and watches on screen."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.blocks.parts import Block, Blocks, actions, button, context, section, with_button
from core.hub import Portrait, Push
from core.hub.facts import is_plumbing
from core.usability import NOTHING_KNOWN, Usability
from core.words import count, escape, link, plural, shorten, size

if TYPE_CHECKING:
    from core.store.watches import Watch

# Each has two blocks, and a message takes fifty.
SHOWN = 23
FILES_SHOWN = 6
CONFIG_SHOWN = 6


def is_news(push: Push) -> bool:
    """Whether anybody wants to hear of it: not of the empty commit that makes a repo."""
    return any(not is_plumbing(change.path) for change in push.files)


def build_push(push: Push, url: str, portrait: Portrait | None = None) -> tuple[str, Blocks]:
    """What came, told apart: new weights (or data), a card edit, or other files; with what can be done with it."""
    author = escape(push.commits[0].author if push.commits else push.id.partition("/")[0])
    commits = plural(len(push.commits), "commit")
    text = f"{author} {_what(push, push.id)} (main, {commits})"
    files = ", ".join(
        f"`{escape(change.path)}` {change.what}{f' {size(change.size)}' if change.size else ''}"
        for change in push.files[:FILES_SHOWN]
    )
    more = f" and {len(push.files) - FILES_SHOWN} more" if len(push.files) > FILES_SHOWN else ""
    lines = [
        f"• {link(f'{url}/commit/{commit.sha}', commit.sha[:7])} {escape(shorten(commit.title, 120))}"
        for commit in push.commits[:3]
    ]
    facts = _facts(push, portrait or Portrait())
    config = _config(portrait.config) if portrait else ""
    blocks: Blocks = [
        section(f":satellite_antenna: *{author} {_what(push, link(url, push.id))}* (main, {commits})"),
        section("\n".join([*([config] if config else []), *lines, files + more])),
        *([context(facts)] if facts else []),
        _buttons(push.id, portrait.usability if portrait else NOTHING_KNOWN),
    ]
    return text, blocks


def build_tag(repo: str, name: str, sha: str, url: str, can: Usability = NOTHING_KNOWN) -> tuple[str, Blocks]:
    """A tag that somebody set; it points to a commit that may be an old one."""
    tag, commit = escape(shorten(name, 100)), link(f"{url}/commit/{sha}", sha[:7])
    return f"{repo} is tagged {tag} ({sha[:7]})", [
        section(f":satellite_antenna: *{link(url, repo)} is tagged {link(f'{url}/tree/{name}', name)}* ({commit})"),
        _buttons(repo, can),
    ]


def build_rename(before: str, repo: str, url: str) -> tuple[str, Blocks]:
    """A repo that goes on under another name."""
    text = f"{escape(before)} is called {repo} now"
    shown = f":satellite_antenna: *{escape(before)}* is called *{link(url, repo)}* now. What is watched goes on."
    return text, [section(shown)]


def with_mute(blocks: Blocks, watch: "Watch") -> Blocks:
    """An announcement with the button that keeps the watch quiet which brought it."""
    label = shorten(f"Mute {watch.target}", 75) if watch.kind == "author" else "Mute"
    return with_button(blocks, button("watch.mute", label, watch.id))


def _buttons(repo: str, can: Usability) -> Block:
    return actions(
        "push.actions",
        *([] if can.no_try else [button("model.try", "Try", repo)]),
        button("model.details", "Details", repo),
        *([] if can.no_tune else [button("model.tune", "Fine-tune", repo)]),
    )


def _facts(push: Push, portrait: Portrait) -> str:
    """`apache-2.0 · 7.2B · 14.5 GB`."""
    parts = [
        escape(shorten(portrait.license, 60)),
        f"{count(portrait.parameters)} parameters" if portrait.parameters else "",
        size(push.size) if push.size else "",
    ]
    return " · ".join(part for part in parts if part)


def _config(changes: Sequence[tuple[str, str, str]]) -> str:
    """`config: max_position_embeddings 32,768 → 131,072`."""
    shown = [
        f"{escape(shorten(key, 60))} {escape(shorten(before, 40)) or '…'} → {escape(shorten(now, 40)) or '…'}"
        if before or now
        else f"{escape(shorten(key, 60))} changed"
        for key, before, now in changes[:CONFIG_SHOWN]
    ]
    more = [f"{len(changes) - CONFIG_SHOWN} more"] if len(changes) > CONFIG_SHOWN else []
    return f"config: {', '.join([*shown, *more])}" if shown else ""


def build_watch(watch: "Watch") -> tuple[str, Blocks]:
    """What the channel reads when a watch begins; it changes as the watch does."""
    about, target = f"*{watch.id}*", escape(watch.target)
    if watch.ended:
        told = f"{target} is no longer watched here"
        return f"{watch.id} · {told}", [section(f":no_entry: {about} · {told}")]
    asked = f"asked by <@{watch.requested_by}>"
    if watch.muted:
        told = f"pushes to {target} are not announced here: muted"
        row = actions(f"{watch.id}.watch", button("watch.unmute", "Unmute", watch.id), end_button(watch))
        return f"{watch.id} · {told}", [section(f":no_bell: {about} · {told}"), context(asked), row]
    return f"{watch.id} · pushes to {target} are announced here from now on", [
        section(f":satellite_antenna: {about} · pushes to *{target}* are announced here from now on"),
        context(f"{asked} · Undo, or later `/hf unwatch {watch.id}`, ends it"),
        actions(f"{watch.id}.watch", end_button(watch, "Undo")),
    ]


def end_button(watch: "Watch", label: str = "End") -> Block:
    return button("watch.remove", label, watch.id)


def mute_button(watch: "Watch") -> Block:
    """Mute, or Unmute where it is quiet."""
    return button(*(("watch.unmute", "Unmute") if watch.muted else ("watch.mute", "Mute")), watch.id)


def build_watching(watches: Sequence["Watch"], news: str = "") -> tuple[str, Blocks]:
    """What this channel watches, each with its buttons; an empty list teaches. `news` is what has just been done."""
    first = [section(news)] if news else []
    if not watches:
        empty = "*Nothing is watched here.* `/hf watch org` or `/hf watch org/model` announces pushes in this channel."
        return news or "Nothing is watched here.", [*first, section(empty)]
    rows: Blocks = [section("*Watched in this channel*")]
    for watch in watches[:SHOWN]:
        muted = " · muted" if watch.muted else ""
        rows.append(section(f"*{watch.id}* {escape(watch.target)} · <@{watch.requested_by}>{muted}"))
        rows.append(actions(f"hit:{watch.id}", end_button(watch), mute_button(watch)))
    if left := len(watches) - SHOWN:
        rows += [context(f"and {left} more: `/hf unwatch W5` and `/hf mute W5` work for each")] if left > 0 else []
    return news or f"{plural(len(watches), 'watch', 'watches')} in this channel", [*first, *rows]


def _what(push: Push, name: str) -> str:
    """`pushed new weights to acme/foo`; a repo that has just been made is told as one."""
    if push.weights_changed:
        return f"pushed {'new weights' if push.kind == 'model' else 'new data'} to {name}"
    if push.old_sha is None or push.is_first:
        missing = "weights" if push.kind == "model" else "data"
        return f"made {name}, with {'a card alone' if push.card_only else f'no {missing} yet'}"
    return f"pushed {'a card edit' if push.card_only else 'other files'} to {name}"
