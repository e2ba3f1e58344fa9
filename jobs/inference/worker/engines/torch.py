"""The torch engine: from a commit's files to a model in memory, safetensors only, and no code of others."""

import gc
import json
import math
import threading
import warnings
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors import safe_open
from transformers import (
    AutoConfig,
    AutoFeatureExtractor,
    AutoImageProcessor,
    AutoTokenizer,
    PreTrainedTokenizerBase,
)

from core.usability import weights
from jobs.cores import threads
from jobs.inference.protocol import TOKENIZE, Request
from jobs.inference.worker.autos import ProcessorWithoutVideo
from jobs.inference.worker.cutting import FIELDS, Cutter, Marks, PieceCutter
from jobs.inference.worker.engines import Pace
from jobs.inference.worker.errors import CannotAnswer
from jobs.inference.worker.files import needed
from jobs.inference.worker.loading import Loaded
from jobs.inference.worker.rows import Array, Row, Window
from jobs.inference.worker.tasks import TaskModule
from jobs.models.heads import LABELLED, ensure_named, other_head
from jobs.models.reading import fit_tokenizer, longest_text, positions

# transformers sets the default type and patches the initialisers of the whole process while it builds a model.
LOADING = threading.Lock()
# What a task may need to read its inputs by, beside a tokenizer.
PROCESSORS: dict[str, Any] = {
    "images": AutoImageProcessor,
    "sounds": AutoFeatureExtractor,
    "processor": ProcessorWithoutVideo,
}
# Measured on MiniLM: on a CPU larger batches gain nothing more; a GPU is hardly busy with them.
PACES = {"cpu": Pace(most_tokens=2048, start_tokens=48), "cuda": Pace(most_tokens=16_384, start_tokens=4096)}
# Parts that most tasks do not use.
UNUSED = ("pooler", "masked_spec_embed")
# The layer of such models stands on the pooler.
CLASSIFIER = "AutoModelForSequenceClassification"


class TorchEngine:
    """A model of transformers on the CPU or a GPU."""

    def __init__(self, model: torch.nn.Module, device: str, dtype: str) -> None:
        self.name = f"torch {dtype}".strip()
        self.device = device
        self.pace = PACES[device]
        self._model = model

    @torch.inference_mode()
    def forward(self, batch: Mapping[str, Array], names: Sequence[str]) -> dict[str, Array]:
        out = self._model(**{name: torch.from_numpy(values).to(self.device) for name, values in batch.items()})
        return {name: out[name].float().cpu().numpy() for name in names}


class SlowCutter:
    """By a tokenizer of transformers that is written in Python, which does not know where its pieces are."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, marks: Marks) -> None:
        self._tokenizer = tokenizer
        self.marks = marks

    def read(self, texts: Sequence[str], pairs: Sequence[str] | None, longest: int) -> list[Row]:
        given = (list(texts), list(pairs) if pairs is not None else None)
        whole = self._tokenizer(*given, truncation=False, verbose=False)
        lengths = [len(ids) for ids in whole["input_ids"]]
        is_long = max(lengths) > longest
        cut = self._tokenizer(*given, truncation=True, max_length=longest, verbose=False) if is_long else whole
        return [Row({name: values[at] for name, values in cut.items()}, length) for at, length in enumerate(lengths)]

    def windows(self, _texts: Sequence[str], _pairs: Sequence[str] | None, _longest: int) -> list[Window]:
        raise CannotAnswer("model", "This model's tokenizer does not say where in the text its pieces are.")

    def word(self, number: int) -> str:
        return str(self._tokenizer.decode([number]))


def load(request: Request, folder: Path, task: TaskModule) -> Loaded:
    """The model in memory, in evaluation mode. CannotAnswer when its files do not allow it."""
    _ensure_no_code(request, folder)
    local: dict[str, Any] = {"trust_remote_code": False, "local_files_only": True}
    if request.task == TOKENIZE:
        tokenizer: Any = AutoTokenizer.from_pretrained(folder, **local)
        return Loaded(None, tokenizer, "cpu", int(tokenizer.model_max_length), folder, cutter=cutter_of(tokenizer))
    with LOADING:
        auto = getattr(transformers, task.AUTO) if isinstance(task.AUTO, str) else task.AUTO
        torch.set_num_threads(threads())
        _ensure_head(request, folder, auto)
        config = AutoConfig.from_pretrained(folder, **local)
        tokenizer = AutoTokenizer.from_pretrained(folder, **local) if "tokenizer" in task.NEEDS else None
        processors = [PROCESSORS[need].from_pretrained(folder, **local) for need in task.NEEDS if need in PROCESSORS]
        model, found = auto.from_pretrained(
            folder,
            use_safetensors=True,
            dtype=torch.float32,
            output_loading_info=True,
            ignore_mismatched_sizes=True,  # refused below, with a sentence
            **local,
        )
    _ensure_alike(request, found["mismatched_keys"], model.config)
    _ensure_trained(request, found["missing_keys"], needs_pooler=task.AUTO == CLASSIFIER)
    if tokenizer is not None:
        fit_tokenizer(tokenizer, model.config, type(model).forward)
    model = model.eval().to(device(), _precision())
    if request.dtype:
        model = _quantized(request, model)
    longest = longest_text(tokenizer, config) if tokenizer is not None else positions(config)
    return Loaded(
        model,
        tokenizer,
        device(),
        longest,
        folder,
        next(iter(processors), None),
        engine=TorchEngine(model, device(), request.dtype),
        cutter=cutter_of(tokenizer) if tokenizer is not None else None,
        labels={int(number): str(name) for number, name in (getattr(config, "id2label", None) or {}).items()},
        problem=str(getattr(config, "problem_type", None) or ""),
    )


def cutter_of(tokenizer: PreTrainedTokenizerBase) -> Cutter:
    """What cuts texts as this tokenizer does, by the tokenizers library wherever it is what is behind it."""
    marks = Marks(
        names=tuple(name for name in tokenizer.model_input_names if name in FIELDS),
        padding=int(tokenizer.pad_token_id or 0),
        mask=tokenizer.mask_token,
        mask_id=tokenizer.mask_token_id,
        first_id=tokenizer.cls_token_id,
        side=tokenizer.truncation_side,
    )
    if tokenizer.is_fast:
        return PieceCutter(tokenizer.backend_tokenizer, marks)
    return SlowCutter(tokenizer, marks)


def needed_bytes(request: Request, folder: Path) -> int:
    """Bytes that loading for the request's task will take in memory."""
    if request.task != TOKENIZE:
        return weight_bytes(folder)
    return sum((folder / name).stat().st_size for name in needed({path.name for path in folder.iterdir()}, TOKENIZE))


def weight_bytes(folder: Path) -> int:
    """Bytes that the weights will take in memory: on a CPU in float32, whatever type they are stored in."""
    names = weights({path.name for path in folder.iterdir()})
    return sum(_bytes_in_memory(folder / name) for name in names)


def free() -> None:
    """Gives back the memory of models that nobody holds any more."""
    gc.collect()
    torch.cuda.empty_cache()


def device() -> str:
    """Where models run here."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def _ensure_no_code(request: Request, folder: Path) -> None:
    # A tokenizer alone is read without the code that its model may need.
    code = ("tokenizer_config.json",) if request.task == TOKENIZE else ("config.json", "tokenizer_config.json")
    for name in code:
        file = folder / name
        if file.is_file() and "auto_map" in json.loads(file.read_text()):
            raise CannotAnswer(
                "model", f"{request.model} runs its own code when loaded, which hugops never does. Choose another."
            )


def _ensure_head(request: Request, folder: Path, auto: Any) -> None:
    """CannotAnswer where the model has the labels of another task, or says of its own what cannot be."""
    name = str(getattr(auto, "__name__", ""))
    config = json.loads((folder / "config.json").read_text())
    if not isinstance(config, dict):  # transformers has the sentence for it
        return
    wrong = other_head(config.get("architectures") or (), name, request.task)
    if not wrong and name.endswith(tuple(LABELLED)):
        wrong = ensure_named(config.get("id2label"))
    if wrong:
        raise CannotAnswer("model", f"{request.model} {wrong}")


def _ensure_alike(request: Request, apart: Collection[tuple[str, Sequence[int], Sequence[int]]], config: Any) -> None:
    """CannotAnswer where weights have another shape than the config says; `apart` are names, shapes, shapes wanted."""
    for _, shape, wanted in apart:
        if wanted and wanted[0] == config.num_labels and list(shape[1:]) == list(wanted[1:]):
            raise CannotAnswer(
                "model",
                f"{request.model} has a head for {shape[0]} labels, and `id2label` in its config.json names "
                f"{wanted[0]}. Try another revision.",
            )
    if apart:
        raise CannotAnswer(
            "model", f"{request.model} has weights that do not fit its config.json. Try another revision."
        )


def _bytes_in_memory(file: Path) -> int:
    total = file.stat().st_size
    if device() != "cpu":
        return total
    with safe_open(file, framework="pt") as opened:
        for name in opened.keys():  # noqa: SIM118  # it is no mapping
            tensor = opened.get_slice(name)
            if tensor.get_dtype() in ("F16", "BF16"):
                total += 2 * math.prod(tensor.get_shape())
    return total


def _precision() -> torch.dtype:
    # Half precision is slower than float32 on most CPUs, and many of their kernels lack it.
    if device() == "cpu":
        return torch.float32
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16


def _quantized(request: Request, model: torch.nn.Module) -> torch.nn.Module:
    """The model with the weights of its linear layers as int8. CannotAnswer on a GPU."""
    if device() != "cpu":
        raise CannotAnswer("input", "`dtype=int8` is for models on a CPU; here they run on a GPU. Leave it out.")
    if not any(isinstance(layer, torch.nn.Linear) for layer in model.modules()):
        raise CannotAnswer("input", f"{request.model} has no layers that int8 is for. Leave out `dtype`.")
    with warnings.catch_warnings():
        # torch means to move this to another package; the version that we allow still has it.
        warnings.simplefilter("ignore")
        quantized: torch.nn.Module = torch.ao.quantization.quantize_dynamic(model, {torch.nn.Linear}, dtype=torch.qint8)
    return quantized


def _ensure_trained(request: Request, missing: Sequence[str], *, needs_pooler: bool) -> None:
    # transformers fills what the files lack with random numbers and answers all the same. A pooler is left out of
    # many files, and nothing here uses one that was not trained, except a classifier, whose files then have it; a mask
    # of spectrograms is for training alone.
    absent = [name for name in missing if needs_pooler or not any(part in name for part in UNUSED)]
    if absent:
        raise CannotAnswer(
            "model",
            f"{request.model} was not trained for {request.task}: its files lack the layer for it. "
            "Try another `task=`, or fine-tune it first.",
        )
