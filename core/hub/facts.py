"""What is known of repos: frozen records, and the arithmetic on them. Nothing here talks to the network."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Literal

from core.usability import NOTHING_KNOWN, Traits, Usability

Kind = Literal["model", "dataset"]
Searched = Literal["model", "dataset", "space"]
Sort = Literal["downloads", "likes", "updated", "created", "trending"]

SAFE_WEIGHTS = (".safetensors",)
PICKLE_WEIGHTS = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")
OTHER_WEIGHTS = (".gguf", ".onnx", ".h5", ".msgpack", ".tflite")
PLUMBING = (".gitattributes",)
CARD_FILES = ("README.md", ".gitattributes", "LICENSE", "LICENSE.md", "LICENSE.txt")


@dataclass(frozen=True)
class Query:
    """What is searched for; what a kind does not have is refused by `ensure_fits`.

    `size_max` is a number of parameters; `dataset` and `base` are what a model was made from; `inference` leaves
    what a provider serves at this moment.
    """

    kind: Searched = "model"
    words: str = ""
    task: str | None = None
    library: str | None = None
    language: str | None = None
    license: str | None = None
    author: str | None = None
    sort: Sort = "downloads"
    size_max: int | None = None
    dataset: str | None = None
    base: str | None = None
    gated: bool | None = None
    inference: bool | None = None


@dataclass(frozen=True)
class Hit:
    """One line of a list. `disk_bytes` are a model's weights or a dataset's files.

    `unsafe` means pickle alone, `weightless` neither that nor safetensors, `needs_code` that it brings its own.
    """

    kind: Searched
    id: str
    task: str | None
    library: str | None
    downloads: int
    likes: int
    updated: datetime | None
    parameters: int | None
    license: str | None
    gated: bool
    private: bool
    tags: tuple[str, ...]
    url: str
    sha: str = ""
    disk_bytes: int | None = None
    unsafe: bool = False
    weightless: bool = False
    needs_code: bool = False
    rows: str | None = None
    formats: tuple[str, ...] = ()

    @property
    def traits(self) -> Traits:
        """What of it decides what can be done with it."""
        return Traits(
            kind=self.kind,
            task=self.task,
            library=self.library,
            safe=False if self.unsafe else None if self.weightless else True,
            needs_code=self.needs_code,
            readable=not self.gated,
        )


@dataclass(frozen=True)
class Page:
    """One page of hits; `page` counts from 1."""

    hits: tuple[Hit, ...]
    page: int
    has_next: bool


@dataclass(frozen=True)
class File:
    path: str
    size: int
    lfs: bool


@dataclass(frozen=True)
class Metric:
    """One value of a card's model-index."""

    task: str
    dataset: str
    name: str
    value: float | str


@dataclass(frozen=True)
class Repo:
    """What models and datasets have in common. `sha` is the commit that all of it was read from."""

    id: str
    sha: str
    author: str
    private: bool
    gated: bool
    task: str | None
    library: str | None
    license: str | None
    languages: tuple[str, ...]
    downloads: int
    likes: int
    updated: datetime | None
    created: datetime | None
    tags: tuple[str, ...]
    files: tuple[File, ...]
    summary: str
    url: str

    @property
    def total_bytes(self) -> int:
        return sum(file.size for file in self.files)


@dataclass(frozen=True)
class Model(Repo):
    """A model repo. `safe`: True with safetensors, False with pickle alone, None without either.

    `folder`: where its files lie on this machine, for what a run trained and nobody published yet.

    `scanned`: whether the Hub has looked through all files, None where it does not say; `flagged` are the paths
    with what it found, such as `unsafe`.
    """

    base_models: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    parameters: Mapping[str, int] | None = None
    parameters_total: int | None = None
    weight_bytes: int = 0
    safe: bool | None = None
    needs_code: bool = False
    architectures: tuple[str, ...] = ()
    model_type: str | None = None
    metrics: tuple[Metric, ...] = ()
    scanned: bool | None = None
    flagged: tuple[tuple[str, str], ...] = ()
    folder: str = ""

    @property
    def traits(self) -> Traits:
        """What of it decides what can be done with it."""
        return Traits(
            task=self.task,
            library=self.library,
            safe=self.safe,
            needs_code=self.needs_code,
            readable=not self.gated,
            files=[file.path for file in self.files],
        )


@dataclass(frozen=True)
class Dataset(Repo):
    """A dataset repo; `sizes` are its card's size categories, such as `1K<n<10K`.

    `splits` have their numbers of rows and `columns` their types, where the card's `dataset_info` tells them;
    `formats` are those of its files.
    """

    tasks: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    splits: tuple[tuple[str, int], ...] = ()
    columns: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Commit:
    sha: str
    title: str
    author: str
    date: datetime


@dataclass(frozen=True)
class Head:
    """The newest commit of a repo's main branch."""

    kind: Kind
    id: str
    sha: str
    last_modified: datetime
    private: bool


@dataclass(frozen=True)
class Change:
    """One file of a push; `size` is 0 when it was removed."""

    path: str
    what: Literal["added", "changed", "removed"]
    size: int


@dataclass(frozen=True)
class Push:
    """What came to main between two commits.

    `weights_changed`: the weights of a model, or the data of a dataset; `card_only`: nothing but the card. `size` is
    that of the weights, or of all files of a dataset, after it. `is_first`: before it there was nothing that anybody
    would look at.
    """

    kind: Kind
    id: str
    old_sha: str | None
    new_sha: str
    commits: tuple[Commit, ...]
    files: tuple[Change, ...]
    weights_changed: bool
    card_only: bool
    size: int = 0
    is_first: bool = False


@dataclass(frozen=True)
class Portrait:
    """What the Hub tells of a repo at a push: licence, parameters, and what changed in `config.json`.

    `config` has (key, before, now), the values empty where they are no plain ones or were not there; `usability` is
    what can be done with it after the push.
    """

    license: str = ""
    parameters: int | None = None
    config: tuple[tuple[str, str, str], ...] = ()
    usability: Usability = NOTHING_KNOWN


@dataclass(frozen=True)
class RemoteFile:
    """A file at one commit; `oid` is the sha256 of a large file and the git blob id of a small one."""

    path: str
    size: int
    oid: str


@dataclass(frozen=True)
class PullRequest:
    """A pull request at its newest commit; `files` is the whole tree as it would be after the merge."""

    num: int
    sha: str
    url: str
    title: str
    status: Literal["open", "draft", "closed", "merged"]
    files: tuple[RemoteFile, ...] = ()
    merge_sha: str | None = None


@dataclass(frozen=True)
class Who:
    """The account behind a token; `role` is `read`, `write` or `fineGrained`."""

    name: str
    orgs: tuple[str, ...]
    role: str

    @property
    def namespaces(self) -> tuple[str, ...]:
        return (self.name, *self.orgs)


RUNTIME_BYTES = 700 * 2**20  # torch, transformers and datasets themselves
BYTES_PER_PARAMETER = 16
BYTES_PER_TOKEN = 4 * 384 * 80  # what a batch leaves for the backward pass, measured with MiniLM
SMALL_BATCH, SHORT_TOKENS = 16, 32


@dataclass(frozen=True)
class Memory:
    """Bytes needed, estimated: to answer with the model, to train all of it, and to train a LoRA adapter to it."""

    inference: int
    full_fine_tune: int | None = None
    lora_fine_tune: int | None = None


def training_memory(parameters: int, batch: int, tokens: int) -> int:
    """Bytes that a full fine-tune takes, estimated, where each row of a batch has so many tokens.

    16 bytes a parameter in fp32 (weights 4, gradients 4, Adam's two moments 8), as in
    https://huggingface.co/docs/transformers/model_memory_anatomy, the libraries themselves, and what a batch leaves for
    the backward pass.
    """
    return RUNTIME_BYTES + BYTES_PER_PARAMETER * parameters + BYTES_PER_TOKEN * batch * tokens


def memory_needed(weight_bytes: int, parameters: int | None) -> Memory:
    """Memory in bytes, before anything is loaded.

    Inference: the weights and a fifth more for buffers and activations of short inputs, the rule of thumb of
    https://huggingface.co/docs/accelerate/usage_guides/model_size_estimator ("up to an additional 20 %").
    Full fine-tune: as the plan of one on short texts in small batches says; long texts and large batches need more.
    LoRA fine-tune: the frozen weights as they are stored, the same 16 bytes for each trained parameter, of which an
    adapter has about one in a hundred (0.2 % at rank 8 in https://huggingface.co/docs/peft/quicktour, more at
    higher ranks), and the same libraries and activations, which still pass through the whole model.
    """
    trained, adapter = (
        None if not parameters else training_memory(count, SMALL_BATCH, SHORT_TOKENS)
        for count in (parameters or 0, (parameters or 0) // 100)
    )
    return Memory(
        inference=round(weight_bytes * 1.2),
        full_fine_tune=trained,
        lora_fine_tune=adapter + weight_bytes if adapter and weight_bytes else None,
    )


def is_weights(path: str) -> bool:
    """Whether the file holds a model's weights (a shard index counts: it says which shards are read)."""
    name = PurePosixPath(path).name
    if name in ("training_args.bin", "optimizer.pt", "scheduler.pt"):
        return False
    return name.endswith((*SAFE_WEIGHTS, *PICKLE_WEIGHTS, *OTHER_WEIGHTS, ".safetensors.index.json", ".bin.index.json"))


def is_plumbing(path: str) -> bool:
    """Whether the file is there in every repo, and nobody wants to hear of it."""
    return path in PLUMBING


def is_card(path: str) -> bool:
    """Whether the file is part of the card and its surroundings, not of the model or the data."""
    return path in CARD_FILES


def weight_bytes(files: Iterable[File]) -> tuple[int, bool | None]:
    """Bytes of the weights that would be loaded, and whether they are safe (see `Model.safe`).

    A repo often holds the same weights in several formats: only the safest format counts.
    """
    weights = [file for file in files if is_weights(file.path)]
    for suffixes, safe in ((SAFE_WEIGHTS, True), (PICKLE_WEIGHTS, False)):
        found = [file.size for file in weights if file.path.endswith(suffixes)]
        if found:
            return sum(found), safe
    return sum(file.size for file in weights), None


def next_version(tags: Iterable[str]) -> str:
    """`v3` after `v1` and `v2` (or after `v2.1`); `v1` where no tag is a version."""
    numbers = [int(found[1]) for tag in tags if (found := re.fullmatch(r"v(\d+)(?:\.\d+)*", tag))]
    return f"v{max(numbers, default=0) + 1}"
