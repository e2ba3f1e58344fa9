"""The collaborators that every listener is given."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from slack_sdk import WebClient

from core.access import Access
from core.data_files import DataFiles
from core.hub import Hub
from core.hub.typeahead import TypeAhead
from core.outbox import Outbox
from core.releases import Releases
from core.replies import Replies
from core.runs import Runs
from core.schedules import Schedules
from core.settings import Settings
from core.store import Database
from core.tries import Tries
from core.watches import Watches
from core.workspace import Workspace
from jobs.inference.asking import Workbench
from jobs.planner import Planner
from jobs.scheduler import Scheduler
from jobs.supervisor import Supervisor


@dataclass(frozen=True)
class Parts:
    """Put together in `bot.app.build`; `pool` takes what is too slow for an acknowledgement."""

    settings: Settings
    database: Database
    client: WebClient
    workspace: Workspace
    access: Access
    hub: Hub
    authors: TypeAhead
    models: TypeAhead
    datasets: TypeAhead
    outbox: Outbox
    replies: Replies
    runs: Runs
    releases: Releases
    schedules: Schedules
    watches: Watches
    tries: Tries
    data_files: DataFiles
    planner: Planner
    supervisor: Supervisor
    scheduler: Scheduler
    workbench: Workbench
    pool: ThreadPoolExecutor
    bot_user: str
