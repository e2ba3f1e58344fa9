"""What a model's last layer is for: which tasks an architecture can do, and what is wrong with its labels. Torch-free.

Each function returns the rest of a sentence that begins with the model's name, empty where nothing is wrong.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# Heads that answer with labels. They fit each other's weights, and answer nonsense with them.
LABELLED = {
    "ForSequenceClassification": "text-classification",
    "ForTokenClassification": "token-classification",
    "ForMultipleChoice": "",
    "ForImageClassification": "image-classification",
    "ForVideoClassification": "video-classification",
    "ForAudioFrameClassification": "",
}
# They classify texts by more than the text: places on a page, tables, the tags of HTML.
READ_MORE = frozenset({"bros", "layoutlm", "layoutlmv2", "layoutlmv3", "lilt", "markuplm", "tapas"})


@dataclass(frozen=True)
class Bases:
    """What can be fine-tuned with a head: nearly all kinds that are, and in words what to choose.

    For kinds that are not `common` transformers has to be imported.
    """

    common: frozenset[str]
    hint: str


_TEXTS = Bases(
    frozenset(
        {
            "albert",
            "bert",
            "camembert",
            "deberta",
            "deberta-v2",
            "distilbert",
            "electra",
            "ernie",
            "mobilebert",
            "modernbert",
            "mpnet",
            "roberta",
            "xlm-roberta",
        }
    ),
    "Choose an encoder such as BERT, RoBERTa or DeBERTa.",
)
_BASES = {
    "AutoModelForImageClassification": Bases(
        frozenset({"beit", "convnext", "convnextv2", "deit", "dinov2", "efficientnet", "resnet", "swin", "vit"}),
        "Choose a model of pictures such as ViT, ResNet or ConvNeXt.",
    ),
    "AutoModelForAudioClassification": Bases(
        frozenset({"audio-spectrogram-transformer", "data2vec-audio", "hubert", "wav2vec2", "wavlm", "whisper"}),
        "Choose a model of sounds such as Wav2Vec2, HuBERT or AST.",
    ),
}


def ensure_named(labels: object) -> str:
    """What is wrong with a config's `id2label`, as it stands in the file."""
    if labels is None:
        return ""
    if not isinstance(labels, Mapping):
        return "has an `id2label` in its config.json that is no mapping from numbers to names. Try another revision."
    if not all(str(number).isdecimal() for number in labels):
        return (
            "has `id2label` the wrong way round in its config.json: it goes from names to numbers. "
            "Try another revision, or ask its owners to swap it with `label2id`."
        )
    if missing := sorted(set(range(len(labels))) - {int(number) for number in labels}):
        return f"has no name for label {missing[0]}: `id2label` in its config.json skips it. Try another revision."
    return ""


def other_head(architectures: Sequence[str], wanted: str, asked: str) -> str:
    """What a model was trained for instead of the task `asked`, where its head only looks like the class `wanted`."""
    if (end := _head(wanted)) not in LABELLED:
        return ""
    trained = [head for name in architectures if (head := _head(name)) in LABELLED]
    if not trained or end in trained:
        return ""
    task = LABELLED[trained[0]]
    instead = f"Try `task={task}`." if task else "Try another model."
    return f"was trained {_purpose(trained[0])}, not for {asked}, so its answers would mean nothing. {instead}"


def cannot_head(model_type: str, auto: str, ability: str) -> str:
    """Why a model of this type cannot get the head of the auto class: it has none, or reads more than a text.

    Imports transformers, and so torch, for a type that is not common.
    """
    bases = _BASES.get(auto, _TEXTS)
    if not model_type:
        return f"does not say in its config.json which architecture it has. {bases.hint}"
    if bases is _TEXTS and model_type in READ_MORE:
        return f"is of the kind `{model_type}`, which reads more than a text (pages, tables or HTML). {bases.hint}"
    if model_type in bases.common or _is_headed(model_type, auto):
        return ""
    return f"is of the kind `{model_type}`, which cannot {ability}. {bases.hint}"


def _is_headed(model_type: str, auto: str) -> bool:
    import transformers

    configs = transformers.CONFIG_MAPPING
    return model_type in configs and configs[model_type] in getattr(transformers, auto)._model_mapping


def _head(name: str) -> str:
    return f"For{name.rpartition('For')[2]}"


def _purpose(head: str) -> str:
    return f"for {LABELLED[head] or head.removeprefix('For')}"
