"""The model that a run left on this machine, before anybody published it."""

import hashlib
import json
import logging
import struct
from collections import Counter
from math import prod
from pathlib import Path

from core.blocks.run import STATE_WORDS
from core.errors import Mistake
from core.hub import File, Model
from core.recipe import pipeline_of
from core.store.runs import Run
from jobs.inference.asking.workbench import Workbench

log = logging.getLogger(__name__)
CONFIG, WEIGHTS = "config.json", ".safetensors"


def trained_model(bench: Workbench, user: str, run_id: str, revision: str | None = None) -> Model:
    """The model of a finished run, called like the run. Mistake where there is none; Refused for who may not see it."""
    run = bench.runs.shown_to(run_id, user)
    if revision:
        raise Mistake(f"A run has one model. Write {run.id} without `@`.")
    if run.state != "succeeded":
        raise Mistake(f"{run.id} is {STATE_WORDS[run.state]}; only a finished run has a model to try.")
    folder = bench.runs_folder / run.id / "model"
    if not (folder / CONFIG).is_file():
        raise Mistake(f"The model of {run.id} is not on this machine any more. Train it again with changes or without.")
    place = bench.outbox.location(run.id)
    return read_model(run, folder, bench.workspace.permalink(*place) if place else "")


def read_model(run: Run, folder: Path, url: str) -> Model:
    """What is known of the model in a run's folder, as of one on the Hub; its `sha` changes with what lies there."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    facts = {path.relative_to(folder).as_posix(): path.stat() for path in paths}
    files = tuple(File(name, stat.st_size, lfs=name.endswith(WEIGHTS)) for name, stat in facts.items())
    state = json.dumps([(name, stat.st_size, stat.st_mtime_ns) for name, stat in facts.items()])
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    parameters = count_parameters(folder)
    weights = [file.size for file in files if file.path.endswith(WEIGHTS)]
    return Model(
        id=run.id,
        sha=hashlib.sha256(state.encode()).hexdigest()[:40],
        author="",
        private=True,
        gated=False,
        task=pipeline_of(run.recipe["task"]),
        library="transformers",
        license=None,
        languages=(),
        downloads=0,
        likes=0,
        updated=None,
        created=None,
        tags=(),
        files=files,
        summary="",
        url=url,
        base_models=(run.recipe["base"]["repo"],),
        datasets=() if run.recipe["dataset"].get("folder") else (run.recipe["dataset"]["repo"],),
        parameters=parameters,
        parameters_total=sum(parameters.values()) or None,
        weight_bytes=sum(weights),
        safe=True if weights else None,
        needs_code="auto_map" in config,
        architectures=tuple(config.get("architectures") or ()),
        model_type=config.get("model_type"),
        folder=str(folder),
    )


def count_parameters(folder: Path) -> dict[str, int]:
    """Parameters by type, out of the headers of the weights (https://github.com/huggingface/safetensors)."""
    counted: Counter[str] = Counter()
    for path in folder.glob(f"*{WEIGHTS}"):
        try:
            with path.open("rb") as file:
                (length,) = struct.unpack("<Q", file.read(8))
                header = json.loads(file.read(min(length, 100 * 2**20)))
        except (struct.error, ValueError):
            log.warning("%s has no header of safetensors", path)
            continue
        for name, tensor in header.items():
            if name != "__metadata__":
                counted[tensor["dtype"]] += prod(tensor["shape"])
    return dict(counted)
