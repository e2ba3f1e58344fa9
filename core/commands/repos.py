"""Names of repos as people give them: `org/name@revision`, a bare legacy name, or an address pasted from the Hub.

`datasets/org/name` and `models/org/name`, as in the Hub's own paths, say which kind is meant.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from core.commands.fields import Kind
from core.errors import Mistake
from core.tables import TABLE_NAMES
from core.words import quote

# https://github.com/huggingface/huggingface_hub, `validate_repo_id`: up to 96 of these, no `--`, `..` or `.git`.
LONGEST_NAME = 96
PART = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?")
REVISION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+-]{0,199}")
HUB_ADDRESS = re.compile(r"(?:www\.)?(?:huggingface\.co|hf\.co)/", re.IGNORECASE)
# Files with rows that can be trained on, by the ends of their names; Slack's names of files have up to 255 signs.
DATA_NAMES = (*TABLE_NAMES, ".parquet")
LONGEST_FILE = 255
HASH = re.compile(r"[0-9a-f]{6,64}", re.IGNORECASE)
# What follows the repo in the path of a page, before a revision.
PAGES = ("tree", "blob", "raw", "resolve", "commit", "commits")


@dataclass(frozen=True)
class HubRepo:
    """A repo by name; `kind` is known only where the path told it."""

    id: str
    revision: str | None = None
    kind: Kind | None = None


def read_data(text: str, *, example: str) -> HubRepo:
    """The data that `text` names: a repo, or a file by its own name, with the beginning of its hash as a revision."""
    name, at, start = text.strip().rpartition("@")
    if at and is_data_file(name) and HASH.fullmatch(start):
        return HubRepo(name, start.lower(), "dataset")
    return HubRepo(text.strip(), None, "dataset") if is_data_file(text.strip()) else read_repo(text, example=example)


def is_data_file(name: str) -> bool:
    """Whether a name is that of a file with rows, and not of a repo."""
    return "/" not in name and 0 < len(name) <= LONGEST_FILE and name.lower().endswith(DATA_NAMES)


def read_repo(text: str, *, example: str) -> HubRepo:
    """The repo that `text` names; Mistake says which rule it breaks, with `example` as a right one."""
    text = text.strip()
    if "://" in text or HUB_ADDRESS.match(text):
        return _from_address(text, example)
    name, at, revision = text.partition("@")
    kind, name = _take_kind(name)
    _check_name(name or text, example)
    if at and not _is_revision(revision):
        raise Mistake(f"{quote(text)} has no branch, tag or commit after `@`. Try `{example}@main`.")
    return HubRepo(name, revision or None, kind)


def read_name(text: str, *, example: str) -> str:
    """The same where a revision makes no sense."""
    repo = read_repo(text, example=example)
    if repo.revision:
        raise Mistake(f"No revision here: write {quote(repo.id)} without `@`.")
    return repo.id


def _from_address(text: str, example: str) -> HubRepo:
    try:
        address = urlsplit(text if "://" in text else f"https://{text}")
    except ValueError as error:
        raise Mistake(f"{quote(text)} is no address of the Hub. Try `{example}`.") from error
    path = "/".join(unquote(part) for part in address.path.split("/") if part)
    kind, path = _take_kind(path)
    parts = path.split("/") if path else []
    if address.scheme not in ("http", "https") or not parts:
        raise Mistake(f"{quote(text)} is no address of a repo. Try `{example}`.")
    # A legacy name stands alone: /gpt2/tree/main, while /org/tree is a repo called tree.
    alone = len(parts) == 1 or (len(parts) > 2 and parts[1] in PAGES)
    names, rest = (parts[:1], parts[1:]) if alone else (parts[:2], parts[2:])
    _check_name("/".join(names), example)
    revision = None
    if len(rest) > 1 and rest[0] in PAGES:
        revision = "/".join(rest[1:4]) if rest[1] == "refs" else rest[1]
        if not _is_revision(revision):
            raise Mistake(f"{quote(revision)} is no branch, tag or commit. Try `{example}@main`.")
    return HubRepo("/".join(names), None if revision == "main" else revision, kind or "model")


def _take_kind(path: str) -> tuple[Kind | None, str]:
    """The kind that a path of the Hub begins with, and the rest of it."""
    first, slash, rest = path.partition("/")
    if slash and first == "spaces":
        raise Mistake("That is a Space. I know models and datasets only.")
    if slash and first in ("datasets", "models"):
        return ("dataset" if first == "datasets" else "model"), rest
    return None, path


def _check_name(name: str, example: str) -> None:
    parts = name.split("/")
    if len(parts) > 2 or not name:
        raise Mistake(f"{quote(name)} is not the name of a repo, which looks like `{example}`.")
    for part in parts:
        if len(part) > LONGEST_NAME:
            raise Mistake(
                f"{quote(part)} is {len(part)} characters long; a name on the Hub has at most {LONGEST_NAME}."
            )
        if not PART.fullmatch(part) or "--" in part or ".." in part or part.endswith(".git"):
            raise Mistake(
                f"{quote(name)} is not a name on the Hub: letters, digits, `-`, `_` and `.`, none of them doubled "
                f"or at an end. Try `{example}`."
            )


def _is_revision(text: str) -> bool:
    return bool(REVISION.fullmatch(text)) and ".." not in text and "//" not in text and not text.endswith(("/", "."))
