"""Following and steering runs: words and buttons do the same."""

from core.answers import Answer, Caller, say
from core.blocks.release import build_publish_form
from core.blocks.run import build_card, build_logs, build_runs
from core.words import link
from handlers.parts import Parts


def runs(parts: Parts, requested_by: str | None = None, state: str | None = None) -> Answer:
    text, blocks = build_runs(parts.runs.newest(requested_by=requested_by, state=state))
    return Answer(text, blocks)


def show(parts: Parts, run_id: str, now: float) -> Answer:
    """The run as it stands, with the way to its card."""
    run = parts.runs.get(run_id)
    text, blocks, _pictures = build_card(run, ahead=0, now=now)
    shown = [block for block in blocks if block["type"] != "image"]
    where = parts.outbox.location(run.id)
    if where:
        permalink = parts.client.chat_getPermalink(channel=where[0], message_ts=where[1])["permalink"]
        shown.append({"type": "context", "elements": [{"type": "mrkdwn", "text": link(permalink, "its card")}]})
    return Answer(text, shown)


def cancel(parts: Parts, caller: Caller, run_id: str) -> Answer:
    run = parts.runs.cancel(run_id, caller.user)
    return say(f"{run.id} is cancelled." if run.state == "cancelled" else f"{run.id} was asked to stop.")


def resume(parts: Parts, caller: Caller, run_id: str) -> Answer:
    run = parts.runs.resume(run_id, caller.user)
    return say(f"{run.id} is queued again as attempt {run.attempt}; it goes on from its last checkpoint.")


def logs(parts: Parts, _caller: Caller, run_id: str) -> Answer:
    """The last events and log lines, for the person alone."""
    run = parts.runs.get(run_id)
    text, blocks = build_logs(run, parts.runs.events(run), parts.supervisor.log_tail(run, 20))
    return Answer(text, blocks, only_for_them=True)


def toggle_mute(parts: Parts, caller: Caller, run_id: str) -> Answer:
    """The button of the card: mutes, or unmutes."""
    return mute(parts, caller, run_id, muted=not parts.runs.get(run_id).muted)


def mute(parts: Parts, caller: Caller, run_id: str, *, muted: bool) -> Answer:
    run = parts.runs.mute(run_id, caller.user, muted=muted)
    return say(f"{run.id} is {'quiet in its thread now; its card goes on' if muted else 'no longer muted'}.")


def open_publish_form(parts: Parts, caller: Caller, run_id: str) -> None:
    """Publish under a finished run: a form for the name and the visibility."""
    run = parts.runs.get(run_id)
    parts.access.ensure_owner(caller.user, run.requested_by, run.id)
    name = run.title.lower().replace(" on ", "-").replace(" ", "-")[:60]
    parts.client.views_open(trigger_id=caller.trigger_id, view=build_publish_form(run, f"org/{name}"))
