"""What is looked at before people are asked: the contract of a check.

A check is a file of this folder with a `NAME` and a function `check`; `table.py` lists them in their order.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from core.hub import RemoteFile
from core.store.releases import Finding, Release
from core.store.runs import Run


@dataclass(frozen=True)
class Target:
    """What the Hub says of the repo that a release goes to, and the files and card of its main.

    `refusal` is the Hub's sentence where it lets nobody look.
    """

    exists: bool = False
    private: bool = True
    refusal: str = ""
    files: tuple[RemoteFile, ...] = ()
    card: str = ""


@dataclass(frozen=True)
class Subject:
    """What a check may look at; `names` are the files below the model's `folder`, sorted, with slashes."""

    release: Release
    run: Run
    folder: Path
    names: tuple[str, ...]
    target: Target


class Check(Protocol):
    """One check. It changes nothing and may be made again at any time.

    A HugopsError that may pass (see `core.releases.may_pass`) puts all checks off; any other exception blocks.
    """

    NAME: str

    def check(self, subject: Subject) -> Finding:
        """What is to be said under the check's name: passed, a warning, or what blocks and how to mend it."""
        ...
