"""One file a task, by the names of core/tasks.py: which class loads its model, and how it is asked."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any, Protocol, TypeGuard, cast

from core.results import Result
from jobs.inference.protocol import Request
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.loading import Loaded


class TaskModule(Protocol):
    """What the file of a task offers. Rows and outputs are its own; a row says how many tokens it has to `read`.

    `AUTO` is the class that loads the model, `NEEDS` what it is read with, `BATCH` how many rows one forward takes.
    """

    AUTO: Any
    NEEDS: tuple[str, ...]
    BATCH: int

    def prepare(self, loaded: Loaded, entry: Entry, /) -> list[Any]:
        """The rows of a request. CannotAnswer when its inputs do not suit the task."""

    def run(self, loaded: Loaded, rows: Sequence[Any], /) -> list[Any]:
        """One forward over rows of several requests: an output a row."""

    def finish(
        self, loaded: Loaded, request: Request, rows: Sequence[Any], outputs: Sequence[Any], /
    ) -> Sequence[Result]:
        """What the person is shown."""


class GraphTask(TaskModule, Protocol):
    """A task that asks its model for these outputs alone, and so runs on either engine.

    It names its class as a text, so that transformers is not imported for it.
    """

    AUTO: str
    OUTPUTS: tuple[str, ...]


def load_task(name: str) -> TaskModule:
    """The file of the task of this name."""
    return cast("TaskModule", import_module(f"{__name__}.{name.replace('-', '_')}"))


def has_graph(task: TaskModule) -> TypeGuard[GraphTask]:
    """Whether the task runs on an exported model, too."""
    return hasattr(task, "OUTPUTS")
