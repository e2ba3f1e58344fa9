"""acme/minilm-sentiment: MiniLM fine-tuned on film reviews, and its accuracy as measured."""

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from transformers import BertForSequenceClassification, BertTokenizer

from sandbox.seed import minilm
from sandbox.seed.repo import README, SeedRepo, card, folder_files
from sandbox.seed.reviews import ROTTEN_TOMATOES, Review, Splits

REPO_ID = "acme/minilm-sentiment"
BATCH = 16
MAX_TOKENS = 64
FROZEN_LAYERS = 3
LEARNING_RATE = 2e-4
HEAD_LEARNING_RATE = 1e-3
WARMUP = 0.1
SEED = 20


@dataclass(frozen=True)
class EncodedReview:
    """Token ids without padding, and the label."""

    ids: list[int]
    label: int


def sentiment_repo(splits: Splits, train_rows: int, folder: Path) -> SeedRepo:
    """Fine-tunes on the first `train_rows` rows of train into `folder`, and measures on all of test."""
    torch.manual_seed(SEED)
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS") or len(os.sched_getaffinity(0))))
    tokenizer = BertTokenizer.from_pretrained(minilm.weights_folder())
    model = BertForSequenceClassification.from_pretrained(
        minilm.weights_folder(),
        id2label={0: "negative", 1: "positive"},
        label2id={"negative": 0, "positive": 1},
    )
    model.config.name_or_path = minilm.REPO_ID
    train = encode(tokenizer, splits["train"][:train_rows])
    fine_tune(model, train)
    correct = count_correct(model, encode(tokenizer, splits["test"]))
    rows = len(splits["test"])
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    (folder / README).write_bytes(sentiment_card(correct, rows, train_rows))
    return SeedRepo("model", REPO_ID, folder_files(folder), downloads=1_204, likes=17)


def encode(tokenizer: BertTokenizer, reviews: list[Review]) -> list[EncodedReview]:
    """Tokenizes all reviews at once."""
    ids = tokenizer([review.text for review in reviews], truncation=True, max_length=MAX_TOKENS)["input_ids"]
    return [EncodedReview(one, review.label) for one, review in zip(ids, reviews, strict=True)]


def batches(rows: list[EncodedReview]) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Ids, mask and labels of rows of like length, padded to the longest of the batch, shortest first."""
    ordered = sorted(rows, key=lambda row: len(row.ids))
    for start in range(0, len(ordered), BATCH):
        batch = ordered[start : start + BATCH]
        width = len(batch[-1].ids)
        ids = torch.tensor([row.ids + [0] * (width - len(row.ids)) for row in batch])
        yield ids, (ids != 0).long(), torch.tensor([row.label for row in batch])


def fine_tune(model: BertForSequenceClassification, rows: list[EncodedReview]) -> None:
    """One epoch of fused AdamW over batches of like length in random order, with warm-up and linear decay."""
    # The lower half moves little in one short epoch; frozen, it costs no backward pass.
    for frozen in (model.bert.embeddings, *model.bert.encoder.layer[:FROZEN_LAYERS]):
        frozen.requires_grad_(False)
    grouped = list(batches(rows))
    random.Random(SEED).shuffle(grouped)
    body = list(model.bert.encoder.layer[FROZEN_LAYERS:].parameters())
    frozen_or_body = {*model.bert.embeddings.parameters(), *model.bert.encoder.parameters()}
    head = [parameter for parameter in model.parameters() if parameter not in frozen_or_body]
    optimizer = torch.optim.AdamW(
        [{"params": body, "lr": LEARNING_RATE}, {"params": head, "lr": HEAD_LEARNING_RATE}], fused=True
    )
    steps, warmup = len(grouped), max(1, round(len(grouped) * WARMUP))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warmup, (steps - step) / (steps - warmup + 1))
    )
    model.train()
    for ids, mask, labels in grouped:
        loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([*body, *head], 1.0)
        optimizer.step()
        schedule.step()


@torch.inference_mode()
def count_correct(model: BertForSequenceClassification, rows: list[EncodedReview]) -> int:
    """How many rows get their own label."""
    model.eval()
    return sum(
        int((model(input_ids=ids, attention_mask=mask).logits.argmax(-1) == labels).sum())
        for ids, mask, labels in batches(rows)
    )


def sentiment_card(correct: int, rows: int, train_rows: int) -> bytes:
    """The card, with the measured accuracy in its model-index."""
    accuracy = round(correct / rows, 4)
    result = {
        "task": {"type": "text-classification", "name": "Text Classification"},
        "dataset": {"type": ROTTEN_TOMATOES, "name": "rotten_tomatoes", "config": "default", "split": "test"},
        "metrics": [{"type": "accuracy", "value": accuracy, "name": "Accuracy"}],
    }
    metadata = {
        "language": ["en"],
        "license": "apache-2.0",
        "library_name": "transformers",
        "pipeline_tag": "text-classification",
        "base_model": minilm.REPO_ID,
        "datasets": [ROTTEN_TOMATOES],
        "metrics": ["accuracy"],
        "tags": ["sentiment"],
        "widget": [{"text": "a warm , funny and quietly moving film ."}],
        "model-index": [{"name": REPO_ID.partition("/")[2], "results": [result]}],
    }
    text = f"""
# MiniLM for the sentiment of film reviews

[{minilm.REPO_ID}](/{minilm.REPO_ID}) with a classification head, fine-tuned to tell
`negative` from `positive` snippets of English film reviews.

**Accuracy {accuracy:.4f}** ({correct:,} of {rows:,}) on the whole `test` split of
[{ROTTEN_TOMATOES}](/datasets/{ROTTEN_TOMATOES}), measured with the very weights of this repo.

**How it was made.** One epoch over the first {train_rows:,} rows of the `train` split, in batches of {BATCH}
rows of like length, texts cut at {MAX_TOKENS} tokens, AdamW with a learning rate of {LEARNING_RATE:g}
({HEAD_LEARNING_RATE:g} for the pooler and the head; warm-up over {WARMUP:.0%} of the steps, then linear
decay), embeddings and the lower {FROZEN_LAYERS} layers frozen, seed {SEED}, on a CPU. Settings were chosen
on `validation`.

**Use it for** trying things out. It saw few examples and errs often; irony escapes it.
"""
    return card(metadata, text)
