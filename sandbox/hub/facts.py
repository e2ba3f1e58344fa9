"""What the Hub derives from a repo's files: card data, tags, task, library, parameters."""

import json
import math
import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.hub import cards, datafacts, scanning
from sandbox.hub.blobs import Blobs
from sandbox.hub.records import Kind, StoredCommit, Tree
from sandbox.hub.shapes import ParameterCounts

# Architecture suffix: (task, auto class).
_ARCHITECTURES = {
    "ForSequenceClassification": ("text-classification", "AutoModelForSequenceClassification"),
    "ForTokenClassification": ("token-classification", "AutoModelForTokenClassification"),
    "ForQuestionAnswering": ("question-answering", "AutoModelForQuestionAnswering"),
    "ForMultipleChoice": ("multiple-choice", "AutoModelForMultipleChoice"),
    "ForMaskedLM": ("fill-mask", "AutoModelForMaskedLM"),
    "ForCausalLM": ("text-generation", "AutoModelForCausalLM"),
    "LMHeadModel": ("text-generation", "AutoModelForCausalLM"),
    "ForConditionalGeneration": ("text2text-generation", "AutoModelForSeq2SeqLM"),
    "ForImageClassification": ("image-classification", "AutoModelForImageClassification"),
    "ForObjectDetection": ("object-detection", "AutoModelForObjectDetection"),
    "ForSemanticSegmentation": ("image-segmentation", "AutoModelForSemanticSegmentation"),
    "ForAudioClassification": ("audio-classification", "AutoModelForAudioClassification"),
    "ForCTC": ("automatic-speech-recognition", "AutoModelForCTC"),
    "Model": ("feature-extraction", "AutoModel"),
}
# A safetensors file begins with the length of its header, in eight bytes.
HEADER_PREFIX, MAX_HEADER = 8, 100_000_000
_SPEECH = {"whisper", "speech_to_text", "moonshine"}
_IMAGE_TASKS = ("image-", "object-")


@dataclass(frozen=True)
class RepoFacts:
    card: Mapping[str, object]
    has_card: bool
    tags: list[str]
    pipeline_tag: str | None
    library_name: str | None
    config: Mapping[str, object] | None
    transformers_info: Mapping[str, str] | None
    safetensors: ParameterCounts | None
    unsafe_files: Mapping[str, scanning.Level]


class FactsReader:
    """Reads the facts of a commit once; a commit never changes."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._known: dict[str, RepoFacts] = {}

    def read(self, kind: Kind, commit: StoredCommit) -> RepoFacts:
        if commit.sha not in self._known:
            self._known[commit.sha] = self._derive(kind, commit.tree)
        return self._known[commit.sha]

    def text(self, tree: Tree, path: str) -> str:
        """The file's text, or an empty one where there is no such file."""
        return self._blobs.read(tree[path].sha256).decode("utf-8", "replace") if path in tree else ""

    def _derive(self, kind: Kind, tree: Tree) -> RepoFacts:
        card = cards.metadata(self.text(tree, "README.md"))
        unsafe = scanning.scan(tree, self._blobs)
        if kind != "model":
            tags = datafacts.dataset_tags(card, tree, self._blobs) if kind == "dataset" else _card_tags(card)
            return RepoFacts(card, "README.md" in tree, tags, None, None, None, None, None, unsafe)
        config = _short_config(self._json(tree, "config.json"))
        task, auto_model = _task_of(config)
        library = cards.first_text(card, "library_name") or _library_of(tree, config)
        pipeline_tag = cards.first_text(card, "pipeline_tag") or (
            "sentence-similarity" if _is_sentence(library) else task
        )
        info = {"auto_model": auto_model} if auto_model else None
        if info and task:
            info |= {"pipeline_tag": task, "processor": _processor_of(tree, task)}
        safetensors = self._parameters(tree)
        tags = _model_tags(card, tree, library, config, pipeline_tag)
        return RepoFacts(
            card, "README.md" in tree, tags, pipeline_tag, library, config or None, info, safetensors, unsafe
        )

    def _json(self, tree: Tree, path: str) -> dict[str, object]:
        try:
            parsed = json.loads(self.text(tree, path) or "{}")
        except ValueError:
            return {}
        return parsed if isinstance(parsed, dict) else {}

    def _parameters(self, tree: Tree) -> ParameterCounts | None:
        names = [path for path in tree if path.endswith(".safetensors") and "/" not in path]
        weights = ["model.safetensors"] if "model.safetensors" in names else names
        counts: Counter[str] = Counter()
        for name in weights:
            counts.update(self._safetensors_counts(tree[name].sha256))
        return ParameterCounts(parameters=dict(counts), total=sum(counts.values())) if counts else None

    def _safetensors_counts(self, sha256: str) -> Counter[str]:
        """Parameters by type, from the file's header; none for a file that is not safetensors."""
        with self._blobs.path(sha256).open("rb") as file:
            prefix = file.read(HEADER_PREFIX)
            length = struct.unpack("<Q", prefix)[0] if len(prefix) == HEADER_PREFIX else 0
            text = file.read(length) if length < MAX_HEADER else b""
        counts: Counter[str] = Counter()
        try:
            for name, tensor in json.loads(text).items():
                if name != "__metadata__":
                    counts[str(tensor["dtype"])] += math.prod(tensor["shape"])
        except (ValueError, TypeError, KeyError, AttributeError):
            return Counter()
        return counts


def _short_config(config: Mapping[str, object]) -> dict[str, object]:
    """The keys that everything is derived from, where they hold what they should."""
    names, model_type = config.get("architectures"), config.get("model_type")
    well_formed = isinstance(names, list) and all(isinstance(name, str) for name in names)
    short: dict[str, object] = {"architectures": names} if well_formed else {}
    if isinstance(config.get("auto_map"), dict):
        short["auto_map"] = config["auto_map"]
    return {**short, "model_type": model_type} if isinstance(model_type, str) else short


def _task_of(config: Mapping[str, object]) -> tuple[str | None, str | None]:
    architecture = cards.first_text(config, "architectures") or ""
    if config.get("model_type") in _SPEECH:
        return "automatic-speech-recognition", "AutoModelForSpeechSeq2Seq"
    return next((pair for suffix, pair in _ARCHITECTURES.items() if architecture.endswith(suffix)), (None, None))


def _library_of(tree: Tree, config: Mapping[str, object]) -> str | None:
    if "adapter_config.json" in tree:
        return "peft"
    if "modules.json" in tree:
        return "sentence-transformers"
    return "transformers" if config.get("architectures") or config.get("model_type") else None


def _is_sentence(library: str | None) -> bool:
    return library == "sentence-transformers"


def _processor_of(tree: Tree, task: str) -> str:
    if task.startswith(_IMAGE_TASKS):
        return "AutoImageProcessor"
    return "AutoProcessor" if "preprocessor_config.json" in tree else "AutoTokenizer"


def _card_tags(card: Mapping[str, object]) -> list[str]:
    """The tags that models, datasets and Spaces all get from their cards."""
    tags = cards.texts(card, "tags")
    return [*tags, *(f"license:{name}" for name in cards.as_list(card.get("license"))), "region:us"]


def _model_tags(
    card: Mapping[str, object], tree: Tree, library: str | None, config: Mapping[str, object], task: str | None
) -> list[str]:
    suffixes = {path.rpartition(".")[2] for path in tree}
    tags: list[str | None] = [library, "safetensors" if "safetensors" in suffixes else None]
    tags += ["pytorch" if any(path.endswith("pytorch_model.bin") for path in tree) else None]
    tags += ["onnx" if "onnx" in suffixes else None, "gguf" if "gguf" in suffixes else None]
    tags += [cards.first_text(config, "model_type"), task, "custom_code" if config.get("auto_map") else None]
    tags += cards.texts(card, "tags")
    tags += ["model-index" if card.get("model-index") else None]
    tags += cards.texts(card, "language")
    tags += [f"dataset:{name}" for name in cards.as_list(card.get("datasets"))]
    relation = card.get("base_model_relation") or ("adapter" if "adapter_config.json" in tree else "finetune")
    for base in cards.as_list(card.get("base_model")):
        tags += [f"base_model:{base}", f"base_model:{relation}:{base}"]
    tags += [f"license:{name}" for name in cards.as_list(card.get("license"))]
    return list(dict.fromkeys(tag for tag in (*tags, "region:us") if tag))
