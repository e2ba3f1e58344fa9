"""The model's files are on this machine, all of them."""

import json
from pathlib import PurePosixPath

from core.store.releases import Finding
from jobs.publishing.checks import Subject

NAME = "files"
WEIGHTS = "model.safetensors"
INDEX = ".safetensors.index.json"


def check(subject: Subject) -> Finding:
    """Weights in one file, or in all the shards that their index names."""
    indexes = [name for name in subject.names if name.endswith(INDEX)]
    if WEIGHTS not in subject.names and not indexes:
        return _gone(f"The model of {subject.run.id}")
    for index in indexes:
        shards = json.loads((subject.folder / index).read_text())["weight_map"].values()
        beside = {str(PurePosixPath(index).with_name(shard)) for shard in shards}
        missing = sorted(beside - set(subject.names))
        if missing:
            return _gone(f"{missing[0]} of the model of {subject.run.id}")
    return Finding(NAME, "passed", f"The model of {subject.run.id} is here.")


def _gone(what: str) -> Finding:
    return Finding(NAME, "blocking", f"{what} is not on this machine any more.", "Train it again, then publish.")
