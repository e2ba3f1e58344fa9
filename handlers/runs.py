"""Following and steering runs: words and buttons do the same."""

import time
from dataclasses import replace
from functools import cache, partial
from itertools import islice

from core.blocks.run import build_runs, build_shown, resumption
from core.blocks.run_logs import build_logs
from core.blocks.run_model import build_run_model
from core.commands.runs import CancelRun, ListRuns, MuteRun, ResumeRun, ShowLogs, ShowRun, UnmuteRun
from handlers.listeners import Answer, Caller, Commands, Parts, say
from jobs.inference import asking

LOG_LINES = 20
# Runs that a list shows, and among how many it looks for them.
LISTED, LOOKED_AT = 15, 200


def runs(parts: Parts, caller: Caller, requested_by: str | None = None, state: str | None = None) -> Answer:
    """The newest runs that whoever reads the answer may see."""
    newest = parts.runs.newest(requested_by=requested_by, state=state, limit=LOOKED_AT)
    may_see = cache(partial(_may_see, parts, caller))
    return Answer(*build_runs(list(islice((run for run in newest if may_see(run.requested_by, run.channel)), LISTED))))


def _may_see(parts: Parts, caller: Caller, owner: str, channel: str) -> bool:
    """Whether all who read an answer to this person may see what `owner` started in `channel`."""
    if channel == caller.channel:
        return True
    # What answers a slash command is for that person alone, as is all in a direct message.
    if caller.message is None or caller.channel.startswith("D"):
        return parts.access.may_see(caller.user, owner, channel)
    return parts.workspace.is_open(channel)


def show(parts: Parts, caller: Caller, run_id: str, now: float) -> Answer:
    """The run as it stands, with the way to its card."""
    run = parts.runs.shown_to(run_id, caller.user)
    where = parts.outbox.location(run.id)
    card = parts.workspace.permalink(*where) if where else None
    return Answer(*build_shown(run, now, card, parts.releases.of_run(run)))


def details(parts: Parts, caller: Caller, run_id: str) -> Answer:
    """The run as it stands, and what is known of its model where there is one."""
    shown = show(parts, caller, run_id, time.time())
    if parts.runs.get(run_id).state != "succeeded":
        return shown
    model = asking.trained_model(parts.workbench, caller.user, run_id)
    return replace(shown, blocks=[*shown.blocks, *build_run_model(model)])


def cancel(parts: Parts, caller: Caller, run_id: str) -> Answer:
    run = parts.runs.cancel(run_id, caller.user)
    return say(f"{run.id} is cancelled." if run.state == "cancelled" else f"{run.id} was asked to stop.")


def resume(parts: Parts, caller: Caller, run_id: str) -> Answer:
    run = parts.runs.resume(run_id, caller.user)
    goes_on = "goes on from its last checkpoint" if "checkpoint" in run.progress else resumption(run)
    return say(f"{run.id} is queued again as attempt {run.attempt}; it {goes_on}.")


def logs(parts: Parts, caller: Caller, run_id: str) -> Answer:
    """How it stands, its milestones and its last log lines, for the person alone."""
    run = parts.runs.shown_to(run_id, caller.user)
    zone = parts.workspace.person(caller.user).zone
    text, blocks = build_logs(run, parts.runs.milestones(run), parts.supervisor.log_tail(run, LOG_LINES), zone)
    return Answer(text, blocks, only_for_them=True)


def toggle_mute(parts: Parts, caller: Caller, run_id: str) -> Answer:
    """The button of the card: mutes, or unmutes."""
    return mute(parts, caller, run_id, muted=not parts.runs.get(run_id).muted)


def mute(parts: Parts, caller: Caller, run_id: str, *, muted: bool) -> Answer:
    run = parts.runs.mute(run_id, caller.user, muted=muted)
    return say(f"{run.id} is {'quiet in its thread now; its card goes on' if muted else 'no longer muted'}.")


COMMANDS: Commands = {
    ListRuns: lambda parts, caller, c: runs(parts, caller, caller.user if c.scope == "mine" else None, c.status),
    ShowRun: lambda parts, caller, c: show(parts, caller, c.run, time.time()),
    CancelRun: lambda parts, caller, c: cancel(parts, caller, c.run),
    ResumeRun: lambda parts, caller, c: resume(parts, caller, c.run),
    ShowLogs: lambda parts, caller, c: logs(parts, caller, c.run),
    MuteRun: lambda parts, caller, c: mute(parts, caller, c.run, muted=True),
    UnmuteRun: lambda parts, caller, c: mute(parts, caller, c.run, muted=False),
}
