"""The bot's side of quick inference: starts the worker when it is needed, asks it, and starts it again when it died."""

import contextlib
import logging
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import replace
from pathlib import Path

from jobs.inference.protocol import CANCEL, STATUS, Held, News, Reply, Request, receive, send

log = logging.getLogger(__name__)
START_SECONDS = 60.0
CONNECT_EVERY = 0.02
# What a worker that was asked to go, and one whose connection has closed, may take to be gone.
END_SECONDS, EXIT_SECONDS = 3.0, 1.0
# A worker that lives says what it holds, and reads what it is sent, within this time.
ALIVE_SECONDS = 5.0
HUNG = "The model worker did not react any more and is started anew. Try again."


class InferenceFailed(Exception):
    """`kind` is input, model, memory, busy, timeout, worker or hub; `message` is a sentence for the person."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


class InferenceClient:
    """One worker process at most; many threads may ask at once."""

    def __init__(self, home: Path, environment: Mapping[str, str], memory_budget: int, export_after: int = 0) -> None:
        self._log_file = home / "inference.log"
        self._environment = {
            **environment,
            "HUGOPS_HOME": str(home),
            "HUGOPS_MODEL_MEMORY": str(memory_budget),
            "HUGOPS_EXPORT_AFTER": str(export_after),
        }
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: socket.socket | None = None
        self._folder: str | None = None
        self._waiting: dict[str, Future[Reply]] = {}
        self._told: dict[str, Callable[[News], None]] = {}

    def ask(self, request: Request, timeout: float, tell: Callable[[News], None] | None = None) -> Reply:
        """The worker's answer; `tell` hears the news until then, on a thread that it must not hold up.

        Raises InferenceFailed; the next call finds a worker again, whatever happened.
        """
        if tell is not None and self.pid is None:
            tell(News(request.id, "starting"))
        with self._lock:
            connection = self._ensure_worker()
        if tell is not None:
            self._told[request.id] = tell
        try:
            answer = self._exchange(connection, replace(request, seconds=timeout), timeout)
        except NotInTime as error:
            raise InferenceFailed(*self._why_late(connection, request, timeout)) from error
        finally:
            self._told.pop(request.id, None)
        if answer.error:
            raise InferenceFailed(answer.error, answer.message)
        return answer

    def cancel(self, request_id: str) -> None:
        """Stops a request: text that is being written ends where it is, others fail with the kind `cancelled`."""
        with self._lock:
            connection = self._connection
        if connection is not None and request_id in self._waiting:
            with contextlib.suppress(InferenceFailed):
                self._send(connection, Request(request_id, "", "", CANCEL, []))

    def status(self) -> Sequence[Held]:
        """What it holds."""
        with self._lock:
            connection = self._connection
        return self._held(connection) or [] if connection is not None else []

    def close(self) -> None:
        """Ends the worker that this client started."""
        with self._lock:
            self._end("The model worker was shut down. Try again in a minute.")

    @property
    def pid(self) -> int | None:
        """The worker's process id, while there is one."""
        return self._process.pid if self._process is not None else None

    def _exchange(self, connection: socket.socket, request: Request, timeout: float) -> Reply:
        """Sends and waits. Raises InferenceFailed when the worker went, NotInTime when it did not answer."""
        future: Future[Reply] = Future()
        self._waiting[request.id] = future
        try:
            self._send(connection, request)
            return future.result(timeout)
        finally:
            self._waiting.pop(request.id, None)

    def _send(self, connection: socket.socket, request: Request) -> None:
        try:
            with self._writing:
                send(connection, request)
        except OSError as error:
            # After a part of a frame nothing that follows could be read.
            self._drop_hung(connection)
            raise InferenceFailed("worker", "The model worker went away just now. Try again.") from error

    def _held(self, connection: socket.socket) -> Sequence[Held] | None:
        """What the worker says that it holds; None when it does not react."""
        question = Request(uuid.uuid4().hex, "", "", STATUS, [])
        try:
            return self._exchange(connection, question, ALIVE_SECONDS).held
        except (InferenceFailed, NotInTime):
            return None

    def _why_late(self, connection: socket.socket, request: Request, timeout: float) -> tuple[str, str]:
        """Kind and sentence of an answer that did not come; a worker that hangs is ended, a busy one is left alone."""
        held = self._held(connection)
        if held is None:
            self._drop_hung(connection)
            return "worker", HUNG
        mine = (request.model, request.revision, request.task, request.dtype, "loading")
        if mine in [(each.model, each.revision, each.task, each.dtype, each.state) for each in held]:
            return "timeout", f"{request.model} is still being fetched and loaded. Ask again in a minute."
        return (
            "timeout",
            f"{request.model} gave no answer within {timeout:.0f} s. Try a shorter text or a smaller model.",
        )

    def _ensure_worker(self) -> socket.socket:
        if self._process is not None and self._process.poll() is None and self._connection is not None:
            return self._connection
        self._end(self._last_words())
        # A Unix socket's path has about a hundred characters at most, which a state folder may exceed.
        self._folder = tempfile.mkdtemp(prefix="hugops-")
        path = Path(self._folder) / "worker.sock"
        with self._log_file.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "jobs.inference.worker", str(path)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=self._environment,
                start_new_session=True,
            )
        self._connection = self._connect(path, self._process)
        threading.Thread(target=self._read, args=(self._connection,), name="inference-answers", daemon=True).start()
        return self._connection

    def _connect(self, path: Path, process: subprocess.Popen[bytes]) -> socket.socket:
        pause, deadline = threading.Event(), time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                connection.connect(str(path))
            except OSError:
                connection.close()
                pause.wait(CONNECT_EVERY)
                continue
            # A worker that hangs reads nothing; without this a long text would wait for it for ever.
            limit = struct.pack("ll", int(ALIVE_SECONDS), 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
            return connection
        self._end("The model worker did not start.")
        raise InferenceFailed("worker", "The model worker did not start; its log has the reason. Is torch installed?")

    def _read(self, connection: socket.socket) -> None:
        """Hands answers to those who wait, until the worker is gone; then tells all of them so."""
        with contextlib.suppress(OSError, ValueError):
            while (frame := receive(connection)) is not None:
                if isinstance(frame, News):
                    self._pass_on(frame)
                elif isinstance(frame, Reply):
                    future = self._waiting.get(frame.id)
                    if future is not None and not future.done():
                        future.set_result(frame)
        with self._lock:
            if self._connection is connection:
                self._end(self._last_words())

    def _pass_on(self, news: News) -> None:
        tell = self._told.get(news.id)
        if tell is None:
            return
        try:
            tell(news)
        except Exception:  # whoever listens must not end the thread that everybody's answers come by
            log.exception("news of %s could not be passed on", news.id)

    def _drop_hung(self, connection: socket.socket) -> None:
        """Ends the worker behind this connection, unless that was done already."""
        with self._lock:
            if self._connection is connection and self._process is not None:
                # One that hangs may not heed a polite signal either.
                self._process.kill()
                self._end(HUNG)

    def _last_words(self) -> str:
        """Why the worker that is gone went, as far as its exit code says. The lock is held."""
        if self._process is None:
            return ""
        try:
            # Its end of the connection closes a moment before it has ended.
            code = self._process.wait(EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            code = 0
        if code:
            log.warning("the inference worker ended with %s", code)
        why = ", probably because the machine ran out of memory" if code == -signal.SIGKILL else ""
        return (
            f"The model worker stopped while it worked on this{why}. It starts again with the next request; "
            "try a smaller model or a shorter text if it stops again."
        )

    def _end(self, sentence: str) -> None:
        """Forgets the worker, ends it if it lives, and tells those who wait `sentence`. The lock is held."""
        if self._connection is not None:
            # Closing alone would not wake the thread that reads from it.
            with contextlib.suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)
            self._connection.close()
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._process = self._connection = self._folder = None
        for future in list(self._waiting.values()):
            if not future.done():
                future.set_exception(InferenceFailed("worker", sentence))
