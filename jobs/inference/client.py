"""The bot's side of quick inference: starts the worker when it is needed, asks it, and starts it again when it died."""

import contextlib
import logging
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from pathlib import Path

from jobs.inference.protocol import Answer, Request, receive, send

log = logging.getLogger(__name__)
START_SECONDS = 60.0
# Beyond the request's own deadline, for the way there and back.
SLACK_SECONDS = 10.0


class InferenceFailed(Exception):
    """`kind` is input, model, memory, busy, timeout, worker or hub; `message` is a sentence for the person."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


class InferenceClient:
    """One worker process at most; many threads may ask at once."""

    def __init__(self, home: Path, environment: Mapping[str, str], memory_budget: int) -> None:
        self._log_file = home / "inference.log"
        self._environment = {**environment, "HUGOPS_MODEL_MEMORY": str(memory_budget)}
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: socket.socket | None = None
        self._folder: str | None = None
        self._waiting: dict[str, Future[Answer]] = {}

    def ask(self, request: Request, timeout: float) -> Answer:
        """The worker's answer. Raises InferenceFailed; the next call finds a worker again, whatever happened."""
        future: Future[Answer] = Future()
        with self._lock:
            connection = self._ensure_worker()
            self._waiting[request.id] = future
            try:
                send(connection, request)
            except OSError as error:
                self._waiting.pop(request.id, None)
                raise InferenceFailed("worker", "The model worker went away just now. Try again.") from error
        try:
            answer = future.result(timeout + SLACK_SECONDS)
        except NotInTime as error:
            self._drop_hung()
            raise InferenceFailed(
                "timeout",
                f"{request.model} gave no answer within {timeout:.0f} s. Try a shorter text or a smaller model.",
            ) from error
        finally:
            self._waiting.pop(request.id, None)
        if answer.error:
            raise InferenceFailed(answer.error, answer.message)
        return answer

    def close(self) -> None:
        """Ends the worker that this client started."""
        with self._lock:
            self._end()

    def _ensure_worker(self) -> socket.socket:
        if self._process is not None and self._process.poll() is None and self._connection is not None:
            return self._connection
        self._end()
        # A Unix socket's path has about a hundred characters at most, which a state folder may exceed.
        self._folder = tempfile.mkdtemp(prefix="hugops-")
        path = Path(self._folder) / "worker.sock"
        with self._log_file.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "jobs.inference", str(path)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=self._environment,
                start_new_session=True,
            )
        self._connection = self._connect(path, self._process)
        threading.Thread(
            target=self._read, args=(self._connection, self._process), name="inference-answers", daemon=True
        ).start()
        return self._connection

    def _connect(self, path: Path, process: subprocess.Popen[bytes]) -> socket.socket:
        pause, deadline = threading.Event(), time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                connection.connect(str(path))
                return connection
            except OSError:
                connection.close()
                pause.wait(0.02)
        self._end()
        raise InferenceFailed("worker", "The model worker did not start; its log has the reason. Is torch installed?")

    def _read(self, connection: socket.socket, process: subprocess.Popen[bytes]) -> None:
        """Hands answers to those who wait, until the worker is gone; then tells all of them so."""
        with contextlib.suppress(OSError, ValueError):
            while (frame := receive(connection)) is not None:
                answer = Answer(**frame)
                future = self._waiting.get(answer.id)
                if future is not None and not future.done():
                    future.set_result(answer)
        code = process.poll()
        if code is not None and code != 0:
            log.warning("the inference worker ended with %s", code)
        with self._lock:
            if self._connection is connection:
                self._end()

    def _drop_hung(self) -> None:
        with self._lock:
            log.warning("the inference worker did not answer in time and is started anew")
            self._end()

    def _end(self) -> None:
        """Forgets the worker, ends it if it lives, and tells those who wait. The lock is held."""
        if self._connection is not None:
            self._connection.close()
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(3)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._process = self._connection = self._folder = None
        for future in list(self._waiting.values()):
            if not future.done():
                future.set_exception(InferenceFailed(
                    "worker", "The model worker stopped while it worked on this, probably out of memory. "
                    "It starts again with the next request; try a smaller model or a shorter text.",
                ))  # fmt: skip

    @property
    def pid(self) -> int | None:
        """The worker's process id, while there is one."""
        return self._process.pid if self._process is not None else None
