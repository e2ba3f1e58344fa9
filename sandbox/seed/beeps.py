"""acme/tiny-ast-beeps: a small spectrogram transformer that tells beeps and sirens apart, trained in seconds."""

import io
import wave
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from transformers import ASTConfig, ASTFeatureExtractor, ASTForAudioClassification

from sandbox.seed.repo import README, Content, SeedRepo, card, folder_files

REPO_ID = "acme/tiny-ast-beeps"
LABELS = ("low beep", "high beep", "rising siren", "falling siren", "noise", "silence")
RATE, SECONDS = 16_000, 1.0
TRAIN, TEST, EPOCHS, BATCH = 420, 120, 14, 32
LEARNING_RATE = 2e-3
SEED = 20


def beeps_repo(folder: Path) -> SeedRepo:
    """Trains on sounds made up here into `folder`, and measures on others."""
    torch.manual_seed(SEED)
    # So small a model is slower on several threads than on one.
    torch.set_num_threads(1)
    chance = np.random.default_rng(SEED)
    extractor = ASTFeatureExtractor(num_mel_bins=32, max_length=96)
    model = ASTForAudioClassification(
        ASTConfig(
            hidden_size=48,
            num_hidden_layers=2,
            num_attention_heads=4,
            intermediate_size=96,
            patch_size=8,
            frequency_stride=8,
            time_stride=8,
            num_mel_bins=32,
            max_length=96,
            id2label=dict(enumerate(LABELS)),
            label2id={label: number for number, label in enumerate(LABELS)},
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        )
    )
    sounds, labels = _read(extractor, chance, TRAIN)
    _train(model, sounds, labels)
    test_sounds, truth = _read(extractor, chance, TEST)
    with torch.inference_mode():
        correct = int((model.eval()(input_values=test_sounds).logits.argmax(-1) == truth).sum())
    model.save_pretrained(folder)
    extractor.save_pretrained(folder)
    files: dict[str, Content] = {**folder_files(folder), README: beeps_card(correct)}
    for number, label in enumerate(LABELS):
        files[f"examples/{label.replace(' ', '-')}.wav"] = wav(sound(number, chance))
    return SeedRepo("model", REPO_ID, files, downloads=318, likes=9)


def sound(label: int, chance: np.random.Generator) -> np.ndarray:
    """One second of the label's kind, with some noise; its pitch and loudness are drawn."""
    time = np.arange(int(RATE * SECONDS)) / RATE
    noise = chance.normal(0, 1, len(time))
    low, high = chance.uniform(200, 500), chance.uniform(1200, 3000)
    loud = chance.uniform(0.1, 0.6)
    sweep = low * time + (high - low) * time**2 / (2 * SECONDS)
    phases = (low * time, high * time, sweep, sweep[::-1])
    if label < len(phases):
        wave_form = loud * np.sin(2 * np.pi * phases[label]) + chance.uniform(0, 0.02) * noise
    else:
        wave_form = (0.3 * loud if LABELS[label] == "noise" else 0.0005) * noise
    return wave_form.astype("float32")


def wav(samples: np.ndarray) -> bytes:
    """A WAV file of one channel and 16 bits."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return out.getvalue()


def _read(extractor: ASTFeatureExtractor, chance: np.random.Generator, number: int) -> tuple[Tensor, Tensor]:
    labels = [at % len(LABELS) for at in range(number)]
    sounds = [sound(label, chance) for label in labels]
    features = extractor(sounds, sampling_rate=RATE, return_tensors="pt")["input_values"]
    return features, torch.tensor(labels)


def _train(model: ASTForAudioClassification, sounds: Tensor, labels: Tensor) -> None:
    steps = EPOCHS * -(-len(labels) // BATCH)
    optimizer = torch.optim.AdamW(model.parameters(), LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps)
    model.train()
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(labels)).split(BATCH):
            loss = model(input_values=sounds[rows], labels=labels[rows]).loss
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()


def beeps_card(correct: int) -> bytes:
    """The card, with the accuracy as measured."""
    metadata = {
        "license": "apache-2.0",
        "library_name": "transformers",
        "pipeline_tag": "audio-classification",
        "tags": ["audio", "synthetic"],
    }
    text = f"""
# Beeps and sirens

A very small Audio Spectrogram Transformer that tells {len(LABELS)} kinds of sounds apart:
{", ".join(f"`{label}`" for label in LABELS)}. It hears one second.

**{correct} of {TEST}** sounds right, on sounds made for the test alone. Training and test sounds are sine tones,
sweeps and noise from one formula with pitch and loudness drawn at random, so this says nothing about sounds of the
world. `examples/` has one of each kind.

**How it was made.** {EPOCHS} epochs over {TRAIN} sounds of one second at {RATE:,} samples a second, in batches of
{BATCH}, AdamW with a learning rate of up to {LEARNING_RATE:g}, seed {SEED}, on a CPU.

**Use it for** trying things out: whistle into your microphone.
"""
    return card(metadata, text)
