"""The ONNX Runtime engine: an exported encoder on the CPU, without torch and without transformers."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import onnxruntime
from tokenizers import Tokenizer

from jobs.cores import threads
from jobs.inference.worker.cutting import Marks, PieceCutter
from jobs.inference.worker.engines import Pace
from jobs.inference.worker.exported import ABOUT, GRAPH, WORDS
from jobs.inference.worker.loading import Loaded
from jobs.inference.worker.rows import Array


class OnnxEngine:
    """An exported graph; what it takes and gives are named as in the model of transformers that it came from."""

    device = "cpu"
    # Measured on MiniLM: milliseconds a token are fewest from 100 to 300 tokens, where what is between two layers
    # stays in the cache, and a third more from 1,000 on.
    pace = Pace(most_tokens=320, start_tokens=32)

    def __init__(self, graph: Path, dtype: str) -> None:
        self.name = f"onnx {dtype}".strip()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads()
        # Threads that spin for their next piece of work make a text a quarter faster. Between texts they would take the
        # cores from the bot, from trainings and from other models, so they stop with each run.
        options.add_session_config_entry("session.intra_op.allow_spinning", "1")
        options.add_session_config_entry("session.force_spinning_stop", "1")
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    def forward(self, batch: Mapping[str, Array], names: Sequence[str]) -> dict[str, Array]:
        found = self._session.run(list(names), dict(batch))
        return dict(zip(names, found, strict=True))


def load(folder: Path) -> Loaded:
    """The exported model in this folder, ready to run."""
    about = json.loads((folder / ABOUT).read_text())
    engine = OnnxEngine(folder / GRAPH, about["dtype"])
    marks = Marks(**about["marks"] | {"names": tuple(about["marks"]["names"])})
    return Loaded(
        None,
        None,
        engine.device,
        about["longest"],
        folder,
        engine=engine,
        cutter=PieceCutter(Tokenizer.from_file(str(folder / WORDS)), marks),
        labels={int(number): name for number, name in about["labels"].items()},
        problem=about["problem"],
    )
