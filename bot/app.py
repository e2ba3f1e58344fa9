"""The one place where the parts are put together, started and stopped."""

import fcntl
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Protocol, TextIO

from slack_bolt import App
from slack_bolt.adapter.socket_mode.builtin import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

import handlers
from bot.doctor import warn_of_obstacles
from bot.listener import Facts, Listener
from core.access import Access
from core.archive import Archive
from core.data_files import DataFiles
from core.errors import HubError, SettingsError
from core.hub import Hub
from core.hub.providers import Providers, router_of
from core.hub.typeahead import TypeAhead
from core.namespaces import Namespaces
from core.notes import Notes
from core.outbox import Outbox
from core.pace import EditPace
from core.releases import Releases, Rules
from core.replies import Replies
from core.runs import Runs
from core.schedules import Schedules
from core.settings import HELP, Settings
from core.slack_sender import Sender
from core.store import Database, deliveries
from core.tries import Tries
from core.watches import Watches
from core.workspace import Workspace
from handlers.interrupted import end_unanswered
from handlers.parts import Parts
from jobs.executors import Executor, constructor_of
from jobs.executors.local import worker_environment
from jobs.inference.asking import Workbench, end_interrupted, sweep
from jobs.inference.client import InferenceClient
from jobs.planner import Planner
from jobs.postman import Postman
from jobs.publishing.publisher import Publisher
from jobs.publishing.steps import Publishing
from jobs.scheduler import Scheduler
from jobs.supervisor import Supervisor
from jobs.undelivered import Undelivered
from jobs.watching.watcher import Watcher

log = logging.getLogger(__name__)
SLACK_SECONDS = 15
LISTENERS = 16
WORKERS = 8
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
# slack_sdk reads a frame piece by piece, each within the other: with its 1,024 bytes a command of a megabyte is lost,
# and one of half a megabyte takes a minute.
RECEIVE_BYTES = 65_536
UNAUTHORIZED = 401
REFUSALS = ("invalid_auth", "not_authed", "not_allowed_token_type", "account_inactive", "token_revoked")


class Background(Protocol):
    """What works in a thread of its own while hugops serves."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


class Service:
    """A built hugops: `start` returns when it answers, `stop` leaves trainings running."""

    def __init__(self, parts: Parts, app: App, background: Sequence[Background], lock: TextIO) -> None:
        self.parts = parts
        self._app = app
        self._background = background
        self._lock = lock
        self._listener = Listener(parts.settings, app, self._facts)
        self._socket: SocketModeHandler | None = None

    def start(self) -> None:
        parts = self.parts
        for part in self._background:
            part.start()
        parts.pool.submit(end_interrupted, parts.workbench)
        parts.pool.submit(end_unanswered, parts, time.time())
        parts.pool.submit(warn_of_obstacles, parts.access)
        self._listener.start()
        if parts.settings.slack_app_token is not None:
            token = parts.settings.slack_app_token.get_secret_value()
            self._socket = SocketModeHandler(self._app, token, receive_buffer_size=RECEIVE_BYTES)
            # Slack's socket may refuse for a while; until it opens, everything else is at work already.
            threading.Thread(target=self._connect, name="socket", daemon=True).start()

    def stop(self) -> None:
        """Ends listening first, so that nothing new comes in, then the rest; what is to be told goes out last."""
        parts = self.parts
        if self._socket is not None:
            self._socket.close()
        self._listener.stop()
        postman, *others = self._background
        for part in reversed(others):
            part.stop()
        parts.pool.shutdown(wait=False, cancel_futures=True)
        for ahead in (parts.authors, parts.models, parts.datasets):
            ahead.close()
        parts.workbench.inference.close()
        postman.stop()
        self._lock.close()

    def _connect(self) -> None:
        pause, gone = FIRST_PAUSE, threading.Event()
        while self._socket is not None:
            try:
                self._socket.connect()
                log.info("connected to Slack by Socket Mode")
                return
            except Exception:  # the edge of this thread: whatever the network throws, it is tried again
                log.warning("no socket to Slack yet; again in %.1f s", pause, exc_info=True)
            gone.wait(pause)
            pause = min(LONGEST_PAUSE, pause * 2)

    def _facts(self) -> Facts:
        """What /healthz says and /metrics counts."""
        return {
            "socket": bool(self._socket and self._socket.client and self._socket.client.is_connected()),
            "open_runs": len(self.parts.runs.open()),
            "deliveries_waiting": deliveries.count_open(self.parts.database),
        }


def build(settings: Settings, environment: Mapping[str, str]) -> Service:
    """All parts, nothing started. SettingsError for what is set wrongly, taken by another bot, or refused."""
    new_executor = constructor_of(settings.executor)
    lock = take_lock(settings)
    client = WebClient(
        token=settings.slack_bot_token.get_secret_value(), base_url=settings.slack_api_url, timeout=SLACK_SECONDS
    )
    token = settings.hf_token.get_secret_value()
    hub = Hub(settings.hf_endpoint, token)
    bot_user = ensure_accepted(settings, client, hub)
    for_workers = worker_environment(environment, token, settings.hf_endpoint)
    parts = build_parts(settings, client, hub, bot_user, for_workers, new_executor(for_workers))
    app = App(
        name="hugops",  # unnamed, it would read all sources that are loaded to find out who calls
        client=client,
        signing_secret=settings.slack_signing_secret.get_secret_value() if settings.slack_signing_secret else None,
        listener_executor=ThreadPoolExecutor(LISTENERS, thread_name_prefix="listener"),
        raise_error_for_unhandled_request=False,
    )
    handlers.register(app, parts)
    sweep(parts.workbench.folder, is_start=True)
    return Service(parts, app, build_background(parts), lock)


def build_parts(
    settings: Settings, client: WebClient, hub: Hub, bot_user: str, for_workers: Mapping[str, str], executor: Executor
) -> Parts:
    """What listeners are given."""
    database, workspace = Database(settings.database), Workspace(client)
    access, outbox = Access(settings, workspace), Outbox(database)
    notes = Notes(client, outbox)
    runs = Runs(database, outbox, access, executor=settings.executor)
    schedules = Schedules(database, outbox, access, runs)
    data_files = DataFiles(database, settings.home / "data", settings.tries_days)
    planner = Planner(hub, data_files, runs, for_workers)
    workbench = Workbench(
        database=database,
        client=client,
        workspace=workspace,
        hub=hub,
        providers=build_providers(settings),
        outbox=outbox,
        notes=notes,
        edits=EditPace(),
        replies=Replies(notes, outbox, patient(client)),
        tries=Tries(database, access, Archive(database, settings.archive), settings.tries_days),
        runs=runs,
        planner=planner,
        inference=InferenceClient(settings.home, for_workers, settings.model_memory, settings.export_after),
        folder=settings.home / "tries",
        runs_folder=settings.runs_folder,
        model_memory=settings.model_memory,
        bot_user=bot_user,
    )
    return Parts(
        settings=settings,
        database=database,
        client=client,
        workspace=workspace,
        access=access,
        hub=hub,
        authors=TypeAhead(hub.authors),
        models=TypeAhead(partial(hub.names, "model")),
        datasets=TypeAhead(partial(hub.names, "dataset")),
        outbox=outbox,
        replies=workbench.replies,
        runs=runs,
        releases=Releases(database, outbox, access, runs, rules_of(settings, workspace, hub)),
        schedules=schedules,
        watches=Watches(database, outbox, access, hub),
        tries=workbench.tries,
        data_files=data_files,
        planner=planner,
        supervisor=Supervisor(runs, executor, settings.runs_folder, settings.slots),
        scheduler=Scheduler(schedules, planner.refresh),
        workbench=workbench,
        pool=ThreadPoolExecutor(WORKERS, thread_name_prefix="work"),
        bot_user=bot_user,
    )


def patient(client: WebClient) -> WebClient:
    """The same for work that may wait: what Slack wants later is tried again when Slack says, twice at most."""
    handlers = [*client.retry_handlers, RateLimitErrorRetryHandler(max_retry_count=2)]
    return WebClient(client.token, client.base_url, client.timeout, retry_handlers=handlers)


def build_background(parts: Parts) -> tuple[Background, ...]:
    """What works in threads of its own, in the order in which it starts, and who hears of what."""
    postman = Postman(parts.database, Sender(parts.client), edits=parts.workbench.edits)
    publisher = Publisher(Publishing(parts.releases, parts.runs, parts.hub, parts.settings.runs_folder))
    parts.outbox.waiting.connect(postman.wake)
    postman.lost.connect(Undelivered(parts.database, parts.outbox, parts.access).tell)
    parts.runs.changed.connect(parts.supervisor.wake)
    parts.releases.changed.connect(publisher.wake)
    parts.schedules.changed.connect(parts.scheduler.arm)
    watcher = Watcher(parts.watches, parts.settings.watch_seconds)
    return postman, parts.supervisor, publisher, parts.scheduler, watcher


def build_providers(settings: Settings) -> Providers:
    """Where inference providers are reached."""
    router = router_of(settings.hf_endpoint, settings.hf_inference_endpoint)
    return Providers(settings.hf_endpoint, router, settings.hf_token.get_secret_value())


def rules_of(settings: Settings, workspace: Workspace, hub: Hub) -> Rules:
    """Where releases are decided and told, as it is set."""
    return Rules(
        approval_channel=channel_of(workspace, "HUGOPS_APPROVAL_CHANNEL", settings.approval_channel),
        announce_channel=channel_of(workspace, "HUGOPS_ANNOUNCE_CHANNEL", settings.announce_channel),
        quorum=settings.quorum,
        namespaces=Namespaces(hub.whoami),
        page=partial(hub.url, "model"),
    )


def ensure_accepted(settings: Settings, client: WebClient, hub: Hub) -> str:
    """The bot's user id. SettingsError for a token that is refused; trouble that may pass stops nobody."""
    try:
        bot_user = str(client.auth_test()["user_id"])
    except SlackApiError as error:
        raise SettingsError(_refused("SLACK_BOT_TOKEN", error)) from error
    if settings.slack_app_token is not None:
        try:
            client.apps_connections_open(app_token=settings.slack_app_token.get_secret_value())
        except SlackApiError as error:
            if error.response.get("error") in REFUSALS:
                raise SettingsError(_refused("SLACK_APP_TOKEN", error)) from error
    try:
        hub.whoami()
    except HubError as error:
        if error.facts.get("status") == UNAUTHORIZED:
            raise SettingsError(
                f"HF_TOKEN is not accepted by {settings.hf_endpoint}. It is {HELP['HF_TOKEN']}."
            ) from error
        log.warning("the Hub cannot be asked yet: %s", error.sentence)
    return bot_user


def _refused(key: str, error: SlackApiError) -> str:
    return f"{key} is refused by Slack ({error.response.get('error')}). It is {HELP[key]}."


def take_lock(settings: Settings) -> TextIO:
    """Holds the database for this process until it ends; SettingsError when another bot has it."""
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = (settings.home / "hugops.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        other = lock.read().strip() or "unknown"
        lock.close()
        raise SettingsError(
            f"Another hugops (process {other}) works on {settings.database} already. Stop it first, or set "
            "HUGOPS_HOME to another folder."
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def channel_of(workspace: Workspace, key: str, name: str) -> Callable[[], str]:
    """Finds the channel of a setting when it is first needed; SettingsError names the setting."""

    def find() -> str:
        if not name:
            raise SettingsError(
                f"{key} is not set, so nothing can be published. An admin has to set it and restart me."
            )
        channel = workspace.channel_id(name)
        if channel is None:
            raise SettingsError(
                f"There is no channel {name} that I can see ({key}). Create it, or invite me with `/invite @hugops`."
            )
        return channel

    return find
