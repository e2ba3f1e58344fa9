"""The worker's socket: reads requests, hands each to its model's thread, writes answers as they come."""

import logging
import socket
import threading
import time
from pathlib import Path

from core.tasks import TASKS
from jobs.inference.protocol import CANCEL, STATUS, News, Reply, Request, receive, send
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.errors import CannotAnswer
from jobs.inference.worker.inputs import ensure_inputs
from jobs.inference.worker.library import Library
from jobs.inference.worker.limits import WorkerLimits

log = logging.getLogger(__name__)
IDLE_SECONDS = 900.0
# Between two looks at who has waited too long and which model nobody uses.
TEND_SECONDS = 0.5
LONGEST_TEXT = 100_000


def serve(path: Path) -> None:
    """Answers one client after the other; leaves when it is idle or the client is gone for good."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(path))
    path.chmod(0o600)
    listening.listen(4)
    listening.settimeout(IDLE_SECONDS)
    library = Library(WorkerLimits.read())
    try:
        connection, _ = listening.accept()
    except TimeoutError:
        return
    with connection:
        connection.settimeout(IDLE_SECONDS)
        Client(connection, library).answer_all()


class Client:
    """The one who asks, and what it waits for."""

    def __init__(self, connection: socket.socket, library: Library) -> None:
        self._connection = connection
        self._library = library
        self._writing = threading.Lock()
        self._open: dict[str, Entry] = {}
        self._gone = threading.Event()

    def answer_all(self) -> None:
        """Takes requests until the client is gone or nothing was asked for long."""
        threading.Thread(target=self._tend, name="tend", daemon=True).start()
        try:
            self._take_all()
        finally:
            self._gone.set()

    def _take_all(self) -> None:
        while True:
            try:
                frame = receive(self._connection)
            except TimeoutError:
                if self._library.is_busy:
                    continue
                log.info("idle for %.0f s; leaving", IDLE_SECONDS)
                return
            except OSError:
                return
            if not isinstance(frame, Request):
                return
            self._take(Entry(frame, time.monotonic(), self._reply))

    def _take(self, entry: Entry) -> None:
        request = entry.request
        if request.task == STATUS:
            self._reply(Reply(request.id, held=self._library.held()))
        elif request.task == CANCEL:
            self._cancel(self._open.get(request.id))
        else:
            self._open[request.id] = entry
            try:
                check_inputs(request)
                self._library.submit(entry)
            except CannotAnswer as refusal:
                entry.refuse(refusal)

    def _cancel(self, entry: Entry | None) -> None:
        if entry is None:
            return
        entry.cancelled.set()
        if not entry.begun.is_set():
            entry.refuse(CannotAnswer("cancelled", "Stopped."))

    def _tend(self) -> None:
        """Refuses those whose time is up while they wait, and lets go of models that nobody uses."""
        while not self._gone.wait(TEND_SECONDS):
            now = time.monotonic()
            for entry in list(self._open.values()):
                if now > entry.deadline and not entry.begun.is_set():
                    self._library.refuse_late(entry)
            self._library.drop_idle()

    def _reply(self, frame: Reply | News) -> None:
        if isinstance(frame, Reply):
            self._open.pop(frame.id, None)
        try:
            with self._writing:
                send(self._connection, frame)
        except OSError:
            log.warning("nobody is there for an answer any more")


def check_inputs(request: Request) -> None:
    """CannotAnswer for what no model should be given."""
    ensure_inputs(request)
    if not request.inputs or any(not text.strip() for text in request.texts):
        raise CannotAnswer("input", "There is no text to try it on. Put one in quotes after the model's name.")
    task = TASKS.get(request.task)
    # A conversation is no text.
    if task and task.takes_texts and not task.converses and len(request.texts) < len(request.inputs):
        raise CannotAnswer(
            "input", f"{request.task} takes texts, no files. Put the text in quotes after the model's name."
        )
    longest = max((len(text) for text in request.texts), default=0)
    if longest > LONGEST_TEXT:
        raise CannotAnswer("input", f"The text has {longest:,} characters; {LONGEST_TEXT:,} is the most I take.")
