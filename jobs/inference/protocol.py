"""What goes over the socket: one JSON object a frame, four bytes of length before it. Nothing of Slack in it."""

import json
import socket
import struct
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from core.results import Result, from_json, to_json

HEADER = struct.Struct(">I")
LONGEST_FRAME = 64 * 2**20
# In place of a task: what the worker holds, which it says at once however busy it is.
STATUS = "status"
# In place of a task: the request of this id is not wanted any more. It gets an answer, this one none.
CANCEL = "cancel"
# The one task that needs a tokenizer and no weights.
TOKENIZE = "tokenize"


# A text, or an object: `{"file": name}` for a file in the request's folder, `{"messages": [{"role", "content"}…]}`
# for a conversation, `{"table": rows, "question": text}`; a task says which it takes.
Input = str | dict[str, Any]
Options = Mapping[str, str | int | float | bool]


@dataclass(frozen=True)
class Request:
    """One question: `revision` is a full commit, `seconds` is how long the answer is wanted.

    `folder` is a folder of the asker's: files among the inputs lie there, and files that are made are written there.
    `place` is the folder of a model that is not on the Hub; `revision` then stands for what lies in it.
    """

    id: str
    model: str
    revision: str
    task: str
    inputs: Sequence[Input]
    options: Options = field(default_factory=dict)
    seconds: float = 120.0
    folder: str = ""
    place: str = ""

    @property
    def dtype(self) -> str:
        """`int8` where the weights are to be rounded; empty for the device's usual type."""
        return str(self.options.get("dtype", ""))

    def text_option(self, name: str) -> str | None:
        """An option that is a word, such as a language; None where it was not given."""
        return str(self.options[name]) if name in self.options else None

    @property
    def texts(self) -> list[str]:
        """The texts among the inputs, in their order."""
        return [each for each in self.inputs if isinstance(each, str)]

    @property
    def files(self) -> list[Path]:
        """The files among the inputs, in their order; a name never leads out of the request's folder."""
        names = [str(each["file"]) for each in self.inputs if isinstance(each, dict) and "file" in each]
        return [Path(self.folder) / Path(name).name for name in names]


@dataclass(frozen=True)
class Held:
    """A model in memory, or on the way there: its `state` is loading or ready, and so many requests are `waiting`."""

    model: str
    revision: str
    task: str
    dtype: str
    bytes: int
    state: str
    engine: str
    waiting: int


@dataclass(frozen=True)
class Reply:
    """`results` has one entry per input, or per text after the first where that is a question; times are in seconds.

    A result with a `file` names one in the request's folder. With `error` set, `message` is the sentence for the person
    and `error` one of input, model, memory, busy, timeout, cancelled, worker, hub. To STATUS the answer is `held`.
    """

    id: str
    results: Sequence[Result] = ()
    seconds: float = 0.0
    load_seconds: float = 0.0
    device: str = "cpu"
    engine: str = "torch"  # or "torch int8", "onnx", "onnx int8"
    error: str = ""
    message: str = ""
    held: Sequence[Held] = ()


@dataclass(frozen=True)
class News:
    """What happens before the answer is there: `stage` is starting (of the worker), downloading, loading or writing.

    `done` and `total` are bytes of a download; `text` is what was written since the last news.
    """

    id: str
    stage: str
    text: str = ""
    done: int = 0
    total: int = 0


Frame = Request | Reply | News


def send(connection: socket.socket, frame: Frame) -> None:
    """Writes one frame. Raises OSError when the other side is gone."""
    fields = asdict(replace(frame, results=())) if isinstance(frame, Reply) else asdict(frame)
    if isinstance(frame, Reply):
        fields["results"] = [to_json(result) for result in frame.results]
    body = json.dumps({"frame": type(frame).__name__, **fields}).encode()
    connection.sendall(HEADER.pack(len(body)) + body)


def receive(connection: socket.socket) -> Frame | None:
    """Reads one frame; None when the other side has closed. ValueError when it is no frame."""
    header = _exactly(connection, HEADER.size)
    if header is None:
        return None
    (length,) = HEADER.unpack(header)
    if length > LONGEST_FRAME:
        raise ValueError("the frame is too long")
    body = _exactly(connection, length)
    return None if body is None else _frame(json.loads(body))


def _frame(fields: dict[str, Any]) -> Frame:
    kind = fields.pop("frame", "")
    try:
        if kind == "Request":
            return Request(**fields)
        if kind == "News":
            return News(**fields)
        if kind == "Reply":
            results = [from_json(each) for each in fields.pop("results")]
            return Reply(**fields | {"results": results, "held": [Held(**each) for each in fields["held"]]})
    except (TypeError, KeyError) as error:
        raise ValueError(f"these are not the fields of a frame: {error}") from error
    raise ValueError(f"there is no frame {kind!r}")


def _exactly(connection: socket.socket, length: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < length:
        part = connection.recv(min(length - len(parts), 1 << 20))
        if not part:
            return None
        parts += part
    return bytes(parts)
