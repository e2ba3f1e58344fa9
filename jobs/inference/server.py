"""The worker's socket: reads requests, hands each to its model's thread, writes answers as they come."""

import logging
import os
import socket
import threading
import time
from pathlib import Path

from jobs.inference.batching import Asked
from jobs.inference.errors import CannotAnswer
from jobs.inference.models import Library
from jobs.inference.protocol import STATUS, Answer, Request, receive, send

log = logging.getLogger(__name__)
IDLE_SECONDS = 900.0
LONGEST_TEXT = 100_000


def serve(path: Path) -> None:
    """Answers one client after the other; leaves when it is idle or the client is gone for good."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(path))
    path.chmod(0o600)
    listening.listen(4)
    listening.settimeout(IDLE_SECONDS)
    library = Library(int(os.environ["HUGOPS_MODEL_MEMORY"]))
    try:
        connection, _ = listening.accept()
    except TimeoutError:
        return
    with connection:
        connection.settimeout(IDLE_SECONDS)
        _answer_all(connection, library)


def _answer_all(connection: socket.socket, library: Library) -> None:
    writing = threading.Lock()

    def reply(answer: Answer) -> None:
        try:
            with writing:
                send(connection, answer)
        except OSError:
            log.warning("nobody is there for an answer any more")

    while True:
        try:
            frame = receive(connection)
        except TimeoutError:
            if library.is_busy:
                continue
            log.info("idle for %.0f s; leaving", IDLE_SECONDS)
            return
        except OSError:
            return
        if frame is None:
            return
        asked = Asked(Request(**frame), time.monotonic(), reply)
        try:
            if asked.request.task == STATUS:
                reply(Answer(asked.request.id, library.held()))
                continue
            check_inputs(asked.request)
            library.submit(asked)
        except CannotAnswer as refusal:
            asked.refuse(refusal)


def check_inputs(request: Request) -> None:
    """CannotAnswer for what no model should be given."""
    if not request.inputs or any(not text.strip() for text in request.inputs):
        raise CannotAnswer("input", "There is no text to try it on. Put one in quotes after the model's name.")
    longest = max(len(text) for text in request.inputs)
    if longest > LONGEST_TEXT:
        raise CannotAnswer("input", f"The text has {longest:,} characters; {LONGEST_TEXT:,} is the most I take.")
