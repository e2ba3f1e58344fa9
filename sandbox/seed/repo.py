"""A repo to be put on the sandbox Hub, and how its card is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml

Content = bytes | Path
README = "README.md"


@dataclass(frozen=True)
class SeedRepo:
    """One repo with all its files; a path as a file's content is read when the repo is committed."""

    kind: Literal["model", "dataset"]
    id: str
    files: Mapping[str, Content]
    downloads: int = 0
    likes: int = 0
    private: bool = False
    gated: Literal[False, "auto"] = False
    owner: str = "sandbox"
    # The name without an owner that it had first.
    first_name: str | None = None


def card(metadata: Mapping[str, object], text: str) -> bytes:
    """A README.md: YAML front matter, then `text`."""
    front = yaml.safe_dump(dict(metadata), sort_keys=False, allow_unicode=True)
    return f"---\n{front}---\n\n{text.strip()}\n".encode()


def folder_files(folder: Path) -> dict[str, Content]:
    """Every file under `folder`, by its path relative to it."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path for path in paths}
