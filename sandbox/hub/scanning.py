"""Which files of a commit could run code when they are loaded: pickles that import anything unusual."""

import io
import pickletools
import zipfile
from pathlib import Path
from typing import Literal

from sandbox.hub.blobs import Blobs
from sandbox.hub.records import Tree

Level = Literal["safe", "suspicious", "unsafe"]
_PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib")
_HARMLESS = ("torch", "numpy", "collections", "_codecs", "copyreg", "sklearn", "scipy", "pandas", "transformers")
_DANGEROUS = ("os", "posix", "nt", "subprocess", "sys", "socket", "shutil", "runpy", "webbrowser", "importlib")
_SAFE_BUILTINS = {"set", "frozenset", "list", "dict", "tuple", "int", "float", "str", "bytes", "bytearray", "slice"}


def scan(tree: Tree, blobs: Blobs) -> dict[str, Level]:
    """The level of each file that is not safe, by its path."""
    levels = {path: scan_file(blobs.path(entry.sha256)) for path, entry in tree.items() if path.endswith(_PICKLES)}
    return {path: level for path, level in levels.items() if level != "safe"}


def scan_file(path: Path) -> Level:
    """Reads the pickle's instructions (those inside a torch archive too) without running any."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith(".pkl")]
            levels = [_pickle_level(archive.read(name)) for name in names]
    else:
        levels = [_pickle_level(path.read_bytes())]
    ranked: tuple[Level, ...] = ("unsafe", "suspicious")
    return next((level for level in ranked if level in levels), "safe")


def _pickle_level(content: bytes) -> Level:
    strings: list[str] = []
    level: Level = "safe"
    try:
        for opcode, argument, _ in pickletools.genops(io.BytesIO(content)):
            if opcode.name == "GLOBAL":
                module, name = str(argument).split(" ", 1)
            elif opcode.name == "STACK_GLOBAL":
                module, name = strings[-2:] if len(strings) > 1 else ("?", "?")
            else:
                if isinstance(argument, str):
                    strings.append(argument)
                continue
            import_level = _import_level(module, name)
            level = import_level if level != "unsafe" and import_level != "safe" else level
    except (ValueError, DeprecationWarning):
        # Not a pickle, or bytes after its end: what was read up to here counts. The warning is about escapes in what
        # was taken for text, and is raised where warnings are errors.
        return level
    return level


def _import_level(module: str, name: str) -> Level:
    root = module.split(".", maxsplit=1)[0]
    if root in _DANGEROUS or (root in ("builtins", "__builtin__") and name in ("eval", "exec", "getattr", "open")):
        return "unsafe"
    if root in _HARMLESS or (root in ("builtins", "__builtin__") and name in _SAFE_BUILTINS):
        return "safe"
    return "suspicious"
