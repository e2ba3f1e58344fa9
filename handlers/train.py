"""From `train` to a plan, and from Start to a run or a schedule."""

from core.blocks.plan import build_plan
from core.blocks.schedule import say_times
from core.errors import Conflict
from core.plans import TrainingRequest, find_plan, save_plan, settle_plan
from core.schedules import next_times
from handlers.answering import Answer, Caller, say
from handlers.parts import Parts


def plan(parts: Parts, request: TrainingRequest, now: float) -> Answer:
    """The plan card; nothing starts before Start is pressed."""
    parts.access.ensure_trainer(request.requested_by)
    shown = save_plan(parts.database, parts.planner.plan(request))
    times = ""
    if request.is_scheduled:
        slots = next_times(request.at, request.cron, request.zone, now, 3)
        times = f" · next: {say_times(slots, request.zone)}"
    text, blocks = build_plan(shown, times)
    return Answer(text, blocks, only_for_them=True)


def start(parts: Parts, caller: Caller, value: str) -> Answer:
    """Start under a plan: a run, or a schedule where a time was named."""
    request = find_plan(parts.database, value).request
    parts.workspace.ensure_can_post(request.channel, "press Start again")
    if request.is_scheduled:
        schedule = parts.schedules.create(value, caller.user)
        return put_away(f"{schedule.id} is set. Its card is in the channel.")
    run = parts.runs.start(value, caller.user)
    return put_away(f"Started as {run.id}. Its card is in the channel; `/hf {run.id}` shows it any time.")


def put_plan_away(parts: Parts, caller: Caller, value: str) -> Answer:
    """Cancel under a plan."""
    request = find_plan(parts.database, value).request
    parts.access.ensure_owner(caller.user, request.requested_by, "This plan")
    with parts.database.transaction() as connection:
        became = find_plan(parts.database, value).became
        if became and became != "nothing":
            raise Conflict(f"This was already started as {became}. `/hf cancel {became}` stops it.")
        settle_plan(connection, value, "nothing")
    return put_away("Put away; nothing was started.")


def put_away(sentence: str) -> Answer:
    """The sentence in place of the plan, so that its buttons are gone."""
    return Answer(sentence, say(sentence).blocks, only_for_them=True, replace=True)
