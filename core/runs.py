"""Runs: their states and rules. Every change is one transaction that also writes what people are told."""

import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from sqlite3 import Connection, OperationalError

from core.access import Access
from core.blocks import run as cards
from core.errors import Conflict
from core.events import (
    ArtifactWritten,
    Body,
    Cancelled,
    CheckpointWritten,
    DataRead,
    Evaluated,
    Event,
    Failed,
    Finished,
    Progressed,
    Started,
    Unknown,
)
from core.figures import dump_figures, main_figure, read_figures
from core.ids import RUN
from core.listeners import Listeners
from core.outbox import Message, Outbox
from core.plans import Plan
from core.store import Database, deliveries, load, releases, rows
from core.store import runs as table
from core.store.plans import find_plan, settle_plan
from core.store.runs import OPEN, Run

log = logging.getLogger(__name__)
RUNNING = ("starting", "running")
# What stands beside a worker's word of its progress, and what of it another attempt begins with.
BESIDE, KEPT = ("was", "checkpoint", "measured"), ("checkpoint",)
# A thread is a chronicle, not a ticker: what comes so soon after a note is written below it.
NOTE_SECONDS, LONGEST_NOTE = 20.0, 2500


class Runs:
    """What can be done to runs, by people (checked here) and by the supervisor.

    `changed` tells that there may be work for the supervisor; `ended` that a run has ended, with the run.
    """

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        access: Access,
        clock: Callable[[], float] = time.time,
        executor: str = "local",
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._access = access
        self._clock = clock
        self._executor = executor
        self.changed = Listeners[[]]()
        self.ended = Listeners[[Run]]()

    # What people ask for

    def get(self, run_id: str) -> Run:
        """The run with this short id; Mistake when there is none."""
        number = RUN.number(run_id)
        run = None if number is None else table.find(self._database, number)
        if run is None:
            raise RUN.absent(run_id)
        return run

    def shown_to(self, run_id: str, user: str) -> Run:
        """The same for a person who may see it; Refused for others."""
        run = self.get(run_id)
        self._access.ensure_reader(user, run.requested_by, run.channel, run.id)
        return run

    def newest(self, *, requested_by: str | None = None, state: str | None = None, limit: int = 15) -> list[Run]:
        return table.newest(self._database, limit, requested_by, state)

    def start(self, plan_id: str, user: str, schedule: int | None = None) -> Run:
        """Turns a plan into a queued run, once: Conflict tells a second press what the first one made.

        `schedule` is the number of the one that it comes from, out of turn.
        """
        plan = find_plan(self._database, plan_id)
        self._access.ensure_owner(user, plan.request.requested_by, "This plan")
        self._access.ensure_trainer(user)
        with self._database.transaction() as connection:
            ensure_fresh(find_plan(self._database, plan_id))
            run = self._enqueue(connection, plan, schedule)
            settle_plan(connection, plan_id, run.id)
        return run

    def start_slot(self, plan: Plan, schedule: int, slot: float) -> Run | None:
        """The run of one slot of a schedule; None when that slot has had its run."""
        with self._database.transaction() as connection:
            if table.has_slot(connection, schedule, slot):
                return None
            return self._enqueue(connection, plan, schedule, slot)

    def cancel(self, run_id: str, user: str) -> Run:
        """Asks a run to stop; a queued one stops at once, a running one when its worker has heard it."""
        run = self.get(run_id)
        self._access.ensure_owner(user, run.requested_by, run.id)
        with self._database.transaction() as connection:
            run = self.get(run_id)  # it may have moved on since, and must not be moved back
            if run.cancel_by and run.is_open:
                raise Conflict(f"{run.id} was asked to stop already; it waits for its worker to say so.")
            if rows.move(connection, "runs", run.number, ("queued",), "cancelled", cancel_by=user, ended=self._clock()):
                self._tell_queue(connection)
                self._database.on_commit(partial(self.ended.tell, self.get(run.id)))
            elif not rows.move(connection, "runs", run.number, RUNNING, run.state, cancel_by=user):
                raise Conflict(f"{run.id} is {cards.STATE_WORDS[run.state]} already; nothing to cancel.")
            self._tell(connection, run.number)
        self.changed.tell()
        return self.get(run_id)

    def resume(self, run_id: str, user: str) -> Run:
        """Queues another attempt of a lost, failed or cancelled run, from its last checkpoint."""
        run = self.get(run_id)
        self._access.ensure_owner(user, run.requested_by, run.id)
        self._access.ensure_trainer(user)
        with self._database.transaction() as connection:
            run = self.get(run_id)
            # What the card shows belongs to one attempt, and to what it goes on from; the events are all kept.
            kept = {key: run.progress[key] for key in KEPT if key in run.progress}
            if not rows.move(
                connection,
                "runs",
                run.number,
                ("lost", "failed", "cancelled"),
                "queued",
                attempt=run.attempt + 1,
                cancel_by=None,
                started=None,
                ended=None,
                spent=run.spent + (run.ended - run.started if run.ended and run.started else 0.0),
                failure=None,
                progress=kept or None,
                best=run.best if "checkpoint" in kept else None,
                artifacts={},
            ):
                raise Conflict(f"{run.id} is {cards.STATE_WORDS[run.state]}; there is nothing to resume.")
            self._tell(connection, run.number)
        self.changed.tell()
        return self.get(run_id)

    def mute(self, run_id: str, user: str, *, muted: bool) -> Run:
        """Stops (or lets through again) what the run says on its way; its card and its last word go on."""
        run = self.get(run_id)
        self._access.ensure_owner(user, run.requested_by, run.id)
        with self._database.transaction() as connection:
            rows.update(connection, "runs", run.number, muted=int(muted))
            self._tell(connection, run.number)
        return self.get(run_id)

    def note_release(self, number: int) -> None:
        """Shows on the run's card what became of its releases, in the transaction that changes one."""
        with self._database.transaction() as connection:
            self._tell(connection, number)

    def events(self, run: Run, limit: int = 12) -> list[Body]:
        """The newest events of a run as they were written, oldest first."""
        return table.events(self._database, run.number, limit)

    def milestones(self, run: Run, limit: int = 25) -> list[Body]:
        """Its newest events that people ask for, oldest first."""
        return table.milestones(self._database, run.number, limit)

    def measured_rate(self, base: str) -> float | None:
        """Samples a second that the last finished run on this base reached here."""
        return table.measured_rate(self._database, base)

    # What the supervisor reports

    def open(self) -> list[Run]:
        """Runs that are queued or at work, oldest first."""
        return table.in_states(self._database, OPEN)

    def starting(self, run: Run) -> bool:
        """Takes a queued run for submission; False when it is no longer queued."""
        with self._database.transaction() as connection:
            taken = rows.move(connection, "runs", run.number, ("queued",), "starting", started=self._clock())
            if taken:
                self._tell(connection, run.number)
                self._tell_queue(connection)
        return taken

    def apply(self, run: Run, events: Sequence[Event], read_to: int) -> Run:
        """Takes in what the worker wrote since the last time, with the offset up to which it was read.

        Each event stands for itself: one that cannot be applied is kept, passed over, and changes nothing.
        """
        with self._database.transaction() as connection:
            for event in events:
                self._take_in(connection, run.number, event)
            rows.update(connection, "runs", run.number, read_to=read_to)
        return self.get(run.id)

    def lost(self, run: Run, ending: str) -> None:
        """The worker is gone without a last word; never requeued, only offered."""
        with self._database.transaction() as connection:
            if self.get(run.id).cancel_by:
                moved = rows.move(connection, "runs", run.number, RUNNING, "cancelled", ended=self._clock())
            else:
                failure = {"reason": "The worker process vanished.", "kind": "lost", "log": ending}
                moved = rows.move(connection, "runs", run.number, RUNNING, "lost", ended=self._clock(), failure=failure)
            if moved:
                self._tell(connection, run.number)
                self._tell_ending(connection, run.number)
        log.warning("%s was lost: %s", run.id, ending)

    def _enqueue(
        self, connection: Connection, plan: Plan, schedule: int | None = None, slot: float | None = None
    ) -> Run:
        number = rows.insert(
            connection,
            "runs",
            state="queued",
            title=plan.title,
            recipe=plan.recipe().model_dump_json(exclude={"run", "attempt"}),
            channel=plan.request.channel,
            requested_by=plan.request.requested_by,
            executor=self._executor,
            created=self._clock(),
            schedule=schedule,
            slot=slot,
        )
        self._tell(connection, number)
        self._database.on_commit(self.changed.tell)
        return self.get(RUN.write(number))

    def _take_in(self, connection: Connection, number: int, event: Event) -> None:
        try:
            with self._database.savepoint():
                if table.add_event(connection, number, event):
                    self._apply_one(connection, number, event)
                    self._tell(connection, number)
        except OperationalError:
            raise  # the disk is full, say: nothing is wrong with the event, and it is read again
        except Exception:  # the edge of one event: whatever it says, those after it and the other runs go on
            log.exception("R%d: event %d (%s) is kept and passed over", number, event.seq, event.type)
            table.add_event(connection, number, event)

    def _apply_one(self, connection: Connection, number: int, event: Event) -> None:
        run = self.get(RUN.write(number))
        if event.attempt != run.attempt:
            return  # a late word of an earlier attempt is kept among the events and changes nothing
        if isinstance(event, Unknown):
            log.info("%s: unknown event %r is kept and ignored %s", run.id, event.type, event.problem)
            return
        target, columns = change_of(run, event)
        columns["last_seq"] = max(run.last_seq, event.seq)
        if target is None:
            rows.update(connection, "runs", number, **columns)
        elif rows.move(connection, "runs", number, (*RUNNING, "lost"), target, **columns) and target != "running":
            rows.update(connection, "runs", number, ended=self._clock())
            self._tell_ending(connection, number)
        if event.type in cards.TOLD_IN_THREAD:
            self._say_note(connection, run, event)

    def _tell(self, connection: Connection, number: int) -> None:
        run = self.get(RUN.write(number))
        ahead, made = table.ahead_of(connection, number), releases.of_run(self._database, number)
        text, blocks, pictures = cards.build_card(run, ahead, self._clock(), made)
        self._outbox.put(Message(run.id, run.channel, text, run.id, run.state, blocks, pictures=pictures))

    def _tell_queue(self, connection: Connection) -> None:
        """Whoever waits has fewer, or others, ahead of them now."""
        for run in table.in_states(self._database, ("queued",)):
            self._tell(connection, run.number)

    def _tell_ending(self, connection: Connection, number: int) -> None:
        run = self.get(RUN.write(number))
        self._tell_queue(connection)
        self._say(run, "end", cards.build_ending(run))
        self._database.on_commit(partial(self.ended.tell, run))

    def _say_note(self, connection: Connection, run: Run, event: Event) -> None:
        """In a message of its own, or below the note before where that is a moment ago."""
        if run.muted:
            return
        run = self.get(run.id)
        note, before = cards.build_note(event.body), deliveries.newest_below(connection, f"{run.id}/{run.attempt}")
        if (
            before
            and isinstance(event, Evaluated | CheckpointWritten)
            and before.created > self._clock() - NOTE_SECONDS
        ):
            lines = f"{load(before.body)['text']}\n{note}"
            if len(lines) <= LONGEST_NOTE:
                self._say(run, before.message.rpartition("/")[2], lines)
                return
        self._say(run, str(event.seq), note)

    def _say(self, run: Run, what: str, text: str) -> None:
        self._outbox.put(Message(f"{run.id}/{run.attempt}/{what}", run.channel, text, run.id, run.state, thread=run.id))


def ensure_fresh(plan: Plan) -> None:
    """Conflict when the plan has been pressed before; the sentence says what came of it."""
    if plan.became == "nothing":
        raise Conflict("This plan was put away. Type the command again.")
    if plan.became:
        raise Conflict(f"This was already started as {plan.became}. Nothing was started twice.")


def change_of(run: Run, event: Event) -> tuple[str | None, dict[str, object]]:
    """What an event makes of a run: the state it moves to, None for none, and the columns that change."""
    match event:
        case Started():
            return "running", {}
        case DataRead():
            return None, {"data": event.body}
        case Progressed() if event.seq > run.last_seq:
            beside = {key: run.progress[key] for key in BESIDE if key in run.progress}
            return None, {"progress": beside | event.body}
        case CheckpointWritten() if event.step is not None:
            return None, {"progress": {**run.progress, "checkpoint": event.step}}
        case Evaluated() if event.split != "test":
            return None, _measured(run, event)
        case ArtifactWritten():
            artifact = {**event.body, "path": event.path}
            return None, {"artifacts": {**run.artifacts, event.name or str(event.kind): artifact}}
        case Finished():
            return "succeeded", {"metrics": event.kept_metrics(), "failure": None}
        case Failed():
            return "failed", {"failure": {"reason": event.reason, "kind": event.kind}}
        case Cancelled():
            return "cancelled", {}
    return None, {}


def _measured(run: Run, event: Evaluated) -> dict[str, object]:
    """What was measured, the loss at that time, to be compared with what follows, and whether the model never was
    better."""
    figures = dump_figures(event.shown_figures())
    measured: dict[str, object] = {
        "figures": figures,
        "metrics": event.metrics or {},
        "step": event.step,
        "split": event.split,
    }
    loss = run.progress.get("loss")
    progress = run.progress | {"measured": measured} | ({} if loss is None else {"was": loss})
    return {"progress": progress, **({"best": measured} if is_best(run, event) else {})}


def is_best(run: Run, event: Evaluated) -> bool:
    """Whether the model never was better: as the worker says, and by the main figure where it does not."""
    if event.split == "test":
        return False
    if event.best is not None:
        return event.best
    figure, best = main_figure(event.shown_figures()), main_figure(read_figures(run.best))
    return figure is not None and figure.is_better_than(best)
