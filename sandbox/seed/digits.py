"""acme/digits-resnet: a small convolutional network trained on handwritten digits, and its accuracy as measured."""

import io
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor
from transformers import ResNetConfig, ResNetForImageClassification, ViTImageProcessorPil

from sandbox.seed.repo import README, Content, SeedRepo, card, folder_files

REPO_ID = "acme/digits-resnet"
SIDE = 32
BATCH = 64
LEARNING_RATE = 5e-3
WARMUP = 0.2
TEST_SHARE = 0.2
SEED = 20


def digits_repo(epochs: int, folder: Path) -> SeedRepo:
    """Trains on four fifths of the digits into `folder`, measures on the rest, adds a test picture of each digit."""
    torch.manual_seed(SEED)
    digits = load_digits()
    train, test, train_labels, test_labels = train_test_split(
        digits.images, digits.target, test_size=TEST_SHARE, random_state=SEED, stratify=digits.target
    )
    processor = ViTImageProcessorPil(size={"height": SIDE, "width": SIDE})
    model = ResNetForImageClassification(_shape())
    fine_tune(model, _pixels(processor, train), torch.tensor(train_labels), epochs)
    correct = count_correct(model, _pixels(processor, test), torch.tensor(test_labels))
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    files: dict[str, Content] = folder_files(folder)
    for digit in range(10):
        files[f"examples/{digit}.png"] = png(test[int(np.flatnonzero(test_labels == digit)[0])])
    files[README] = digits_card(correct, len(test), len(train), epochs, model.num_parameters())
    return SeedRepo("model", REPO_ID, files, downloads=2_310, likes=23)


def picture(values: np.ndarray) -> Image.Image:
    """A digit of 8 by 8 values from 0 to 16, light on black, as a picture of 32 by 32."""
    small = Image.fromarray((values * 255 / 16).astype(np.uint8))
    return small.resize((SIDE, SIDE), Image.Resampling.BICUBIC).convert("RGB")


def fine_tune(model: ResNetForImageClassification, pixels: Tensor, labels: Tensor, epochs: int) -> None:
    """AdamW over random batches, with warm-up and linear decay."""
    optimizer = torch.optim.AdamW(model.parameters(), LEARNING_RATE, fused=True)
    per_epoch = len(pixels) // BATCH
    steps = epochs * per_epoch
    warmup = max(1, round(steps * WARMUP))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warmup, (steps - step) / (steps - warmup + 1))
    )
    model.train()
    for _ in range(epochs):
        for rows in torch.randperm(len(pixels))[: per_epoch * BATCH].view(per_epoch, BATCH):
            loss = model(pixel_values=pixels[rows], labels=labels[rows]).loss
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()


@torch.inference_mode()
def count_correct(model: ResNetForImageClassification, pixels: Tensor, labels: Tensor) -> int:
    """How many pictures get their own label."""
    model.eval()
    return int((model(pixel_values=pixels).logits.argmax(-1) == labels).sum())


def digits_card(correct: int, rows: int, train_rows: int, epochs: int, parameters: int) -> bytes:
    """The card, with the measured accuracy in its model-index."""
    accuracy = round(correct / rows, 4)
    result = {
        "task": {"type": "image-classification", "name": "Image Classification"},
        "dataset": {"type": "optical-recognition-of-handwritten-digits", "name": "digits", "split": "test"},
        "metrics": [{"type": "accuracy", "value": accuracy, "name": "Accuracy"}],
    }
    metadata = {
        "license": "apache-2.0",
        "library_name": "transformers",
        "pipeline_tag": "image-classification",
        "metrics": ["accuracy"],
        "tags": ["digits", "vision"],
        "model-index": [{"name": REPO_ID.partition("/")[2], "results": [result]}],
    }
    text = f"""
# A small residual network for handwritten digits

A ResNet of {parameters:,} parameters that tells which digit a picture shows: light strokes on black, read at {SIDE} by
{SIDE} pixels.

**Accuracy {accuracy:.4f}** ({correct:,} of {rows:,}) on a fifth of the digits that it was not trained on, measured with
the very weights of this repo.

**How it was made.** {epochs} epochs over {train_rows:,} of the 1,797 digits of 8 by 8 pixels that come with
scikit-learn (E. Alpaydin and C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI, CC BY 4.0), enlarged four
times, in batches of {BATCH}, AdamW with a learning rate of {LEARNING_RATE:g} (warm-up over {WARMUP:.0%} of the steps,
then linear decay), seed {SEED}, on a CPU.

**Use it for** trying things out: `examples/` has a picture of each digit that it was not trained on. Dark strokes on
white paper are not what it knows; invert such a picture first.
"""
    return card(metadata, text)


def _shape() -> ResNetConfig:
    names = [str(digit) for digit in range(10)]
    return ResNetConfig(
        embedding_size=16,
        hidden_sizes=[16, 32],
        depths=[1, 1],
        layer_type="basic",
        id2label=dict(enumerate(names)),
        label2id={name: number for number, name in enumerate(names)},
    )


def _pixels(processor: ViTImageProcessorPil, images: np.ndarray) -> Tensor:
    pixels: Tensor = processor([picture(values) for values in images], return_tensors="pt")["pixel_values"]
    return pixels


def png(values: np.ndarray) -> bytes:
    """The same as a file."""
    out = io.BytesIO()
    picture(values).save(out, "PNG")
    return out.getvalue()
