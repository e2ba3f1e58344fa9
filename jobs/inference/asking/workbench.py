"""What asking a model for a person takes, put together in `bot.app.build`."""

from dataclasses import dataclass, field
from pathlib import Path

from slack_sdk import WebClient

from core.hub import Hub
from core.hub.providers import Providers
from core.notes import Notes
from core.outbox import Outbox
from core.pace import EditPace
from core.replies import Replies
from core.runs import Runs
from core.store import Database
from core.tries import Tries
from core.workspace import Workspace
from jobs.inference.client import InferenceClient
from jobs.planner import Planner


@dataclass(frozen=True)
class Workbench:
    """`folder` is where the files of questions lie while they are needed, `runs_folder` where runs keep their models;
    at most `model_memory` bytes are for one model here. In the channels `unstreamed` Slack has refused to stream."""

    database: Database
    client: WebClient
    workspace: Workspace
    hub: Hub
    providers: Providers
    outbox: Outbox
    notes: Notes
    edits: EditPace
    replies: Replies
    tries: Tries
    runs: Runs
    planner: Planner
    inference: InferenceClient
    folder: Path
    runs_folder: Path
    model_memory: int
    bot_user: str
    unstreamed: set[str] = field(default_factory=set)
