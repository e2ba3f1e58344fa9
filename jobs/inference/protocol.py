"""What goes over the socket: one JSON object a frame, four bytes of length before it. Nothing of Slack in it."""

import json
import socket
import struct
from dataclasses import asdict, dataclass, field
from typing import Any

HEADER = struct.Struct(">I")
LONGEST_FRAME = 64 * 2**20
# In place of a task: what the worker holds, which it says at once however busy it is.
STATUS = "status"
# The one task that needs a tokenizer and no weights.
TOKENIZE = "tokenize"


@dataclass(frozen=True)
class Request:
    """One question: `inputs` are texts, `revision` is a full commit, `seconds` is how long the answer is wanted."""

    id: str
    model: str
    revision: str
    task: str
    inputs: list[str]
    options: dict[str, Any] = field(default_factory=dict)
    seconds: float = 120.0


@dataclass(frozen=True)
class Answer:
    """`results` has one entry per input, or per text after the first where that is a question; times are in seconds.

    With `error` set, `message` is the sentence for the person and `error` one of input, model, memory, busy,
    timeout, worker, hub.
    """

    id: str
    results: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    load_seconds: float = 0.0
    device: str = "cpu"
    engine: str = "torch"
    error: str = ""
    message: str = ""


def send(connection: socket.socket, frame: Request | Answer) -> None:
    """Writes one frame. Raises OSError when the other side is gone."""
    body = json.dumps(asdict(frame)).encode()
    connection.sendall(HEADER.pack(len(body)) + body)


def receive(connection: socket.socket) -> dict[str, Any] | None:
    """Reads one frame; None when the other side has closed. ValueError when it is no frame."""
    header = _exactly(connection, HEADER.size)
    if header is None:
        return None
    (length,) = HEADER.unpack(header)
    if length > LONGEST_FRAME:
        raise ValueError("the frame is too long")
    body = _exactly(connection, length)
    if body is None:
        return None
    frame: dict[str, Any] = json.loads(body)
    return frame


def _exactly(connection: socket.socket, length: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < length:
        part = connection.recv(min(length - len(parts), 1 << 20))
        if not part:
            return None
        parts += part
    return bytes(parts)
