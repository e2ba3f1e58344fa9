"""hugops without Slack, Hub and workers: the real rules and the real database, and small working stand-ins."""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from core import settings
from core.access import Access
from core.errors import HugopsError
from core.events import Event, read_event
from core.hub import Hub
from core.namespaces import Namespaces
from core.outbox import Outbox
from core.plans import Plan, TrainingRequest
from core.recipe import Base, DatasetSource, Splits, TrainParameters, TypedParameters
from core.releases import Releases, Rules
from core.runs import Runs
from core.schedules import Schedules
from core.slack_sender import Sender
from core.store import Database
from core.store.plans import save_plan
from core.store.releases import Release
from core.store.runs import Run
from core.watches import Watches
from core.workspace import Person, Workspace
from jobs.executors import run_folder
from jobs.executors.run_folder import LineReader, LinesRead
from jobs.postman import Postman
from jobs.publishing.steps import Publishing, advance
from jobs.supervisor import Supervisor
from world.core_hub import MemoryHub

ANA, BO, CY, DEE, EVE = "U0000ANA", "U00000BO", "U00000CY", "U0000DEE", "U0000EVE"
NEEDED = {
    "SLACK_BOT_TOKEN": "xoxb-1-made-up",
    "SLACK_APP_TOKEN": "xapp-1-made-up",
    "HF_TOKEN": "hf_made_up",
}
PING = "<!channel> & <@U0000EVE>"


class Clock:
    now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


class MemorySlack:
    """A sender that keeps every message as it looks now."""

    def __init__(self) -> None:
        self.messages: dict[str, dict[str, Any]] = {}

    def post(self, channel: str, thread: str | None, content: dict[str, Any]) -> tuple[str, str]:
        ts = f"{len(self.messages) + 1}.0"
        self.messages[ts] = {"channel": channel, "thread": thread, **content}
        return channel, ts

    def edit(self, channel: str, ts: str, content: dict[str, Any]) -> None:
        self.messages[ts] |= content

    def direct(self, user: str) -> None:
        """Direct messages have the person's own id here."""

    def find(self, channel: str, thread: str | None, delivery: str, since: float) -> str | None:
        return next((ts for ts, one in self.messages.items() if _payload(one)["delivery"] == delivery), None)

    def upload(self, file: Path, alt: str) -> str:
        return f"F-{file.name}"

    def about(self, thing: str, *, thread: bool = False) -> list[tuple[str, str, str]]:
        """Channel, state and text of what was said about a thing: its cards, or what stands in their threads."""
        return [
            (one["channel"], _payload(one)["state"], one["text"])
            for one in self.messages.values()
            if _payload(one)["about"] == thing and bool(one["thread"]) == thread
        ]


class Colleagues:
    """A workspace of five: Bo and Dee are in @ml-leads, Cy is the workspace's admin."""

    groups: Mapping[str, frozenset[str]] = {"ml-leads": frozenset({BO, DEE}), "S0LEADS": frozenset({BO, DEE})}

    def person(self, user: str) -> Person:
        return Person(user, user.removeprefix("U").lstrip("0").lower(), ZoneInfo("Europe/Berlin"), user == CY)

    def may_read(self, user: str, channel: str) -> bool:
        return channel != "C-SECRET" or user == BO

    def admins(self) -> frozenset[str]:
        return frozenset({CY})

    def members_of(self, handle: str) -> frozenset[str]:
        return self.groups.get(handle.removeprefix("@"), frozenset())


class Workers:
    """An executor whose workers live and write events when they are told to."""

    def __init__(self) -> None:
        self.alive: set[Path] = set()
        self.submitted: list[tuple[str, int]] = []
        self.cancelled: list[str] = []
        self._lines = LineReader()

    def submit(self, run_dir: Path) -> None:
        recipe = json.loads((run_dir / "recipe.json").read_text())
        self.submitted.append((recipe["run"], recipe["attempt"]))
        self.alive.add(run_dir)

    def is_alive(self, run_dir: Path) -> bool:
        return run_dir in self.alive

    def cancel(self, run_dir: Path) -> None:
        if run_dir in self.alive:
            self.cancelled.append(run_dir.name)
            write(run_dir, "cancelled")
            self.alive.discard(run_dir)

    def ending(self, run_dir: Path) -> str:
        return "\n".join(["exit code 9", *(self.log_tail(run_dir, 5) or ["Killed"])])

    def log_tail(self, run_dir: Path, lines: int) -> list[str]:
        return run_folder.log_tail(run_dir, lines)

    def events(self, run_dir: Path, offset: int) -> LinesRead:
        return self._lines.read(run_dir / run_folder.EVENTS_FILE, offset)

    def fetch(self, run_dir: Path, path: str) -> Path:
        return run_folder.artifact(run_dir, path)


def write(run_dir: Path, event_type: str, /, **fields: Any) -> None:
    """One more event of the attempt that the recipe names."""
    path = run_dir / "events.jsonl"
    attempt = json.loads((run_dir / "recipe.json").read_text())["attempt"]
    seq = len(path.read_bytes().splitlines()) + 1 if path.exists() else 1
    with path.open("a") as file:
        file.write(json.dumps(event(seq, event_type, attempt=attempt, **fields)) + "\n")


def event(seq: int, event_type: str, /, attempt: int = 1, **fields: Any) -> dict[str, Any]:
    return {"seq": seq, "at": "2026-09-21T14:13:20.000Z", "attempt": attempt, "type": event_type, **fields}


def typed_event(seq: int, event_type: str, /, **fields: Any) -> Event:
    """The same as it crosses from the worker to the bot."""
    line = json.dumps(event(seq, event_type, **fields))
    crossed = read_event(line.encode())
    assert crossed is not None
    return crossed


def build_plan(user: str = ANA, **of_request: Any) -> Plan:
    """A plan for MiniLM on reviews."""
    typed = {
        "command": "train acme/minilm on acme/reviews",
        "base": "acme/minilm",
        "dataset": "acme/reviews",
        "channel": "C-ML",
    }
    request = TrainingRequest(requested_by=user, parameters=TypedParameters(), **typed | of_request)
    return Plan(
        request=request,
        title=request.title or "minilm on reviews",
        base=Base(repo="acme/minilm", revision="8b3219a" + "0" * 33, url="https://hub.test/acme/minilm"),
        dataset=DatasetSource(repo="acme/reviews", revision="5f1c" + "0" * 36),
        columns={"text": "text", "label": "label"},
        labels=["neg", "pos"],
        counts={"neg": 400, "pos": 400},
        rows={"train": 800},
        splits=Splits(),
        steps=75,
        seconds=60.0,
        memory=2 * 10**9,
        measured=False,
        problems=[],
        parameters=TrainParameters(),
    )


class Team:
    """One life of the bot on the state in `home`; Slack, Hub, clock and workers outlive it."""

    def __init__(self, home: Path, before: "Team | None" = None, **environment: str) -> None:
        self.home, self.environment = home, environment
        self.clock: Clock = before.clock if before else Clock()
        self.slack: MemorySlack = before.slack if before else MemorySlack()
        self.hub: MemoryHub = before.hub if before else MemoryHub(self.clock)
        self.workers: Workers = before.workers if before else Workers()
        self.settings = settings.read(NEEDED | environment)
        self.database = Database(home / "hugops.db")
        self.access = Access(self.settings, cast("Workspace", Colleagues()))
        self.outbox = Outbox(self.database, self.clock)
        self.postman = Postman(self.database, cast("Sender", self.slack), self.clock)
        self.runs = Runs(self.database, self.outbox, self.access, self.clock)
        self.supervisor = Supervisor(self.runs, self.workers, home / "runs", self.settings.slots)
        self.schedules = Schedules(self.database, self.outbox, self.access, self.runs, self.clock)
        self.use_hub(self.hub)

    def use_hub(self, hub: object) -> None:
        real = cast("Hub", hub)
        rules = Rules(
            lambda: "C-APPROVALS",
            lambda: "C-RELEASES",
            self.settings.quorum,
            partial(real.url, "model"),
            Namespaces(real.whoami),
        )
        self.releases = Releases(self.database, self.outbox, self.access, self.runs, rules, self.clock)
        self.bench = Publishing(self.releases, self.runs, real, self.home / "runs")
        self.watches = Watches(self.database, self.outbox, self.access, real, self.clock)

    def restart(self) -> "Team":
        """The next life, after a kill -9."""
        self.database.close()
        return Team(self.home, self, **self.environment)

    def drain(self) -> None:
        """Lets time pass until nothing is left to send."""
        for _ in range(300):
            self.postman.send_due()
            self.clock.now += 1.1
            if not self.database.all("SELECT 1 FROM deliveries WHERE status IN ('waiting', 'sending')"):
                return

    def plan(self, user: str = ANA, **of_request: Any) -> Plan:
        return save_plan(self.database, build_plan(user, **of_request))

    def start(self, user: str = ANA, **of_request: Any) -> Run:
        return self.runs.start(self.plan(user, **of_request).id, user)

    def folder(self, run: Run) -> Path:
        return self.home / "runs" / run.id

    def finished_run(self) -> Run:
        """A run of Ana's that is done, with its model."""
        run = self.start()
        self.runs.starting(run)
        metrics = {"accuracy": 0.812, "accuracy_margin": 0.023, "f1": 0.81, "rows": 1066, "majority": 0.5}
        done = self.runs.apply(run, [typed_event(1, "started"), typed_event(2, "finished", metrics=metrics)], 10)
        model = self.folder(run) / "model"
        model.mkdir(parents=True)
        for name in ("model.safetensors", "config.json", "README.md"):
            (model / name).write_text(f"{name} of {run.id}")
        return done

    def asked(self, repo: str = "acme/router", *, public: bool = True) -> Release:
        """A release of a new run, as far as the approvers."""
        release = self.releases.request(self.finished_run().id, repo, ANA, "C-ML", public=public)
        self.work()
        return self.releases.get(release.id)

    def work(self) -> None:
        """One round of what waits on the Hub."""
        for release in self.releases.pending():
            advance(self.bench, release)


def sentence_of(error: BaseException) -> str:
    assert isinstance(error, HugopsError)
    return error.sentence


def _payload(message: dict[str, Any]) -> dict[str, str]:
    payload: dict[str, str] = message["metadata"]["event_payload"]
    return payload
