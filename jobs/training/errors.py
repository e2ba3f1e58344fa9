"""What can end a run, and the one table from an error to the sentence that a person reads. Torch-free.

RunError        reason: one sentence with what to do; kind: whose it is
└── DataError   kind "data": the rows, columns or files of the dataset
"""

import errno
from collections.abc import Iterator
from typing import Literal

import httpx2
from huggingface_hub import errors as hub

_TOO_MANY_REQUESTS = 429

FailureKind = Literal["user", "data", "memory", "hub", "internal"]


class RunError(Exception):
    """The run, or the look at a dataset, cannot go on."""

    def __init__(self, reason: str, kind: FailureKind) -> None:
        super().__init__(reason)
        self.reason = reason
        self.kind: FailureKind = kind


class DataError(RunError):
    """The dataset cannot be used as it is."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, "data")


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in seen:
        seen.append(link)
        yield link
        link = link.__cause__ or link.__context__


def recognize(error: BaseException, repo: str) -> RunError | None:
    """The failure of the Hub, with `repo`, or of the machine behind `error`; None: another one."""
    links = list(_chain(error))
    for link in links:
        if failure := _hub_failure(link, repo):
            return failure
    if any("index out of range in self" in str(link) for link in links):
        return RunError(
            f"{repo} has a tokenizer of another model: its weights have no place for some tokens. Choose another base.",
            "user",
        )
    return next((failure for link in links if (failure := _machine_failure(link))), None)


def _hub_failure(error: BaseException, repo: str) -> RunError | None:
    reason = None
    # Gated is a subclass of not found: the order matters.
    if isinstance(error, hub.GatedRepoError) or "is a gated dataset" in str(error):
        reason = f"{repo} is gated. Ask for access on its page on the Hub, then start again."
    elif isinstance(error, hub.RevisionNotFoundError) or str(error).startswith("Revision "):
        reason = f"{repo} no longer has the revision that this run asked for. Plan the run again."
    elif isinstance(error, hub.RepositoryNotFoundError) or type(error).__name__ == "DatasetNotFoundError":
        reason = f"{repo} is not on the Hub, or is private and cannot be read with this token."
    elif isinstance(error, hub.RemoteEntryNotFoundError):
        reason = f"{repo} lacks a file that is needed (data, config, tokenizer or weights). Choose another."
    elif isinstance(error, hub.HfHubHTTPError) and error.response.status_code in (401, 403):
        reason = f"The Hub refused to hand out {repo} with this token. Check its rights, then start again."
    elif isinstance(error, hub.HfHubHTTPError) and error.response.status_code == _TOO_MANY_REQUESTS:
        reason = f"The Hub asks to slow down while reading {repo}. Resume in a few minutes."
    elif isinstance(error, hub.LocalEntryNotFoundError | hub.HfHubHTTPError | httpx2.TransportError | ConnectionError):
        reason = f"The Hub did not answer while reading {repo}. Resume when it is back."
    return RunError(reason, "hub") if reason else None


def _machine_failure(error: BaseException) -> RunError | None:
    said = str(error).lower()
    out_of_memory = "out of memory" in said or "can't allocate memory" in said
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and out_of_memory):
        return RunError("The memory ran out. Try a smaller batch, or a smaller max_length.", "memory")
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return RunError("The disk of the training machine is full. Free some space, then resume.", "internal")
    return None
