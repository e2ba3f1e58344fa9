"""App Home: what waits for me, what is mine, what runs by itself, what I can do; nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.blocks.parts import Block, Blocks, actions, button, context, link_button, section
from core.blocks.push import end_button, mute_button
from core.blocks.release import approve_button, build_figures
from core.blocks.run import STATE_WORDS, mark, metrics_line
from core.blocks.schedule import say_times
from core.store.releases import Release
from core.store.runs import Run
from core.store.schedules import Schedule
from core.store.watches import Watch
from core.words import date, escape, link, plural

SHOWN = 5
# What can be done to a run, by its state.
STEPS = {
    "queued": ("run.cancel", "Cancel"),
    "starting": ("run.cancel", "Cancel"),
    "running": ("run.cancel", "Cancel"),
    "succeeded": ("run.publish", "Publish"),
    "failed": ("run.resume", "Resume"),
    "cancelled": ("run.resume", "Resume"),
    "lost": ("run.resume", "Resume"),
}


@dataclass(frozen=True)
class Pending:
    """A release that waits, its run, the version before it with its run, and the address of its card."""

    release: Release
    run: Run
    before: tuple[str, Run] | None = None
    card: str = ""


@dataclass(frozen=True)
class Overview:
    """What `user` sees; `cards` are the addresses of their runs' cards, by id, as far as they are known."""

    user: str
    hub_url: str
    quorum: int
    waiting: Sequence[Pending] = ()
    runs: Sequence[Run] = ()
    schedules: Sequence[tuple[Schedule, Sequence[float]]] = ()
    watches: Sequence[Watch] = ()
    releases: Sequence[Release] = ()
    cards: dict[str, str] = field(default_factory=dict)


def build_home(overview: Overview) -> Blocks:
    """The whole tab; a newcomer's holds the first steps as buttons."""
    blocks: Blocks = [section("*Waiting for a decision*")]
    if not overview.waiting:
        blocks.append(section("Nothing waits for you."))
    for pending in overview.waiting[:SHOWN]:
        blocks += _build_pending(overview, pending)
    blocks += _more(len(overview.waiting), "releases")
    lists = (
        ("My runs", "runs mine", [[_run(run, overview.cards.get(run.id, ""))] for run in overview.runs]),
        ("My schedules", "schedules", [[_schedule(*each)] for each in overview.schedules]),
        ("My watches", "watching", [_watch(watch, overview.hub_url) for watch in overview.watches]),
        ("Released", "releases", [[_release(release, overview.hub_url)] for release in overview.releases]),
    )
    for title, command, entries in lists:
        if entries:
            lines = [line for entry in entries[:SHOWN] for line in entry]
            blocks += [{"type": "divider"}, section(f"*{title}*"), *lines, *_more(len(entries), command)]
    if not overview.runs:
        blocks += [{"type": "divider"}, *_first_steps()]
    blocks.append(context("`/hf help all` lists everything that can be typed; `/hf help train` shows examples."))
    return blocks


def _build_pending(overview: Overview, pending: Pending) -> Blocks:
    release, run = pending.release, pending.run
    version = release.surroundings.version if release.surroundings else ""
    name = link(f"{overview.hub_url}/{release.repo}", f"{release.repo} {version}".strip())
    so_far = ", ".join(f"<@{user}>" for user in release.approved_by) or "—"
    lines = [
        (
            f":package: *{release.id}* {name} ({'public' if release.public else 'private'}) · from {run.id} · "
            f"asked by <@{release.requested_by}>"
        ),
        build_figures(run, pending.before),
        f"needs {plural(overview.quorum, 'approval')} · so far: {so_far}",
    ]
    review = [link_button("release.review", "Review", pending.card)] if pending.card else []
    if release.requested_by == overview.user:
        row = [button("release.withdraw", "Withdraw", release.id), *review]
    else:
        row = [approve_button(release), button("release.reject", "Reject…", release.id, "danger"), *review]
    return [section("\n".join(lines)), actions(f"{release.id}.home", *row)]


def _run(run: Run, card: str) -> Block:
    told = metrics_line(run.metrics) if run.state == "succeeded" else STATE_WORDS[run.state]
    name = link(card, run.id) if card else run.id
    action, label = STEPS[run.state]
    text = f"{mark(run)} *{name}* {escape(run.title)} · {told} · {date(run.created)}"
    return _line(text, button(action, label, run.id))


def _schedule(schedule: Schedule, times: Sequence[float]) -> Block:
    paused = schedule.state == "paused"
    next_time = f" · next: {say_times(times[:1], schedule.zone)}" if times and not paused else f" · {schedule.state}"
    step = ("schedule.resume", "Resume") if paused else ("schedule.pause", "Pause")
    text = f"*{schedule.id}* {escape(schedule.title)} · {escape(schedule.words)}{next_time}"
    return _line(text, button(*step, schedule.id))


def _watch(watch: Watch, hub_url: str) -> Blocks:
    kind = "datasets/" if watch.kind == "dataset" else ""
    text = f"*{watch.id}* {link(f'{hub_url}/{kind}{watch.target}', watch.target)} in <#{watch.channel}>"
    row = actions(f"{watch.id}.home", end_button(watch), mute_button(watch))
    return [section(f"{text}{' · muted' if watch.muted else ''}"), row]


def _release(release: Release, hub_url: str) -> Block:
    name = link(f"{hub_url}/{release.repo}", f"{release.repo} {release.version or ''}".strip())
    text = f":white_check_mark: *{release.id}* {name} · from R{release.run} by <@{release.requested_by}>"
    return _line(text, button("model.try", "Try", release.repo))


def _line(text: str, step: Block) -> Block:
    return section(text) | {"accessory": step}


def _more(count: int, command: str) -> Blocks:
    return [context(f"and {count - SHOWN} more: `/hf {command}`")] if count > SHOWN else []


def _first_steps() -> Blocks:
    """What a newcomer can press."""
    return [
        section("*First steps.* Find a model, ask it something, then fine-tune it on your data."),
        actions(
            "home.steps",
            button("search.open", "Search", "search", "primary"),
            button("try.open", "Try a model", "run"),
            button("help.open", "All commands", "help"),
        ),
    ]
