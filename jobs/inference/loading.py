"""From a commit's files to a model in memory: safetensors only, and no code of others."""

import gc
import json
import math
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from safetensors import safe_open
from transformers import AutoConfig, AutoFeatureExtractor, AutoImageProcessor, AutoTokenizer

from jobs.inference.asked import Asked
from jobs.inference.autos import ProcessorWithoutVideo
from jobs.inference.errors import CannotAnswer
from jobs.inference.files import needed, needs_of, weights
from jobs.inference.protocol import TOKENIZE, Request

# transformers sets the default type and patches the initialisers of the whole process while it builds a model.
LOADING = threading.Lock()
# A bound on what one text may cost where a model reads far more than people paste.
LONGEST_READ = 8192
# Their position embeddings begin after the padding index, so they hold fewer positions than their size says.
OFFSET_POSITIONS = (
    "roberta",
    "xlm-roberta",
    "xlm-roberta-xl",
    "camembert",
    "longformer",
    "mpnet",
    "roberta-prelayernorm",
)
# What a task may need to read its inputs by, beside a tokenizer.
PROCESSORS: dict[str, Any] = {
    "images": AutoImageProcessor,
    "sounds": AutoFeatureExtractor,
    "processor": ProcessorWithoutVideo,
}
# Parts that most tasks do not use.
UNUSED = ("pooler", "masked_spec_embed")
# Their layer stands on the pooler.
CLASSIFIERS = ("text-classification", "zero-shot-classification", "text-ranking")


@dataclass(frozen=True)
class Loaded:
    """A model ready to run, with what it reads by; `longest` is in tokens.

    To tokenize there is no model; where no text is read there is no tokenizer; `processor` reads pictures and sounds.
    """

    model: Any
    tokenizer: Any
    device: str
    longest: int
    folder: Path
    processor: Any = None


@dataclass(frozen=True)
class Row:
    """One text as the model reads it: `tokens` by the tokenizer's names, `read` of the text's `whole` tokens.

    A row that takes long knows its `deadline`, who `asked`, and whether it is `alone` in its request.
    """

    tokens: dict[str, list[int]]
    whole: int
    options: dict[str, Any] = field(default_factory=dict)
    deadline: float = float("inf")
    asked: Asked | None = None
    alone: bool = False

    @property
    def read(self) -> int:
        return len(self.tokens["input_ids"])

    @property
    def note(self) -> dict[str, Any]:
        """`{"truncated": True, "tokens": n, "read": m}` for a text that was cut, else nothing."""
        return {"truncated": True, "tokens": self.whole, "read": self.read} if self.whole > self.read else {}


def needed_bytes(request: Request, folder: Path) -> int:
    """Bytes that loading for the request's task will take in memory."""
    if request.task != TOKENIZE:
        return weight_bytes(folder)
    return sum((folder / name).stat().st_size for name in needed({path.name for path in folder.iterdir()}, TOKENIZE))


def weight_bytes(folder: Path) -> int:
    """Bytes that the weights will take in memory: on a CPU in float32, whatever type they are stored in."""
    names = weights({path.name for path in folder.iterdir()})
    return sum(_bytes_in_memory(folder / name) for name in names)


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


def free() -> None:
    """Gives back the memory of models that nobody holds any more."""
    gc.collect()
    torch.cuda.empty_cache()


def device() -> str:
    """Where models run here."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def load(request: Request, folder: Path, task: ModuleType) -> Loaded:
    """The model in memory, in evaluation mode. CannotAnswer when its files do not allow it."""
    # A tokenizer alone is read without the code that its model may need.
    code = ("tokenizer_config.json",) if request.task == TOKENIZE else ("config.json", "tokenizer_config.json")
    for name in code:
        file = folder / name
        if file.is_file() and "auto_map" in json.loads(file.read_text()):
            raise CannotAnswer(
                "model", f"{request.model} runs its own code when loaded, which hugops never does. Choose another."
            )
    local: dict[str, Any] = {"trust_remote_code": False, "local_files_only": True}
    if request.task == TOKENIZE:
        cutter = AutoTokenizer.from_pretrained(folder, **local)
        return Loaded(None, cutter, "cpu", int(cutter.model_max_length), folder)
    with LOADING:
        torch.set_num_threads(len(os.sched_getaffinity(0)))
        config = AutoConfig.from_pretrained(folder, **local)
        needs = needs_of(task)
        tokenizer: Any = AutoTokenizer.from_pretrained(folder, **local) if "tokenizer" in needs else None
        processors = [PROCESSORS[need].from_pretrained(folder, **local) for need in needs if need in PROCESSORS]
        model, found = task.AUTO.from_pretrained(
            folder, use_safetensors=True, dtype=torch.float32, output_loading_info=True, **local
        )
    _ensure_trained(request, found["missing_keys"])
    if tokenizer is not None:
        _ensure_padding(tokenizer, model)
    model = model.eval().to(device(), _precision())
    longest = min(_positions(config), int(tokenizer.model_max_length) if tokenizer is not None else LONGEST_READ)
    return Loaded(model, tokenizer, device(), longest, folder, next(iter(processors), None))


def _precision() -> torch.dtype:
    # Half precision is slower than float32 on most CPUs, and many of their kernels lack it.
    if device() == "cpu":
        return torch.float32
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16


def _ensure_trained(request: Request, missing: Sequence[str]) -> None:
    # transformers fills what the files lack with random numbers and answers all the same. A pooler is left out of
    # many files, and nothing here uses one that was not trained, except a classifier, whose files then have it; a mask
    # of spectrograms is for training alone.
    absent = [name for name in missing if request.task in CLASSIFIERS or not any(part in name for part in UNUSED)]
    if absent:
        raise CannotAnswer(
            "model",
            f"{request.model} was not trained for {request.task}: its files lack the layer for it. "
            "Try another `task=`, or fine-tune it first.",
        )


def _ensure_padding(tokenizer: Any, model: Any) -> None:
    """Gives a tokenizer without a padding token another one to pad with; padding is masked, so any will do."""
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.convert_ids_to_tokens(0)
    if getattr(model.config, "pad_token_id", None) is None:
        model.config.pad_token_id = tokenizer.pad_token_id


def _positions(config: Any) -> int:
    text = config.get_text_config()
    known = int(getattr(text, "max_position_embeddings", 0) or LONGEST_READ)
    if text.model_type in OFFSET_POSITIONS:
        known -= int(text.pad_token_id or 0) + 1
    return min(known, LONGEST_READ)


def read(loaded: Loaded, texts: list[str], longest: int | None = None, pairs: list[str] | None = None) -> list[Row]:
    """The texts as rows, each cut to what the model reads.

    With `pairs`, each text is followed by its pair, and the longer of the two is what gets cut.
    """
    limit = min(longest or loaded.longest, loaded.longest)
    whole = loaded.tokenizer(texts, pairs, truncation=False, verbose=False)
    lengths = [len(ids) for ids in whole["input_ids"]]
    is_long = max(lengths) > limit
    cut = loaded.tokenizer(texts, pairs, truncation=True, max_length=limit, verbose=False) if is_long else whole
    return [Row({name: values[at] for name, values in cut.items()}, length) for at, length in enumerate(lengths)]


def pad(loaded: Loaded, rows: Sequence[Row]) -> Any:
    """The rows as one batch of tensors on the model's device, padded to the longest of them."""
    blank = {"input_ids": loaded.tokenizer.pad_token_id, "attention_mask": 0, "token_type_ids": 0}
    width = max(row.read for row in rows)
    return {
        name: torch.tensor([_filled(row.tokens[name], width, blank.get(name, 0)) for row in rows], device=loaded.device)
        for name in rows[0].tokens
    }


def _filled(values: list[int], width: int, blank: int) -> list[int]:
    return values + [blank] * (width - len(values))
