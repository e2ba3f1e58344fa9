"""What a release does to the files of its repo: replaced, added, removed, left."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from core.hub.facts import PICKLE_WEIGHTS, RemoteFile, is_weights

# Files at the top of a repo that libraries load as its model, whatever else is there.
LOADED = re.compile(
    r"(?:(?:pytorch_|tf_|flax_|rust_|adapter_)?model)(?:\.[A-Za-z0-9_]+)?(?:-\d+-of-\d+)?"
    r"\.(?:safetensors|bin|h5|msgpack|ot)(?:\.index\.json)?|adapter_config\.json"
)
CODE = (".py",)


@dataclass(frozen=True)
class Contents:
    """Paths, sorted."""

    replaced: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    left: tuple[str, ...]


def compare(before: Iterable[RemoteFile], after: Iterable[RemoteFile]) -> Contents:
    """From the files of main to those of the pull request; a file that stays as it is was left."""
    old, new = ({file.path: file.oid for file in files} for files in (before, after))
    both = sorted(old.keys() & new.keys())
    return Contents(
        replaced=tuple(path for path in both if old[path] != new[path]),
        added=tuple(sorted(new.keys() - old.keys())),
        removed=tuple(sorted(old.keys() - new.keys())),
        left=tuple(path for path in both if old[path] == new[path]),
    )


def superseded(names: Sequence[str], there: Iterable[str]) -> tuple[str, ...]:
    """Weights of the model before that would be loaded beside, or instead of, the new ones called `names`."""
    if not any(is_weights(name) for name in names):
        return ()
    return tuple(sorted(path for path in there if path not in names and LOADED.fullmatch(path)))


def left_behind(names: Sequence[str], there: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Weights, pickles and code that stay beside the new model, each with what it is."""
    gone = {*names, *superseded(names, there := tuple(there))}
    stay = [(path, what_is(path)) for path in sorted(there) if path not in gone]
    return tuple((path, what) for path, what in stay if what)


def what_is(path: str) -> str:
    """`code`, `weights` or `pickle`; empty for what is harmless."""
    if path.endswith(CODE):
        return "code"
    if is_weights(path):
        return "weights"
    return "pickle" if PurePosixPath(path).suffix in PICKLE_WEIGHTS else ""
