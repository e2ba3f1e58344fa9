"""From a commit on the Hub to a model in memory: safetensors only, no code of others, cached files first."""

import json
import os
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
from jobs.inference.protocol import Request

READ = ["*.json", "*.txt", "*.model", "*.jinja", "*.safetensors"]


@dataclass(frozen=True)
class Loaded:
    """A model ready to run, with what it needs to read text; `longest` is in tokens."""

    model: Any
    tokenizer: Any
    device: str
    longest: int
    folder: Path


def fetch(request: Request) -> Path:
    """The commit's files in the cache; a commit that is there already costs no request to the Hub."""
    wanted: dict[str, Any] = {
        "repo_id": request.model, "revision": request.revision, "allow_patterns": READ,
        "ignore_patterns": ["onnx/*", "openvino/*"],
    }  # fmt: skip
    try:
        found = Path(snapshot_download(**wanted, local_files_only=True))
        if (found / "config.json").is_file() and weight_bytes(found):
            return found
    except LocalEntryNotFoundError:
        pass
    return Path(snapshot_download(**wanted))


def weight_bytes(folder: Path) -> int:
    """Bytes of the weights that would be loaded."""
    return sum(path.stat().st_size for path in folder.glob("*.safetensors"))


def load(request: Request, folder: Path) -> tuple[ModuleType, Loaded]:
    """The task's module and its model in memory. CannotAnswer when the files do not allow it."""
    task = import_module(f"jobs.inference.tasks.{request.task.replace('-', '_')}")
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
    model = task.AUTO.from_pretrained(folder, **options).eval().to(device)
    longest = min(
        int(getattr(config, "max_position_embeddings", 0) or getattr(config, "n_positions", 0) or 512),
        int(tokenizer.model_max_length),
    )
    return task, Loaded(model, tokenizer, device, longest, folder)


def encode(loaded: Loaded, texts: list[str]) -> Any:
    """The batch as tensors on the model's device, padded to its longest text and cut to the model's limit."""
    if loaded.tokenizer.pad_token is None:
        loaded.tokenizer.pad_token = loaded.tokenizer.eos_token
    batch = loaded.tokenizer(texts, padding=True, truncation=True, max_length=loaded.longest, return_tensors="pt")
    return batch.to(loaded.device)


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
