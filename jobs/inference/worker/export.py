"""`python -m jobs.inference.worker.export`: one model as an ONNX graph, checked against torch; asked by stdin."""

import json
import logging
import os
import shutil
import sys
import tempfile
import threading
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from jobs.inference.protocol import Request
from jobs.inference.worker.cutting import PieceCutter
from jobs.inference.worker.engines import onnx
from jobs.inference.worker.engines.torch import load
from jobs.inference.worker.exported import ABOUT, GRAPH, LONGEST, WORDS, Place, versions
from jobs.inference.worker.loading import Loaded, forward
from jobs.inference.worker.rows import Row
from jobs.inference.worker.tasks import has_graph, load_task

log = logging.getLogger(__name__)
# The largest difference of any output from torch's, as a share of the largest output (at least 1).
TOLERANCE = 1e-3
# With int8 weights every output differs, which is what was asked for; together (root of the squares, relative) they
# differ by 0.1 to 0.35 for MiniLM. This bound finds a graph that is broken.
TOLERANCE_INT8 = 0.5
# What a repo says of its embeddings, which the graph does not hold.
SETTINGS = ("modules.json", "sentence_bert_config.json", "1_Pooling/config.json")
# The first version of the operators with attention as one of them; what rounds weights does not know it yet.
OPSET, OPSET_INT8 = 23, 20
TEXTS = ("yes", "The film is warm and its music is lovely.", "A long review of a film. " * 12, "one two three " * 700)


class CannotExport(Exception):
    """The model stays with torch, for this reason."""


def main() -> int:
    """Leaves the place filled, or refused with the reason."""
    os.nice(10)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO)
    question = json.loads(sys.stdin.readline())
    threading.Thread(target=_leave_with_the_worker, daemon=True).start()
    place = Place(Path(question["folder"]))
    options = {"dtype": question["dtype"]} if question["dtype"] else {}
    request = Request("", question["model"], question["revision"], question["task"], [], options)
    try:
        export(request, Path(question["snapshot"]), place, [Row(tokens, 0) for tokens in question["rows"]])
    except Exception as error:  # noqa: BLE001  # whatever an exporter raises, torch goes on answering
        reason = str(error) if isinstance(error, CannotExport) else f"{type(error).__name__}: {str(error)[:300]}"
        log.warning("%s stays with torch for %s: %s", request.model, request.task, reason)
        place.refuse(reason)
        return 1
    log.info("exported %s for %s", request.model, request.task)
    return 0


def export(request: Request, snapshot: Path, place: Place, rows: Sequence[Row]) -> None:
    """Fills the place with the model as a graph, its tokenizer, and what its task asks of it. Raises CannotExport."""
    task = load_task(request.task)
    if not has_graph(task):
        raise CannotExport(f"{request.task} asks for more than a graph gives")
    # In full precision, whatever the graph will have: that is what it is measured by.
    loaded = load(Request("", request.model, request.revision, request.task, []), snapshot, task)
    if not isinstance(loaded.cutter, PieceCutter):
        raise CannotExport("its tokenizer is written in Python")
    if loaded.longest > LONGEST:
        raise CannotExport(f"it reads {loaded.longest} tokens, more than the {LONGEST} that a graph has memory for")
    place.folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=place.folder.parent))
    try:
        samples = [*rows, *loaded.cutter.read(TEXTS, None, loaded.longest)]
        write_graph(loaded, task.OUTPUTS, list(samples[0].tokens), made / GRAPH, OPSET_INT8 if request.dtype else OPSET)
        loaded.cutter.backend.no_truncation()
        loaded.cutter.backend.save(str(made / WORDS))
        for name in SETTINGS:
            if (snapshot / name).is_file():
                (made / name).parent.mkdir(exist_ok=True)
                shutil.copy(snapshot / name, made / name)
        if request.dtype:
            _round(made / GRAPH)
        about = {
            "marks": vars(loaded.cutter.marks),
            "longest": loaded.longest,
            "labels": loaded.labels,
            "problem": loaded.problem,
            "dtype": request.dtype,
            "versions": versions(),
        }
        (made / ABOUT).write_text(json.dumps(about))
        ensure_alike(loaded, onnx.load(made), task.OUTPUTS, samples, request.dtype)
        place.fill(made)
    finally:
        shutil.rmtree(made, ignore_errors=True)


class _Named(torch.nn.Module):
    """A model of transformers with its inputs in a fixed order, and the outputs that a task wants."""

    def __init__(self, model: torch.nn.Module, inputs: Sequence[str], outputs: Sequence[str]) -> None:
        super().__init__()
        self.model, self.inputs, self.outputs = model, inputs, outputs

    def forward(self, *values: torch.Tensor) -> tuple[torch.Tensor, ...]:
        out = self.model(**dict(zip(self.inputs, values, strict=True)))
        return tuple(out[name] for name in self.outputs)


def write_graph(loaded: Loaded, outputs: Sequence[str], inputs: Sequence[str], file: Path, opset: int) -> None:
    """Writes the model as a graph that takes any number of texts of any length, its weights in a file beside it."""
    # Two rows of more than one token: a size of one would be taken for one that never changes.
    example = tuple(torch.ones((2, 9), dtype=torch.int64) for _ in inputs)
    any_size = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
    with warnings.catch_warnings(), torch.no_grad():
        # The exporter warns of what is its own, and of what it replaces by itself.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _Named(loaded.model, inputs, outputs).eval(),
            example,
            str(file),
            input_names=list(inputs),
            output_names=list(outputs),
            opset_version=opset,
            dynamo=True,
            verbose=False,
            dynamic_shapes=(tuple(any_size for _ in inputs),),
        )


def ensure_alike(wanted: Loaded, found: Loaded, outputs: Sequence[str], samples: Sequence[Row], dtype: str) -> None:
    """CannotExport when the graph's outputs are not torch's, for each row alone and for all of them in one batch."""
    pairs = [
        (truth[name], graph[name])
        for group in ([[row] for row in samples] + [list(samples)])
        for truth, graph in [(forward(wanted, group, *outputs), forward(found, group, *outputs))]
        for name in outputs
    ]
    if dtype:
        apart = sum(float(np.square(truth - graph).sum()) for truth, graph in pairs)
        off = (apart / sum(float(np.square(truth).sum()) for truth, _ in pairs)) ** 0.5
        most = TOLERANCE_INT8
    else:
        off = max(float(np.abs(truth - graph).max() / max(1.0, np.abs(truth).max())) for truth, graph in pairs)
        most = TOLERANCE
    # Written so that what is not a number is refused as well.
    if not off <= most:
        raise CannotExport(f"its outputs differ from torch's by {off:.2g}, more than {most:g}")


def _round(file: Path) -> None:
    """The graph with its matrices as int8, each column on its own scale."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    weights, full = file.with_name(f"{file.name}.data"), file.with_suffix(".full")
    file.replace(full)
    quantize_dynamic(full, file, per_channel=True, weight_type=QuantType.QInt8)
    for used in (weights, full):
        used.unlink()


def _leave_with_the_worker() -> None:
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
