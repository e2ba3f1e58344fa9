"""Tiny random models of many architectures, all with BERT's tokenizer, as half of the Chinese ones are published."""

from pathlib import Path
from typing import Any

POSITIONS = 40
WORDS = [f"word{number}" for number in range(30)]
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
SMALL = {
    "vocab_size": len(VOCABULARY),
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "pad_token_id": 0,
}
ROBERTA = SMALL | {"max_position_embeddings": POSITIONS, "type_vocab_size": 1, "pad_token_id": 1}
# By model type: what its config is made of.
KINDS: dict[str, dict[str, Any]] = {
    "bert": SMALL | {"max_position_embeddings": POSITIONS},
    "roberta": ROBERTA,
    "xlm-roberta": ROBERTA,
    "camembert": ROBERTA,
    "mpnet": ROBERTA,
    "deberta-v2": SMALL | {"max_position_embeddings": POSITIONS, "type_vocab_size": 0},
    "distilbert": {
        "vocab_size": len(VOCABULARY),
        "dim": 32,
        "hidden_dim": 64,
        "n_layers": 1,
        "n_heads": 2,
        "max_position_embeddings": POSITIONS,
    },
    "gpt2": {"vocab_size": len(VOCABULARY), "n_embd": 32, "n_layer": 1, "n_head": 2, "n_positions": POSITIONS},
    "xlnet": {"vocab_size": len(VOCABULARY), "d_model": 32, "d_inner": 64, "n_layer": 1, "n_head": 2},
    "bart": {
        "vocab_size": len(VOCABULARY),
        "d_model": 32,
        "encoder_layers": 1,
        "decoder_layers": 1,
        "encoder_attention_heads": 2,
        "decoder_attention_heads": 2,
        "encoder_ffn_dim": 64,
        "decoder_ffn_dim": 64,
        "max_position_embeddings": POSITIONS,
        "pad_token_id": 0,
        "bos_token_id": 2,
        "eos_token_id": 3,
        "decoder_start_token_id": 3,
        "forced_eos_token_id": 3,
    },
}


def bert_tokenizer(**marks: str | None) -> Any:
    """Words and BERT's marks; a mark that is None is left out."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    core = Tokenizer(models.WordLevel({word: at for at, word in enumerate(VOCABULARY)}, unk_token="[UNK]"))
    core.pre_tokenizer = pre_tokenizers.Whitespace()
    core.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    named = {name: f"[{name[:-6].upper()}]" for name in ("pad_token", "unk_token", "cls_token", "sep_token")}
    own: dict[str, Any] = {name: mark for name, mark in {**named, **marks}.items() if mark is not None}
    return PreTrainedTokenizerFast(
        tokenizer_object=core, model_input_names=["input_ids", "token_type_ids", "attention_mask"], **own
    )


def save(folder: Path, kind: str, auto: str = "AutoModelForSequenceClassification", **config: Any) -> Path:
    """A model of this kind with the head of the auto class, and the tokenizer."""
    import transformers

    transformers.set_seed(2)
    made = transformers.AutoConfig.for_model(kind, **KINDS[kind] | config)
    getattr(transformers, auto).from_config(made).save_pretrained(folder)
    bert_tokenizer().save_pretrained(folder)
    return folder
