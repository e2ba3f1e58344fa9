"""The collaborators that every listener is given."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from slack_sdk import WebClient

from bot.access import Access
from bot.hub import Hub
from bot.hub.providers import Providers
from bot.hub.typeahead import TypeAhead
from bot.outbox import Outbox
from bot.releases import Releases
from bot.runs import Runs
from bot.schedules import Schedules
from bot.settings import Settings
from bot.store import Database
from bot.tries import Tries
from bot.watches import Watches
from bot.workspace import Workspace
from jobs.inference.client import InferenceClient
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
    providers: Providers
    authors: TypeAhead
    models: TypeAhead
    datasets: TypeAhead
    outbox: Outbox
    runs: Runs
    releases: Releases
    schedules: Schedules
    watches: Watches
    tries: Tries
    planner: Planner
    supervisor: Supervisor
    scheduler: Scheduler
    inference: InferenceClient
    pool: ThreadPoolExecutor
    bot_user: str
