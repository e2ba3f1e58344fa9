"""App Home."""

from collections.abc import Sequence

from core.blocks.parts import Blocks, actions, button, context, section
from core.blocks.run import build_runs
from core.store.releases import Release
from core.store.runs import Run
from core.words import link


def build_home(user: str, waiting: Sequence[Release], mine: Sequence[Run], hub_url: str) -> Blocks:
    """What waits for `user`, what is theirs, and what they can type."""
    blocks: Blocks = [section("*Waiting for a decision*")]
    if not waiting:
        blocks.append(section("Nothing waits for you."))
    for release in waiting[:10]:
        blocks.append(
            section(
                f":package: *{release.id}* {link(f'{hub_url}/{release.repo}', release.repo)} · from R{release.run} · "
                f"asked by <@{release.requested_by}>"
            )
        )
        if release.requested_by != user:
            blocks.append(
                actions(
                    f"{release.id}.home",
                    button("release.approve", "Approve", release.id, "primary"),
                    button("release.reject", "Reject…", release.id, "danger"),
                )
            )
    runs = build_runs(mine)[1]
    # A list of runs begins with a title of its own.
    blocks += [{"type": "divider"}, section("*My runs, newest first*"), *(runs[1:] if mine else runs)]
    blocks += [{"type": "divider"}, context("`/hf help` lists everything that can be typed, with examples.")]
    return blocks
