"""Tiny random models of texts, in the layout of the Hub, with the words of the made-up reviews."""

import shutil
from pathlib import Path
from typing import Any

from world import hub_content
from world.model_shelf import shaped

ENTITIES = {0: "O", 1: "B-PER", 2: "I-PER", 3: "B-LOC"}
NLI = {0: "contradiction", 1: "neutral", 2: "entailment"}
TUNED = {
    "summarization": {"prefix": "film ", "max_length": 9, "min_length": 4, "num_beams": 2},
    "translation_en_to_de": {"prefix": "scene ", "max_length": 7},
    "translation_en_to_fr": {"prefix": "music ", "max_length": 7},
}


def save_all(root: Path) -> dict[str, Path]:
    """Writes a folder for each: reader, tagger, nli, ranker (of BERT), rewriter (T5), languages (M2M100)."""
    import transformers

    masked = root / "masked"
    hub_content.tiny_bert(masked)
    word_pieces().save_pretrained(masked)
    folders: dict[str, Path] = {}

    def put(name: str, model: Any) -> None:
        folders[name] = Path(shutil.copytree(masked, root / name))
        model.save_pretrained(folders[name])

    transformers.set_seed(3)
    bert = transformers.BertConfig.from_pretrained(masked)
    bert.initializer_range = 1.0  # so that scores differ between words
    put("reader", transformers.BertForQuestionAnswering(bert))
    bert.id2label, bert.label2id = ENTITIES, {name: at for at, name in ENTITIES.items()}
    put("tagger", transformers.BertForTokenClassification(bert))
    bert.id2label, bert.label2id = NLI, {name: at for at, name in NLI.items()}
    put("nli", transformers.BertForSequenceClassification(bert))
    bert.num_labels = 1
    put("ranker", transformers.BertForSequenceClassification(bert))
    t5 = shaped(
        transformers.T5Config,
        vocab_size=bert.vocab_size,
        d_model=32,
        d_kv=8,
        d_ff=64,
        num_layers=1,
        num_heads=2,
        pad_token_id=0,
        eos_token_id=3,
        decoder_start_token_id=0,
        task_specific_params=TUNED,
        initializer_factor=5.0,
    )
    put("rewriter", transformers.T5ForConditionalGeneration(t5))
    folders["languages"] = root / "languages"
    _save_languages(folders["languages"])
    return folders


def _save_languages(folder: Path) -> None:
    import transformers

    transformers.set_seed(0)
    m2m = transformers.M2M100Config(
        vocab_size=16,
        d_model=32,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        init_std=0.3,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_position_embeddings=64,
        tie_word_embeddings=False,
    )
    transformers.M2M100ForConditionalGeneration(m2m).save_pretrained(folder)
    many_languages().save_pretrained(folder)


def word_pieces() -> Any:
    """The words of the reviews, some of which are made of two pieces."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    whole = [*hub_content.POSITIVE, *hub_content.NEGATIVE, *hub_content.NEUTRAL]
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *whole]
    # The vocabulary keeps its size: two words give their places to the pieces that they are made of.
    words[words.index("lovely")], words[words.index("actors")] = "love", "##ly"
    tokenizer = Tokenizer(models.WordPiece({word: at for at, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_max_length=64,
    )


def many_languages() -> Any:
    from transformers import NllbTokenizer

    vocabulary = ["<s>", "<pad>", "</s>", "<unk>", *"▁filmabc"]
    return NllbTokenizer(
        vocab={piece: at for at, piece in enumerate(vocabulary)},
        merges=[],
        extra_special_tokens=["eng_Latn", "deu_Latn", "est_Latn"],
    )
