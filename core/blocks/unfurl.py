"""What stands under a link to the Hub: enough to know whether to open it."""

from typing import Any

from core.blocks.parts import Blocks, actions, button, context, section
from core.hub import Model, Repo
from core.words import count, date, escape, link, plural, shorten, size


def build_unfurl(repo: Repo) -> dict[str, Any]:
    """The content of an unfurl; the repo must be one that everybody may see."""
    extent = size(repo.total_bytes) if repo.total_bytes else ""
    if isinstance(repo, Model) and repo.parameters_total:
        extent = f"{count(repo.parameters_total)} parameters"
    facts = [
        "model" if isinstance(repo, Model) else "dataset",
        escape(repo.task or ""),
        extent,
        escape(repo.license or "no licence given"),
        plural(repo.downloads, "download"),
        plural(repo.likes, "like"),
        f"updated {date(repo.updated, '{date_short_pretty}')}" if repo.updated else "",
        "*gated*" if repo.gated else "",
    ]
    blocks: Blocks = [
        section(f"*{link(repo.url, repo.id)}*"),
        context(" · ".join(fact for fact in facts if fact)),
    ]
    if repo.summary:
        blocks.append(
            {"type": "section", "text": {"type": "plain_text", "text": shorten(repo.summary, 200), "emoji": False}}
        )
    blocks.append(actions(f"unfurl:{repo.id}", button("model.details", "Details", repo.id)))
    return {"blocks": blocks, "fallback": shorten(f"{repo.id} · {repo.license or 'no licence given'}", 200)}
