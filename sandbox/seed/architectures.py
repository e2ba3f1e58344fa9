"""Randomly initialised models of a few hundred kilobytes, one function an architecture.

Each writes a model with its tokenizer or processor into a folder, in the form that the Hub's libraries load.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from transformers import (
    BartConfig,
    BartForConditionalGeneration,
    BertConfig,
    BertForMaskedLM,
    BertForQuestionAnswering,
    BertForSequenceClassification,
    BertForTokenClassification,
    BertModel,
    GPT2Config,
    GPT2LMHeadModel,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    ViTConfig,
    ViTForImageClassification,
    ViTImageProcessorPil,
    Wav2Vec2Config,
    Wav2Vec2CTCTokenizer,
    Wav2Vec2FeatureExtractor,
    Wav2Vec2ForCTC,
)

from sandbox.seed.vocabulary import LONGEST_TEXT

WIDTH = 32


@dataclass(frozen=True)
class Tokenizers:
    """The tokenizers that the text models share."""

    wordpiece: PreTrainedTokenizerFast
    bpe: PreTrainedTokenizerFast


def text_classifier(folder: Path, tokenizers: Tokenizers, labels: Sequence[str]) -> PreTrainedModel:
    """A BERT with a class for every label."""
    config = _bert_config(tokenizers, labels)
    return _save(BertForSequenceClassification(config), tokenizers.wordpiece, folder)


def token_classifier(folder: Path, tokenizers: Tokenizers, labels: Sequence[str]) -> PreTrainedModel:
    """A BERT with a class for every tag."""
    config = _bert_config(tokenizers, labels)
    return _save(BertForTokenClassification(config), tokenizers.wordpiece, folder)


def mask_filler(folder: Path, tokenizers: Tokenizers, _: Sequence[str]) -> PreTrainedModel:
    """A BERT with its language-model head."""
    return _save(BertForMaskedLM(_bert_config(tokenizers)), tokenizers.wordpiece, folder)


def question_answerer(folder: Path, tokenizers: Tokenizers, _: Sequence[str]) -> PreTrainedModel:
    """A BERT that marks the start and the end of an answer."""
    return _save(BertForQuestionAnswering(_bert_config(tokenizers)), tokenizers.wordpiece, folder)


def sentence_encoder(folder: Path, tokenizers: Tokenizers, _: Sequence[str]) -> PreTrainedModel:
    """A BERT with mean pooling, in the layout of sentence-transformers."""
    parts = (
        ("", "sentence_transformers.models.Transformer"),
        ("1_Pooling", "sentence_transformers.models.Pooling"),
    )
    modules = [
        {"idx": index, "name": str(index), "path": path, "type": kind} for index, (path, kind) in enumerate(parts)
    ]
    pooling = {"word_embedding_dimension": WIDTH, "pooling_mode_mean_tokens": True}
    (folder / "1_Pooling").mkdir(parents=True)
    (folder / "modules.json").write_text(json.dumps(modules, indent=2))
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling, indent=2))
    return _save(BertModel(_bert_config(tokenizers)), tokenizers.wordpiece, folder)


def text_generator(folder: Path, tokenizers: Tokenizers, _: Sequence[str]) -> PreTrainedModel:
    """A GPT-2."""
    config = GPT2Config(
        vocab_size=len(tokenizers.bpe),
        n_embd=WIDTH,
        n_layer=2,
        n_head=2,
        n_positions=LONGEST_TEXT,
        bos_token_id=tokenizers.bpe.bos_token_id,
        eos_token_id=tokenizers.bpe.eos_token_id,
    )
    return _save(GPT2LMHeadModel(config), tokenizers.bpe, folder)


def text_rewriter(folder: Path, tokenizers: Tokenizers, _: Sequence[str]) -> PreTrainedModel:
    """A BART, for summaries and translations."""
    end = tokenizers.bpe.eos_token_id
    config = BartConfig(
        vocab_size=len(tokenizers.bpe),
        d_model=WIDTH,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=2 * WIDTH,
        decoder_ffn_dim=2 * WIDTH,
        max_position_embeddings=LONGEST_TEXT,
        bos_token_id=end,
        eos_token_id=end,
        pad_token_id=end,
        decoder_start_token_id=end,
        forced_eos_token_id=end,
    )
    return _save(BartForConditionalGeneration(config), tokenizers.bpe, folder)


def speech_recogniser(folder: Path, _: Tokenizers, letters: Sequence[str]) -> PreTrainedModel:
    """A wav2vec 2.0 that writes `letters`."""
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = {token: index for index, token in enumerate(["<pad>", "<s>", "</s>", "<unk>", "|", *letters])}
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False))
    config = Wav2Vec2Config(
        vocab_size=len(vocabulary),
        hidden_size=WIDTH,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=2 * WIDTH,
        conv_dim=[WIDTH] * 7,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    )
    Wav2Vec2FeatureExtractor().save_pretrained(folder)
    return _save(Wav2Vec2ForCTC(config), Wav2Vec2CTCTokenizer(str(folder / "vocab.json")), folder)


def image_classifier(folder: Path, _: Tokenizers, labels: Sequence[str]) -> PreTrainedModel:
    """A vision transformer for pictures of 32 by 32."""
    config = ViTConfig(
        hidden_size=WIDTH,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=2 * WIDTH,
        image_size=32,
        patch_size=8,
        id2label=dict(enumerate(labels)),
        label2id=positions(labels),
    )
    return _save(ViTForImageClassification(config), ViTImageProcessorPil(size={"height": 32, "width": 32}), folder)


def _bert_config(tokenizers: Tokenizers, labels: Sequence[str] = ()) -> BertConfig:
    return BertConfig(
        vocab_size=len(tokenizers.wordpiece),
        hidden_size=WIDTH,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=2 * WIDTH,
        max_position_embeddings=LONGEST_TEXT,
        id2label=dict(enumerate(labels)) or None,
        label2id=positions(labels) or None,
    )


def positions(labels: Sequence[str]) -> dict[str, int]:
    """Each label's number."""
    return {label: index for index, label in enumerate(labels)}


def _save(
    model: PreTrainedModel,
    processor: PreTrainedTokenizerFast | Wav2Vec2CTCTokenizer | ViTImageProcessorPil,
    folder: Path,
) -> PreTrainedModel:
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return model
