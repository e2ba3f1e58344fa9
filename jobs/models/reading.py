"""How a model reads a text: how many tokens, what it takes beside them, what it pads with. Torch-free."""

import fnmatch
import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedTokenizerBase

# A bound on what one text may cost where a model reads far more than people paste.
LONGEST_READ = 8192
# Their position embeddings begin after the padding index, so they hold fewer positions than their size says.
OFFSET_POSITIONS = frozenset(
    {
        "altclip_text_model",
        "bridgetower_text_model",
        "camembert",
        "clap_text_model",
        "data2vec-text",
        "esm",
        "ibert",
        "layoutlmv3",
        "lilt",
        "longformer",
        "luke",
        "markuplm",
        "mpnet",
        "roberta",
        "roberta-prelayernorm",
        "xlm-roberta",
        "xlm-roberta-xl",
        "xmod",
    }
)
# Tells which of a pair a token is of by comparing them, so that it has no size for how many there are.
COMPARED_TYPES = "xlnet"
# Tokens that may stand in for padding, which is masked; a decoder looks for the last token before it.
STAND_INS = ("eos_token_id", "unk_token_id", "sep_token_id", "cls_token_id", "bos_token_id")

# One of these holds the vocabulary. Without any, transformers makes a tokenizer that knows no word and says nothing.
VOCABULARIES = ("tokenizer.json", "vocab.txt", "vocab.json", "*.model", "*.spm", "*.tiktoken", "tekken.json")

# One of these says how pictures or sounds are made ready for the model.
PROCESSORS = ("preprocessor_config.json", "processor_config.json", "video_preprocessor_config.json")


def has_vocabulary(files: Iterable[str]) -> bool:
    """Whether one of a repo's files has the words that its model knows."""
    return any(fnmatch.fnmatchcase(name, pattern) for name in files for pattern in VOCABULARIES)


def positions(config: "PreTrainedConfig") -> int:
    """How many tokens the model has places for, LONGEST_READ at most."""
    text = config.get_text_config()
    size = int(getattr(text, "max_position_embeddings", 0) or 0)
    # Those whose places are relative say 0, -1 or nothing.
    if size <= 0:
        return LONGEST_READ
    if text.model_type in OFFSET_POSITIONS:
        size -= int(text.pad_token_id or 0) + 1
    return min(size, LONGEST_READ)


def longest_text(tokenizer: "PreTrainedTokenizerBase", config: "PreTrainedConfig") -> int:
    """How many tokens of a text can be read: what the tokenizer says, or what the model has places for."""
    return min(positions(config), int(tokenizer.model_max_length))


def fit_tokenizer(
    tokenizer: "PreTrainedTokenizerBase", config: "PreTrainedConfig", forward: Callable[..., object]
) -> None:
    """Makes a tokenizer give what this model takes, whichever model it was written for, and able to pad.

    What it is saved as says so, too. `forward` is the method that reads the tokens.
    """
    names = _inputs(list(tokenizer.model_input_names), config, forward)
    if names != list(tokenizer.model_input_names):
        tokenizer.model_input_names = names
        tokenizer.init_kwargs["model_input_names"] = names
    words = getattr(config.get_text_config(), "vocab_size", None) or len(tokenizer)
    if tokenizer.pad_token_id is None or tokenizer.pad_token_id >= words:
        usable = (number for name in STAND_INS if (number := getattr(tokenizer, name, None)) is not None)
        tokenizer.pad_token = tokenizer.convert_ids_to_tokens(next((one for one in usable if one < words), 0))
    if getattr(config, "pad_token_id", None) is None:
        config.pad_token_id = tokenizer.pad_token_id


def _inputs(names: Sequence[str], config: "PreTrainedConfig", forward: Callable[..., object]) -> list[str]:
    """Those of the tokenizer's outputs that the model takes: RoBERTa with BERT's tokenizer has one type of token."""
    taken = inspect.signature(forward).parameters
    if "input_ids" not in taken:
        return list(names)
    return [name for name in names if name in taken and (name != "token_type_ids" or _has_token_types(config))]


def _has_token_types(config: "PreTrainedConfig") -> bool:
    text = config.get_text_config()
    if getattr(text, "type_vocab_sizes", None):  # TAPAS has a type for each thing that it tells of a cell
        return True
    # GPT-2 and others without a size look the type up among their words, which no tokenizer of theirs means.
    return int(getattr(text, "type_vocab_size", 0) or 0) > 1 or text.model_type == COMPARED_TYPES
