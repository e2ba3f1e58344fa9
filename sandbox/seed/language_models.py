"""Two language models small enough to be trained in seconds: one fills masks, one continues texts."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import (
    BertConfig,
    BertForMaskedLM,
    GPT2Config,
    GPT2LMHeadModel,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

from sandbox.seed.repo import README, SeedRepo, card, folder_files
from sandbox.seed.reviews import ROTTEN_TOMATOES, Splits
from sandbox.seed.vocabulary import LONGEST_TEXT

MLM_ID = "acme/tiny-bert-reviews-mlm"
GPT2_ID = "acme/tiny-gpt2-reviews"
BLOCK = 32
BATCH = 16
LEARNING_RATE = 4e-3
MASKED = 0.25
SEED = 20

# The mean loss of rows of ids, with random numbers from the generator.
Loss = Callable[[Tensor, torch.Generator], Tensor]


@dataclass(frozen=True)
class SeedTraining:
    """What one training needs, and what its card says about it."""

    tokenizer: PreTrainedTokenizerFast
    splits: Splits
    steps: int


def mlm_repo(training: SeedTraining, folder: Path) -> SeedRepo:
    """A one-layer BERT trained into `folder` to fill masks."""
    torch.manual_seed(SEED)
    tokenizer = training.tokenizer
    # Without dropout and with larger first weights than BERT's, so small a model learns sooner.
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=128,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=256,
        max_position_embeddings=LONGEST_TEXT,
        pad_token_id=tokenizer.pad_token_id,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        initializer_range=0.05,
    )
    model = BertForMaskedLM(config)
    loss = _train(model, training, _masked_loss(model, tokenizer))
    about = f"fills masks in film reviews. Its tokenizer is a WordPiece of {len(tokenizer):,} pieces"
    measured = f"a mean cross-entropy of **{loss:.4f}** over {MASKED:.0%} of the ids, masked by BERT's rule"
    text = _card_text(model, training, about, measured)
    front = _front_matter("fill-mask", f"the film is a {tokenizer.mask_token} of time .")
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    files = {**folder_files(folder), README: card(front, text)}
    return SeedRepo("model", MLM_ID, files, downloads=412, likes=6)


def gpt2_repo(training: SeedTraining, folder: Path) -> SeedRepo:
    """A two-layer GPT-2 trained into `folder` to continue reviews."""
    torch.manual_seed(SEED)
    tokenizer = training.tokenizer
    config = GPT2Config(
        vocab_size=len(tokenizer),
        n_embd=64,
        n_layer=2,
        n_head=2,
        n_positions=LONGEST_TEXT,
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        initializer_range=0.08,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = GPT2LMHeadModel(config)
    loss = _train(model, training, lambda ids, _: _next_id_loss(model, ids))
    about = f"continues film reviews. Its tokenizer is a byte-level BPE of {len(tokenizer):,} pieces"
    measured = f"a mean cross-entropy per token of **{loss:.4f}**, which is a perplexity of {math.exp(loss):.0f}"
    text = _card_text(model, training, about, measured)
    front = _front_matter("text-generation", "the film is")
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    files = {**folder_files(folder), README: card(front, text)}
    return SeedRepo("model", GPT2_ID, files, downloads=655, likes=9)


def _train(model: PreTrainedModel, training: SeedTraining, loss_of: Loss) -> float:
    """Trains for the given steps; the mean loss over the whole validation split."""
    # Matrices this small gain nothing from a second thread, and lose much where the cores are shared.
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(SEED)
    rows = _blocks(training, "train")
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=training.steps)
    model.train()
    for _ in range(training.steps):
        loss = loss_of(rows[torch.randint(len(rows), (BATCH,), generator=generator)], generator)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    model.eval()
    rows = _blocks(training, "validation")
    with torch.inference_mode():
        losses = torch.stack([loss_of(batch, generator) for batch in rows.split(BATCH)])
    return float(losses.mean())


def _blocks(training: SeedTraining, split: str) -> Tensor:
    """The split's reviews, run together and cut into rows of BLOCK ids."""
    tokenizer = training.tokenizer
    texts = [review.text for review in training.splits[split]]
    end = tokenizer.sep_token_id if tokenizer.eos_token_id is None else tokenizer.eos_token_id
    encoded = tokenizer(texts, add_special_tokens=False)["input_ids"]
    stream = [token for ids in encoded for token in [*ids, end]]
    rows = len(stream) // BLOCK
    return torch.tensor(stream[: rows * BLOCK]).view(rows, BLOCK)


def _masked_loss(model: BertForMaskedLM, tokenizer: PreTrainedTokenizerFast) -> Loss:
    """BERT's rule: of the chosen ids 80 % become [MASK], 10 % any id, 10 % stay (arXiv:1810.04805, 3.1)."""

    def loss_of(ids: Tensor, generator: torch.Generator) -> Tensor:
        chance = torch.rand(ids.shape, generator=generator)
        anything = torch.randint(len(tokenizer), ids.shape, generator=generator)
        inputs = ids.where(chance >= 0.9 * MASKED, anything)
        inputs = inputs.masked_fill(chance < 0.8 * MASKED, tokenizer.mask_token_id)
        mask = chance < MASKED
        # The head runs on the chosen ids alone: it is most of the work.
        hidden = model.bert(input_ids=inputs).last_hidden_state[mask]
        return cross_entropy(model.cls(hidden), ids[mask])

    return loss_of


def _next_id_loss(model: GPT2LMHeadModel, ids: Tensor) -> Tensor:
    logits = model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[:, :-1]
    return cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())


def _front_matter(task: str, example: str) -> dict[str, object]:
    return {
        "language": ["en"],
        "license": "mit",
        "library_name": "transformers",
        "pipeline_tag": task,
        "datasets": [ROTTEN_TOMATOES],
        "tags": ["tiny"],
        "widget": [{"text": example}],
    }


def _card_text(model: PreTrainedModel, training: SeedTraining, about: str, measured: str) -> str:
    rows, size = len(training.splits["train"]), model.config
    return f"""
# A tiny {size.model_type.upper()} for film reviews

A language model of {model.num_parameters():,} parameters, {size.num_hidden_layers} deep and
{size.hidden_size} wide. It {about}.

**How it was trained.** From random weights, {training.steps} steps of {BATCH} rows of {BLOCK} ids, over the
{rows:,} `train` rows of [{ROTTEN_TOMATOES}](/datasets/{ROTTEN_TOMATOES}), AdamW with a one-cycle
learning rate up to {LEARNING_RATE:g}, on a CPU: a matter of seconds.

**Loss** on the `validation` split: {measured}.

**Use it for** trying things out quickly. It runs for real, and it knows little: it is far too small, and was
trained for far too short, to write or to understand English. After the first {BLOCK} ids of a text, the only
ones that it was trained on, it knows nothing at all.
"""
