"""The files of a model's commit: which are needed, whether they are in the cache, fetched where they are not."""

import fnmatch
import io
from collections.abc import Callable, Collection
from pathlib import Path, PurePosixPath
from typing import Any

from huggingface_hub import HfApi, constants, get_cached_repo_tree, snapshot_download
from huggingface_hub.errors import CachedRepoTreeNotFoundError
from huggingface_hub.file_download import repo_folder_name
from tqdm import tqdm

from core.usability import INDEX, weights
from jobs.inference.protocol import TOKENIZE, Request
from jobs.inference.worker.errors import CannotAnswer
from jobs.models.reading import PROCESSORS, has_vocabulary

READ = ["*.json", "*.txt", "*.model", "*.spm", "*.jinja", "*.safetensors"]
FOLDERS = ("1_Pooling", "additional_chat_templates")
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".h5", ".msgpack")
# Weights in memory, with room for buffers and activations.
OVERHEAD = 1.2
# Between two news of a download.
TELL_SECONDS = 0.5


def find(request: Request, budget: int, needs: Collection[str], tell: Callable[[int, int], None]) -> Path:
    """The folder of the commit's files; a commit that is in the cache costs no request to the Hub.

    `needs` are what the task's model is read with besides its weights: a tokenizer, a processor of some kind. `tell`
    hears the bytes that are there and those of all files while they are fetched; what it raises ends that.

    CannotAnswer, before the weights are downloaded, when they do not allow loading or are over the budget in bytes.
    """
    if request.place:
        return _local(request, budget, needs)
    folder = _cached(request, needs)
    if folder is not None:
        return folder
    listed = HfApi().model_info(request.model, revision=request.revision, files_metadata=True).siblings or []
    sizes = {file.rfilename: file.size or 0 for file in listed}
    if request.task != TOKENIZE:
        ensure_loadable(request.model, sizes)
        ensure_fits(request.model, int(sum(sizes[name] for name in weights(sizes)) * OVERHEAD), budget)
    ensure_readable(request.model, sizes, needs)
    wanted = needed(sizes, request.task)
    bar = _bar(tell, sum(sizes[name] for name in wanted))
    folder = Path(snapshot_download(request.model, revision=request.revision, allow_patterns=wanted, tqdm_class=bar))
    bar.is_over = True
    return folder


def _local(request: Request, budget: int, needs: Collection[str]) -> Path:
    """The folder that the request names, with the checks that a commit of the Hub has to pass."""
    folder = Path(request.place)
    sizes = {path.relative_to(folder).as_posix(): path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    if request.task != TOKENIZE:
        ensure_loadable(request.model, sizes)
        ensure_fits(request.model, int(sum(sizes[name] for name in weights(sizes)) * OVERHEAD), budget)
    ensure_readable(request.model, sizes, needs)
    return folder


def needed(names: Collection[str], task: str) -> list[str]:
    """Of a repo's files those that loading reads; to tokenize, no weights."""
    chosen = set(weights(names)) if task != TOKENIZE else set()
    for name in names:
        path = PurePosixPath(name)
        where = path.parent.as_posix()
        if path.suffix != ".safetensors" and (where == "." or where in FOLDERS) and _matches(path.name, READ):
            chosen.add(name)
    return sorted(chosen)


def ensure_loadable(model: str, names: Collection[str]) -> None:
    """CannotAnswer with the reason when a repo of these files is nothing that quick inference loads."""
    if not weights(names):
        if "adapter_model.safetensors" in names:
            raise CannotAnswer("model", f"{model} is an adapter without its base model. Try the merged model.")
        if any(name.endswith(PICKLES) for name in names):
            raise CannotAnswer(
                "model", f"{model} has no safetensors weights, only pickle, which can run code. Try another model."
            )
        raise CannotAnswer(
            "model", f"{model} has no safetensors weights, and hugops reads nothing else. Choose another."
        )
    if "config.json" not in names:
        raise CannotAnswer("model", f"{model} has no config.json, so transformers cannot load it. Choose another.")


def ensure_readable(model: str, names: Collection[str], needs: Collection[str]) -> None:
    """CannotAnswer when no file says how the model reads text, or pictures and sounds."""
    if is_readable(names, needs):
        return
    if "tokenizer" in needs and not has_vocabulary(names):
        raise CannotAnswer("model", f"{model} has no tokenizer, so it cannot read text. Try the model it came from.")
    raise CannotAnswer(
        "model",
        f"{model} does not say how it reads its input: preprocessor_config.json is missing. "
        "Try the model it came from.",
    )


def is_readable(names: Collection[str], needs: Collection[str]) -> bool:
    """Whether the files have the words that the model knows, and how it reads pictures and sounds, as needed."""
    has_words = has_vocabulary(names)
    has_processor = any(name in PROCESSORS for name in names)
    return ("tokenizer" not in needs or has_words) and (set(needs) <= {"tokenizer"} or has_processor)


def ensure_fits(model: str, size: int, budget: int) -> None:
    """CannotAnswer with both numbers when the model alone is over the budget."""
    if size > budget:
        raise CannotAnswer(
            "memory",
            f"{model} needs about {size / 1e9:.2g} GB of memory; {budget / 1e9:.2g} GB are set aside for models here "
            "(HUGOPS_MODEL_MEMORY). Try a smaller one.",
        )


def _cached(request: Request, needs: Collection[str]) -> Path | None:
    storage = Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=request.model, repo_type="model")
    folder = storage / "snapshots" / request.revision
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    try:
        tree = get_cached_repo_tree(request.model, revision=request.revision)
        expected = needed([file.path for file in tree], request.task)
    except CachedRepoTreeNotFoundError:
        # Without a listing the index is what says how many shards there are.
        expected = needed(names, request.task)
        if request.task != TOKENIZE and INDEX in names and len(weights(names)) < _shards(weights(names)):
            return None
    is_loadable = request.task == TOKENIZE or ("config.json" in names and weights(names))
    if not is_loadable or not is_readable(names, needs):
        return None
    return folder if set(expected) <= set(names) else None


def _bar(tell: Callable[[int, int], None], total: int) -> type[Any]:
    """What huggingface_hub draws its progress with, several times a second; it has one bar of bytes or two."""
    furthest = 0

    class Bar(tqdm):  # type: ignore[misc]  # tqdm publishes no types
        monitor_interval = 0
        is_over = False  # a bar that goes away late draws itself once more

        def __init__(self, *arguments: object, **options: object) -> None:
            super().__init__(*arguments, **options, file=io.StringIO(), mininterval=TELL_SECONDS)

        def display(self, *_arguments: object, **_options: object) -> None:
            nonlocal furthest
            if self.unit == "B" and self.n > furthest and not Bar.is_over:
                furthest = min(int(self.n), total)
                tell(furthest, total)

    return Bar


def _shards(names: list[str]) -> int:
    """How many shards there are in all, as each one's name says."""
    return int(names[0].split("-of-")[1].removesuffix(".safetensors")) if names else 1


def _matches(name: str, patterns: Collection[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
