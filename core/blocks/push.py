"""Pushes and watches on screen."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.blocks.parts import Blocks, actions, button, context, section, sections
from core.hub import Push
from core.words import escape, link, plural, shorten, size

if TYPE_CHECKING:
    from core.store.watches import Watch

SHOWN = 60
FILES_SHOWN = 6
PLUMBING = {".gitattributes"}


def is_news(push: Push) -> bool:
    """Whether anybody wants to hear of it: not of the empty commit that makes a repo."""
    return any(change.path not in PLUMBING for change in push.files)


def build_push(push: Push, url: str) -> tuple[str, Blocks]:
    """What came, told apart: new weights (or data), a card edit, or other files; with Try for models."""
    author = escape(push.commits[0].author if push.commits else push.id.partition("/")[0])
    what = _what(push)
    count = plural(len(push.commits), "commit")
    text = f"{author} pushed {what} to {push.id} (main, {count})"
    files = ", ".join(
        f"`{escape(change.path)}` {change.what}{f' {size(change.size)}' if change.size else ''}"
        for change in push.files[:FILES_SHOWN]
    )
    more = f" and {len(push.files) - FILES_SHOWN} more" if len(push.files) > FILES_SHOWN else ""
    lines = [
        f"• {link(f'{url}/commit/{commit.sha}', commit.sha[:7])} {escape(shorten(commit.title, 120))}"
        for commit in push.commits[:3]
    ]
    blocks: Blocks = [
        section(f":satellite_antenna: *{author} pushed {what} to {link(url, push.id)}* (main, {count})"),
        section("\n".join([*lines, files + more])),
    ]
    details = button("model.details", "Details", push.id)
    if push.kind == "model":
        tune = button("model.tune", "Fine-tune", push.id)
        blocks.append(actions("push.actions", button("model.try", "Try", push.id), details, tune))
    else:
        blocks.append(actions("push.actions", details))
    return text, blocks


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


def _what(push: Push) -> str:
    if push.card_only:
        return "a card edit"
    if not push.weights_changed:
        return "other files"
    return "new weights" if push.kind == "model" else "new data"
