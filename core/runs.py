"""Runs: their states and rules. Every change is one transaction that also writes what people are told."""

import logging
import time
from collections.abc import Callable, Sequence
from sqlite3 import Connection
from typing import Any

from core.access import Access
from core.blocks import run as cards
from core.errors import Conflict, Mistake
from core.figures import main_figure, read_figures
from core.outbox import Message, Outbox
from core.plans import Plan, find_plan, settle_plan
from core.store import Database, dump
from core.store import runs as rows
from core.store.runs import OPEN, Run
from core.words import escape

log = logging.getLogger(__name__)
RUNNING = ("starting", "running")
# A thread is a chronicle, not a ticker; in between, the card is edited.
NOTE_SECONDS = 20.0


class Runs:
    """What can be done to runs, by people (checked here) and by the supervisor."""

    def __init__(
        self, database: Database, outbox: Outbox, access: Access, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._access = access
        self._clock = clock
        self.on_change: Callable[[], None] = lambda: None

    # What people ask for

    def get(self, run_id: str) -> Run:
        """The run with this short id; Mistake when there is none."""
        number = run_id.removeprefix("R")
        found = rows.find(self._database, int(number)) if number.isdecimal() and len(number) < 12 else None
        if found is None:
            raise Mistake(f"There is no run {escape(run_id)}. `/hf runs` lists those there are.")
        return found

    def newest(self, *, requested_by: str | None = None, state: str | None = None, limit: int = 15) -> list[Run]:
        return rows.newest(self._database, limit, requested_by, state)

    def start(self, plan_id: str, user: str) -> Run:
        """Turns a plan into a queued run, once: Conflict tells a second press what the first one made."""
        plan = find_plan(self._database, plan_id)
        self._access.ensure_owner(user, plan.request.requested_by, "This plan")
        self._access.ensure_trainer(user)
        with self._database.transaction() as connection:
            ensure_fresh(find_plan(self._database, plan_id))
            run = self._enqueue(connection, plan)
            settle_plan(connection, plan_id, run.id)
        self.on_change()
        return run

    def start_slot(self, plan: Plan, schedule: int, slot: float) -> Run | None:
        """The run of one slot of a schedule; None when that slot has had its run."""
        with self._database.transaction() as connection:
            if connection.execute("SELECT 1 FROM runs WHERE schedule = ? AND slot = ?", (schedule, slot)).fetchone():
                return None
            run = self._enqueue(connection, plan, schedule=schedule, slot=slot)
            self._database.on_commit(self.on_change)
        return run

    def cancel(self, run_id: str, user: str) -> Run:
        """Asks a run to stop; a queued one stops at once, a running one when its worker has heard it."""
        run = self.get(run_id)
        self._access.ensure_owner(user, run.requested_by, run.id)
        with self._database.transaction() as connection:
            run = self.get(run_id)  # it may have moved on since, and must not be moved back
            if run.cancel_by and run.is_open:
                raise Conflict(f"{run.id} was asked to stop already; it waits for its worker to say so.")
            if rows.move(connection, run.number, ("queued",), "cancelled", cancel_by=user, ended=self._clock()):
                self._tell_queue(connection)
            elif not rows.move(connection, run.number, RUNNING, run.state, cancel_by=user):
                raise Conflict(f"{run.id} is {cards.STATE_WORDS[run.state]} already; nothing to cancel.")
            self._tell(connection, run.number)
        self.on_change()
        return self.get(run_id)

    def resume(self, run_id: str, user: str) -> Run:
        """Queues another attempt of a lost, failed or cancelled run, from its last checkpoint."""
        run = self.get(run_id)
        self._access.ensure_owner(user, run.requested_by, run.id)
        self._access.ensure_trainer(user)
        with self._database.transaction() as connection:
            run = self.get(run_id)
            # What the card shows belongs to one attempt; the events of the earlier ones are kept.
            if not rows.move(
                connection,
                run.number,
                ("lost", "failed", "cancelled"),
                "queued",
                attempt=run.attempt + 1,
                cancel_by=None,
                started=None,
                ended=None,
                failure=None,
                progress=None,
                best=None,
                artifacts="{}",
            ):
                raise Conflict(f"{run.id} is {cards.STATE_WORDS[run.state]}; there is nothing to resume.")
            self._tell(connection, run.number)
        self.on_change()
        return self.get(run_id)

    def mute(self, run_id: str, user: str, *, muted: bool) -> Run:
        """Stops (or lets through again) what the run says on its way; its card and its last word go on."""
        run = self.get(run_id)
        self._access.ensure_owner(user, run.requested_by, run.id)
        with self._database.transaction() as connection:
            rows.update(connection, run.number, muted=int(muted))
            self._tell(connection, run.number)
        return self.get(run_id)

    def events(self, run: Run, limit: int = 12) -> list[dict[str, Any]]:
        return rows.events(self._database, run.number, limit)

    def measured_rate(self, base: str) -> float | None:
        """Samples a second that the last finished run on this base reached here."""
        return rows.measured_rate(self._database, base)

    # What the supervisor reports

    def open(self) -> list[Run]:
        """Runs that are queued or at work, oldest first."""
        return rows.in_states(self._database, OPEN)

    def starting(self, run: Run) -> bool:
        """Takes a queued run for submission; False when it is no longer queued."""
        with self._database.transaction() as connection:
            taken = rows.move(connection, run.number, ("queued",), "starting", started=self._clock())
            if taken:
                self._tell(connection, run.number)
                self._tell_queue(connection)
        return taken

    def apply(self, run: Run, events: Sequence[dict[str, Any]], read_to: int) -> Run:
        """Takes in what the worker wrote since the last time, with the offset up to which it was read."""
        with self._database.transaction() as connection:
            for event in events:
                if rows.add_event(connection, run.number, event):
                    self._apply_one(connection, run.number, event)
            rows.update(connection, run.number, read_to=read_to)
            if events:
                self._tell(connection, run.number)
        return self.get(run.id)

    def lost(self, run: Run, ending: str) -> None:
        """The worker is gone without a last word; never requeued, only offered."""
        with self._database.transaction() as connection:
            if self.get(run.id).cancel_by:
                moved = rows.move(connection, run.number, RUNNING, "cancelled", ended=self._clock())
            else:
                failure = dump({"reason": "The worker process vanished.", "kind": "lost", "log": ending})
                moved = rows.move(connection, run.number, RUNNING, "lost", ended=self._clock(), failure=failure)
            if moved:
                self._tell(connection, run.number)
                self._tell_queue(connection)
                self._say(connection, run.number, "end")
        log.warning("%s was lost: %s", run.id, ending)

    def _enqueue(self, connection: Connection, plan: Plan, **of_schedule: object) -> Run:
        number = rows.insert(
            connection,
            {
                "state": "queued",
                "title": plan.title,
                "recipe": plan.recipe().model_dump_json(exclude={"run", "attempt"}),
                "channel": plan.request.channel,
                "requested_by": plan.request.requested_by,
                "executor": "local",
                "created": self._clock(),
                **of_schedule,
            },
        )
        self._tell(connection, number)
        return self.get(f"R{number}")

    def _apply_one(self, connection: Connection, number: int, event: dict[str, Any]) -> None:
        run = self.get(f"R{number}")
        if event["attempt"] != run.attempt:
            return  # a late word of an earlier attempt is kept among the events and changes nothing
        change = _CHANGES.get(event["type"])
        if change is None:
            log.info("%s: unknown event %r is kept and ignored", run.id, event["type"])
            return
        target, columns = change(run, event)
        columns["last_seq"] = event["seq"]
        if target is None:
            rows.update(connection, number, **columns)
        elif rows.move(connection, number, (*RUNNING, "lost"), target, **columns) and target != "running":
            rows.update(connection, number, ended=self._clock())
            self._tell_queue(connection)
            self._say(connection, number, "end")
        if event["type"] in cards.TOLD_IN_THREAD:
            self._say(connection, number, str(event["seq"]), event)

    def _tell(self, connection: Connection, number: int) -> None:
        run = self.get(f"R{number}")
        queue = connection.execute(
            "SELECT COUNT(*) FROM runs WHERE state IN ('starting', 'running') OR state = 'queued' AND id < ?", (number,)
        ).fetchone()[0]
        text, blocks, pictures = cards.build_card(run, ahead=queue, now=self._clock())
        self._outbox.put(Message(run.id, run.channel, text, run.id, run.state, blocks, pictures=pictures))

    def _tell_queue(self, connection: Connection) -> None:
        """Whoever waits has fewer, or others, ahead of them now."""
        for run in rows.in_states(self._database, ("queued",)):
            self._tell(connection, run.number)

    def _say(self, connection: Connection, number: int, what: str, event: dict[str, Any] | None = None) -> None:
        run = self.get(f"R{number}")
        if event is not None and (run.muted or self._is_noise(connection, run, event)):
            return
        text = cards.build_note(event) if event else cards.build_ending(run)
        self._outbox.put(Message(f"{run.id}/{run.attempt}/{what}", run.channel, text, run.id, run.state, thread=run.id))

    def _is_noise(self, connection: Connection, run: Run, event: dict[str, Any]) -> bool:
        """Whether a milestone comes so soon after the last note that the card alone should tell it."""
        if event["type"] not in ("evaluated", "checkpoint") or event.get("split") == "test":
            return False
        last = connection.execute(
            "SELECT MAX(created) FROM deliveries WHERE message > ? AND message < ?",
            (f"{run.id}/{run.attempt}/", f"{run.id}/{run.attempt}0"),  # `0` is the sign after `/`
        ).fetchone()[0]
        return last is not None and self._clock() - float(last) < NOTE_SECONDS


def ensure_fresh(plan: Plan) -> None:
    """Conflict when the plan has been pressed before; the sentence says what came of it."""
    if plan.became == "nothing":
        raise Conflict("This plan was put away. Type the command again.")
    if plan.became:
        raise Conflict(f"This was already started as {plan.became}. Nothing was started twice.")


Change = tuple[str | None, dict[str, object]]


def _started(_run: Run, _event: dict[str, Any]) -> Change:
    return "running", {}


def _data(_run: Run, event: dict[str, Any]) -> Change:
    return None, {"data": dump(event)}


def _progress(_run: Run, event: dict[str, Any]) -> Change:
    return None, {"progress": dump(event)}


def _evaluated(run: Run, event: dict[str, Any]) -> Change:
    if event.get("split") == "test" or not _is_best(run, event):
        return None, {}
    best = {key: event.get(key) for key in ("metrics", "step", "split")}
    return None, {"best": dump(best | ({"figures": event["figures"]} if "figures" in event else {}))}


def _is_best(run: Run, event: dict[str, Any]) -> bool:
    """What the worker decided; workers of version 0.1 left it to the figures."""
    if "figures" in event:
        return bool(event.get("best"))
    figure, before = main_figure(read_figures(event)), main_figure(read_figures(run.best))
    return figure is not None and figure.is_better_than(before)


def _artifact(run: Run, event: dict[str, Any]) -> Change:
    name = str(event.get("name") or event.get("kind"))
    return None, {"artifacts": dump({**run.artifacts, name: event})}


def _finished(_run: Run, event: dict[str, Any]) -> Change:
    figures = {"figures": event["figures"]} if "figures" in event else {}
    return "succeeded", {"metrics": dump((event.get("metrics") or {}) | figures), "failure": None}


def _failed(_run: Run, event: dict[str, Any]) -> Change:
    failure = {"reason": event.get("reason", ""), "kind": event.get("kind", "internal")}
    return "failed", {"failure": dump(failure)}


def _cancelled(_run: Run, _event: dict[str, Any]) -> Change:
    return "cancelled", {}


def _nothing(_run: Run, _event: dict[str, Any]) -> Change:
    return None, {}


_CHANGES: dict[str, Callable[[Run, dict[str, Any]], Change]] = {
    "started": _started,
    "data": _data,
    "progress": _progress,
    "evaluated": _evaluated,
    "artifact": _artifact,
    "finished": _finished,
    "failed": _failed,
    "cancelled": _cancelled,
    "checkpoint": _nothing,
    "warning": _nothing,
}
