"""Pushes and watches on screen."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.blocks.parts import Block, Blocks, actions, button, context, section, sections
from core.hub import Portrait, Push
from core.words import count, escape, link, plural, shorten, size

if TYPE_CHECKING:
    from core.store.watches import Watch

SHOWN = 60
FILES_SHOWN = 6
CONFIG_SHOWN = 6
PLUMBING = {".gitattributes"}


def is_news(push: Push) -> bool:
    """Whether anybody wants to hear of it: not of the empty commit that makes a repo."""
    return any(change.path not in PLUMBING for change in push.files)


def build_push(push: Push, url: str, portrait: Portrait | None = None) -> tuple[str, Blocks]:
    """What came, told apart: new weights (or data), a card edit, or other files; with Try for models."""
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
        _buttons(push.id, is_model=push.kind == "model"),
    ]
    return text, blocks


def build_tag(repo: str, name: str, sha: str, url: str, *, is_model: bool) -> tuple[str, Blocks]:
    """A tag that somebody set; it points to a commit that may be an old one."""
    tag, commit = escape(shorten(name, 100)), link(f"{url}/commit/{sha}", sha[:7])
    return f"{repo} is tagged {tag} ({sha[:7]})", [
        section(f":satellite_antenna: *{link(url, repo)} is tagged {link(f'{url}/tree/{name}', name)}* ({commit})"),
        _buttons(repo, is_model=is_model),
    ]


def build_rename(before: str, repo: str, url: str) -> tuple[str, Blocks]:
    """A repo that goes on under another name."""
    text = f"{escape(before)} is called {repo} now"
    shown = f":satellite_antenna: *{escape(before)}* is called *{link(url, repo)}* now. What is watched goes on."
    return text, [section(shown)]


def _buttons(repo: str, *, is_model: bool) -> Block:
    details = button("model.details", "Details", repo)
    if not is_model:
        return actions("push.actions", details)
    return actions("push.actions", button("model.try", "Try", repo), details, button("model.tune", "Fine-tune", repo))


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


def build_watch(watch_id: str, target: str, user: str, *, ended: bool) -> tuple[str, Blocks]:
    """What the channel reads when a watch begins, and in its place when it has ended."""
    target = escape(target)
    if ended:
        text = f"{watch_id} · {target} is no longer watched here"
        return text, [section(f":no_entry: *{watch_id}* · {target} is no longer watched here")]
    text = f"{watch_id} · pushes to {target} are announced here from now on"
    return text, [
        section(f":satellite_antenna: *{watch_id}* · pushes to *{target}* are announced here from now on"),
        context(f"asked by <@{user}> · `/hf unwatch {watch_id}` ends it"),
    ]


def build_watching(watches: Sequence["Watch"]) -> tuple[str, Blocks]:
    """What this channel watches; an empty list teaches."""
    if not watches:
        return "Nothing is watched here.", [
            section(
                "*Nothing is watched here.* `/hf watch org` or `/hf watch org/model` announces pushes in this channel."
            )
        ]
    lines = [f"*{watch.id}* {escape(watch.target)} · <@{watch.requested_by}>" for watch in watches[:SHOWN]]
    more = [f"and {len(watches) - SHOWN} more"] if len(watches) > SHOWN else []
    return f"{plural(len(watches), 'watch', 'watches')} in this channel", sections(
        ["*Watched in this channel*", *lines, *more]
    )


def _what(push: Push, name: str) -> str:
    """`pushed new weights to acme/foo`; a repo that has just been made is told as one."""
    if push.weights_changed:
        return f"pushed {'new weights' if push.kind == 'model' else 'new data'} to {name}"
    if push.old_sha is None:
        missing = "weights" if push.kind == "model" else "data"
        return f"made {name}, with {'a card alone' if push.card_only else f'no {missing} yet'}"
    return f"pushed {'a card edit' if push.card_only else 'other files'} to {name}"
