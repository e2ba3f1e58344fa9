"""The rules of git and git-lfs that a repo on the Hub follows."""

import fnmatch
import hashlib
from collections.abc import Iterable, Mapping
from typing import TypeVar

from sandbox.hub.errors import BadRequest, Unprocessable

T = TypeVar("T")

_LFS_SUFFIXES = """
7z arrow avro bin bz2 ckpt ftz gguf gz h5 joblib lz4 mlmodel model mp3 mp4 msgpack npy npz onnx ot parquet
pb pickle pkl pt pth rar safetensors tar tflite tgz wasm wav xz zip zst
"""
GITATTRIBUTES = "".join(f"*.{name} filter=lfs diff=lfs merge=lfs -text\n" for name in _LFS_SUFFIXES.split()).encode()
SAMPLE = 512
REGULAR_LIMIT = 10 * 1024 * 1024


def blob_oid(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def lfs_pointer(sha256: str, size: int) -> bytes:
    """The small text that git keeps in place of an LFS file."""
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n".encode()


def lfs_patterns(gitattributes: str) -> list[str]:
    lines = (line.split() for line in gitattributes.splitlines() if not line.lstrip().startswith("#"))
    return [words[0] for words in lines if "filter=lfs" in words[1:]]


def is_lfs(path: str, size: int, sample: bytes, patterns: Iterable[str]) -> bool:
    """Whether the Hub keeps this file in LFS: by its name, its size, or because it is not text."""
    if size == 0:
        return False
    name = path.rpartition("/")[2]
    named = any(fnmatch.fnmatch(path if "/" in pattern else name, pattern) for pattern in patterns)
    return named or size > REGULAR_LIMIT or b"\0" in sample[:SAMPLE]


def check_path(path: str) -> str:
    """Unprocessable for a path with backslashes, BadRequest for any other that cannot stand in a repo."""
    if "\\" in path:
        raise Unprocessable(f"Invalid path in repo, a path is written with slashes: {path!r}")
    parts = path.split("/")
    if not path or any(part in ("", ".", "..", ".git") for part in parts) or "\0" in path:
        raise BadRequest(f"Invalid path in repo: {path!r}")
    return path


def changed_paths(old: Mapping[str, T], new: Mapping[str, T]) -> list[str]:
    return sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path))


def conflicts(base: Mapping[str, T], ours: Mapping[str, T], theirs: Mapping[str, T]) -> list[str]:
    """The paths that both sides changed since `base`, each in its own way."""
    both = set(changed_paths(base, ours)) & set(changed_paths(base, theirs))
    return sorted(path for path in both if ours.get(path) != theirs.get(path))
