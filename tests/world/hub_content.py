"""Small real things to put on the sandbox's Hub: a tiny BERT, and texts that can be told apart."""

import io
import json
import random
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi

POSITIVE = ["lovely", "warm", "funny", "brilliant", "moving", "graceful", "sharp", "tender"]
NEGATIVE = ["dull", "cold", "tedious", "clumsy", "lifeless", "bland", "shallow", "messy"]
NEUTRAL = ["the", "film", "story", "is", "a", "and", "with", "its", "actors", "scene", "music", "quite"]


def sentence(label: str, chance: random.Random) -> str:
    """A review in which two of ten words give the label away."""
    words = chance.choices(NEUTRAL, k=8) + chance.sample(POSITIVE if label == "pos" else NEGATIVE, 2)
    chance.shuffle(words)
    return " ".join(words)


def reviews(rows: int, seed: int) -> str:
    """A CSV with a text and a label column, both labels equally often."""
    chance = random.Random(seed)
    lines = ["text,label"] + [
        f"{sentence(label, chance)} {number},{label}" for number, label in enumerate(["pos", "neg"] * (rows // 2))
    ]
    return "\n".join(lines) + "\n"


def upload(api: HfApi, kind: str, repo: str, files: dict[str, bytes], **options: Any) -> str:
    """Creates the repo and commits the files; returns the commit."""
    from huggingface_hub import CommitOperationAdd

    api.create_repo(repo, repo_type=kind, exist_ok=True, **options)
    operations = [CommitOperationAdd(path, data) for path, data in files.items()]
    return str(api.create_commit(repo, operations, commit_message="first", repo_type=kind).oid)


def review_dataset(rows: int = 240) -> dict[str, bytes]:
    card = b"---\nlicense: mit\ntask_categories:\n- text-classification\n---\nMade-up reviews.\n"
    return {"README.md": card, "train.csv": reviews(rows, 1).encode(), "test.csv": reviews(80, 2).encode()}


def tiny_bert(folder: Path, **config: Any) -> dict[str, bytes]:
    """An untrained BERT of two layers with a word vocabulary, as files."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertForMaskedLM, PreTrainedTokenizerFast, set_seed

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words = [*special, *POSITIVE, *NEGATIVE, *NEUTRAL]
    tokenizer = Tokenizer(models.WordLevel({word: at for at, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_max_length=64,
    )
    set_seed(0)
    model = BertForMaskedLM(
        BertConfig(
            vocab_size=len(words),
            hidden_size=64,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=128,
            max_position_embeddings=64,
            **config,
        )
    )
    model.save_pretrained(folder)
    wrapped.save_pretrained(folder)
    front = b"license: apache-2.0\nlibrary_name: transformers\npipeline_tag: fill-mask"
    card = b"---\n" + front + b"\n---\n# tiny\n\nRandom weights.\n"
    return {"README.md": card} | files_of(folder)


def files_of(folder: Path) -> dict[str, bytes]:
    """The files that lie in a folder, by their names."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def accuracy_of(folder: Path, rows: str) -> float:
    """Accuracy of a downloaded classifier on a CSV, by plain transformers: independent of hugops."""
    import csv

    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    table = list(csv.DictReader(io.StringIO(rows)))
    with torch.inference_mode():
        batch = tokenizer([row["text"] for row in table], padding=True, truncation=True, return_tensors="pt")
        answers = model(**batch).logits.argmax(-1).tolist()
    names = json.loads((folder / "config.json").read_text())["id2label"]
    right = [names[str(answer)] == row["label"] for answer, row in zip(answers, table, strict=True)]
    return float(sum(right) / len(right))
