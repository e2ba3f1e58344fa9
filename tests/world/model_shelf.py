"""Small models laid out as if the Hub had sent them, and the way to ask a worker about them."""

import json
import os
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from core.results import BaseResult
from jobs.inference.client import InferenceClient
from jobs.inference.protocol import Reply, Request

SHA = "b" * 40
NAMES = {0: "negative", 1: "neutral", 2: "positive"}
Config = TypeVar("Config")
Kind = TypeVar("Kind", bound=BaseResult)


class Shelf:
    """A Hugging Face cache with models in it, as if they had been downloaded, and a Hub that is not there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = os.environ | {"HF_HOME": str(folder), "HF_ENDPOINT": "http://127.0.0.1:9"}

    def snapshot(self, name: str) -> Path:
        return self.folder / "hub" / f"models--{name.replace('/', '--')}" / "snapshots" / SHA

    def put(self, name: str, files: Path) -> Path:
        shutil.copytree(files, self.snapshot(name))
        return self.snapshot(name)

    def put_classifier(self, name: str, words: Path, **config: Any) -> None:
        """A random BERT with three labels and the tokenizer of `words`."""
        from transformers import BertConfig, BertForSequenceClassification, set_seed

        set_seed(1)
        labels = {"id2label": NAMES, "label2id": {label: at for at, label in NAMES.items()}}
        shape = shaped(BertConfig.from_pretrained, pretrained_model_name_or_path=words, **labels, **config)
        BertForSequenceClassification(shape).save_pretrained(self.put(name, words))


def save_generator(folder: Path, words: Path, **config: Any) -> None:
    """A random GPT-2 with the tokenizer of `words`; its weights are drawn wide, so that it does not repeat itself."""
    from transformers import GPT2Config, GPT2LMHeadModel, set_seed

    set_seed(3)
    sizes = {"vocab_size": 33, "n_embd": 32, "n_layer": 2, "n_head": 2, "n_positions": 128, "initializer_range": 0.4}
    shape = GPT2Config(**(sizes | config), bos_token_id=None, eos_token_id=None)
    GPT2LMHeadModel(shape).save_pretrained(folder)
    for file in words.glob("token*"):
        shutil.copy(file, folder)


def save_marian(folder: Path, words_of: str) -> None:
    """A random Marian whose sentence pieces are learned from a text."""
    import sentencepiece
    from transformers import MarianConfig, MarianMTModel, MarianTokenizer, set_seed

    sentencepiece.SentencePieceTrainer.Train(
        sentence_iterator=iter([words_of, "a dull story with actors"]),
        model_prefix=str(folder / "source"),
        vocab_size=26,
        minloglevel=2,
    )
    (folder / "source.model").rename(folder / "source.spm")
    shutil.copy(folder / "source.spm", folder / "target.spm")
    pieces = [line.split("\t")[0] for line in (folder / "source.vocab").read_text().splitlines()]
    words = ["</s>", "<unk>", *(piece for piece in pieces if piece not in ("<s>", "</s>", "<unk>")), "<pad>"]
    (folder / "vocab.json").write_text(json.dumps({word: at for at, word in enumerate(words)}))
    MarianTokenizer(str(folder / "source.spm"), str(folder / "target.spm"), str(folder / "vocab.json")).save_pretrained(
        folder
    )
    set_seed(0)
    config = MarianConfig(
        vocab_size=len(words),
        d_model=32,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_position_embeddings=64,
        init_std=0.3,
        pad_token_id=len(words) - 1,
        decoder_start_token_id=len(words) - 1,
        eos_token_id=0,
        forced_eos_token_id=0,
    )
    MarianMTModel(config).save_pretrained(folder)


def ask(client: InferenceClient, model: str, task: str, *inputs: str, seconds: float = 60, **options: Any) -> Reply:
    return client.ask(Request(uuid.uuid4().hex, model, SHA, task, list(inputs), options), seconds)


def shaped(config: Callable[..., Config], **settings: object) -> Config:
    """A configuration with these settings, of which transformers takes more than its types say."""
    return config(**settings)


def by_pipeline(model: Path, task: str, *inputs: object, **options: object) -> Any:
    """What transformers' own pipeline answers."""
    from transformers import pipeline

    build: Callable[..., Callable[..., object]] = pipeline
    return build(task, model=str(model))(*inputs, **options)


def near(expected: object, within: float) -> Any:
    """Equal to numbers as near as this, in the place of one in a result."""
    return pytest.approx(expected, abs=within)


def results_of(reply: Reply, kind: type[Kind]) -> list[Kind]:
    """The results of a reply, all of this kind."""
    assert {type(each) for each in reply.results} == {kind}
    return [each for each in reply.results if isinstance(each, kind)]
