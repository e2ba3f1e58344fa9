"""From a commit on the Hub to a model in memory: safetensors only, no code of others, cached files first."""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from huggingface_hub import snapshot_download
from huggingface_hub.errors import LocalEntryNotFoundError
from transformers import AutoConfig, AutoTokenizer

from jobs.inference.errors import CannotAnswer
from jobs.inference.protocol import TOKENIZE, Request

TEXT_READERS = ["*.json", "*.txt", "*.model", "*.spm", "*.jinja"]
WEIGHTS = "*.safetensors"


@dataclass(frozen=True)
class Loaded:
    """A model ready to run, with what it needs to read text; `longest` is in tokens. No model where none is needed."""

    model: Any
    tokenizer: Any
    device: str
    longest: int
    folder: Path


def fetch(request: Request) -> Path:
    """The commit's files in the cache; a commit that is there already costs no request to the Hub."""
    needs_weights = request.task != TOKENIZE
    wanted: dict[str, Any] = {
        "repo_id": request.model, "revision": request.revision,
        "allow_patterns": [*TEXT_READERS, WEIGHTS] if needs_weights else TEXT_READERS,
        "ignore_patterns": ["onnx/*", "openvino/*"],
    }  # fmt: skip
    try:
        found = Path(snapshot_download(**wanted, local_files_only=True))
        if (found / "config.json").is_file() and (weight_bytes(found) or not needs_weights):
            return found
    except LocalEntryNotFoundError:
        pass
    return Path(snapshot_download(**wanted))


def weight_bytes(folder: Path) -> int:
    """Bytes of the weights that would be loaded."""
    return sum(path.stat().st_size for path in folder.glob("*.safetensors"))


def needed_bytes(request: Request, folder: Path) -> int:
    """Bytes of the files that will be held in memory."""
    if request.task != TOKENIZE:
        return weight_bytes(folder)
    return sum(path.stat().st_size for pattern in TEXT_READERS for path in folder.glob(pattern))


def load_tokenizer(request: Request, folder: Path) -> Loaded:
    """The tokenizer alone. CannotAnswer where the repo has none."""
    if not any(next(folder.glob(name), None) for name in ("tokenizer*", "vocab*", "*.model", "*.spm")):
        raise CannotAnswer("model", f"{request.model} has no tokenizer, so there is nothing to cut a text with.")
    tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    return Loaded(None, tokenizer, "cpu", int(tokenizer.model_max_length), folder)


def load(request: Request, folder: Path) -> tuple[ModuleType, Loaded]:
    """The task's module and its model in memory. CannotAnswer when the files do not allow it."""
    task = import_module(f"jobs.inference.tasks.{request.task.replace('-', '_')}")
    if request.task == TOKENIZE:
        return task, load_tokenizer(request, folder)
    config_file = folder / "config.json"
    if not config_file.is_file():
        raise CannotAnswer("model", f"{request.model} has no config.json, so transformers cannot load it.")
    if "auto_map" in json.loads(config_file.read_text()):
        raise CannotAnswer("model", f"{request.model} runs its own code when loaded, which hugops never does.")
    if not weight_bytes(folder):
        raise CannotAnswer("model", f"{request.model} has no safetensors weights, and hugops reads nothing else.")
    torch.set_num_threads(os.cpu_count() or 1)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    options: dict[str, Any] = {"use_safetensors": True, "trust_remote_code": False}
    if device == "cuda":
        options["dtype"] = torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    model, found = task.AUTO.from_pretrained(folder, output_loading_info=True, **options)
    _ensure_trained(request, model, found["missing_keys"])
    model = model.eval().to(device)
    longest = min(
        int(getattr(config, "max_position_embeddings", 0) or getattr(config, "n_positions", 0) or 512),
        int(tokenizer.model_max_length),
    )
    return task, Loaded(model, tokenizer, device, longest, folder)


def _ensure_trained(request: Request, model: Any, missing: Iterable[str]) -> None:
    """CannotAnswer when weights of the task's own part are not in the files, and were drawn at random instead."""
    # Without a part of its own, what may be missing is a pooler that nothing here reads.
    own = f"{model.base_model_prefix}."
    if model.base_model is not model and any(not name.startswith(own) for name in missing):
        raise CannotAnswer(
            "model",
            f"{request.model} was not trained for {request.task}: part of its weights would be chance. Choose a model "
            "for it with `/hf search`, or another task with `task=`.",
        )


def encode(loaded: Loaded, texts: list[str], pairs: list[str] | None = None) -> Any:
    """The batch as tensors on the model's device, padded to its longest text and cut to the model's limit.

    With `pairs`, each text is followed by its pair, and the longer of the two is what gets cut.
    """
    if loaded.tokenizer.pad_token is None:
        loaded.tokenizer.pad_token = loaded.tokenizer.eos_token
    batch = loaded.tokenizer(
        texts, pairs, padding=True, truncation=True, max_length=loaded.longest, return_tensors="pt",
    )  # fmt: skip
    return batch.to(loaded.device)


def windows(loaded: Loaded, texts: list[str], pairs: list[str] | None = None) -> Any:
    """Each text in as many overlapping windows as it needs; `overflow_to_sample_mapping` says which are whose.

    With `pairs`, every window begins with the text, and the pair is what gets cut. CannotAnswer where the tokenizer
    cannot say which characters a token stands for.
    """
    if not loaded.tokenizer.is_fast:
        raise CannotAnswer("model", "This model's tokenizer does not say where in the text its pieces are.")
    if loaded.tokenizer.pad_token is None:
        loaded.tokenizer.pad_token = loaded.tokenizer.eos_token
    return loaded.tokenizer(
        texts, pairs, padding=True, truncation="only_second" if pairs else True, max_length=loaded.longest,
        stride=loaded.longest // 4, return_overflowing_tokens=True, return_offsets_mapping=True, return_tensors="pt",
    )  # fmt: skip


def read_windows(loaded: Loaded, cut: Any, output: str, size: int = 16) -> Any:
    """The model's `output` for every window, `size` of them at a time."""
    names = [name for name in loaded.tokenizer.model_input_names if name in cut]
    parts = [
        loaded.model(**{name: cut[name][start : start + size].to(loaded.device) for name in names})[output].float()
        for start in range(0, len(cut["input_ids"]), size)
    ]
    return torch.cat(parts).cpu()


def truncation(loaded: Loaded, text: str) -> dict[str, Any]:
    """`{"truncated": True, "tokens": n}` for a text that is longer than the model reads, else nothing."""
    tokens = len(loaded.tokenizer(text, truncation=False, verbose=False)["input_ids"])
    return {"truncated": True, "tokens": tokens, "read": loaded.longest} if tokens > loaded.longest else {}


def by_length(texts: list[str], size: int) -> list[list[int]]:
    """Batches of positions, texts of like length together, so that little is padded."""
    order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
    return [order[start : start + size] for start in range(0, len(order), size)]


def split_up(flat: list[Any], groups: list[list[str]]) -> list[list[Any]]:
    """The flat results, one list per request again."""
    split, at = [], 0
    for group in groups:
        split.append(flat[at : at + len(group)])
        at += len(group)
    return split
