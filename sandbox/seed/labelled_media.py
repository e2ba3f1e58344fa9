"""Pictures of digits and sounds of beeps with their labels, for training a model that tells them apart."""

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from datasets import Audio, ClassLabel, Features, Image
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from sandbox.seed import beeps, digits
from sandbox.seed.repo import README, Content, SeedRepo, card

DIGITS, BEEPS = "acme/handwritten-digits", "acme/beeps"
SEED = 22
DIGIT_TEST, BEEP_ROWS = 360, {"train": 240, "test": 60}
ABOUT_DIGITS = """
# Handwritten digits

{train:,} pictures to train with and {test:,} to test, 32 by 32 pixels, light strokes on black: those of scikit-learn
(E. Alpaydin and C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI, CC BY 4.0), enlarged four times.
"""
ABOUT_BEEPS = """
# Beeps and sirens

{train:,} sounds to train with and {test:,} to test, of one second each at {rate:,} samples a second, in six classes:
{labels}.

**Synthetic.** Sine tones, sweeps and noise from one formula. Good for trying tools, and for nothing else.
"""


def labelled_digits() -> SeedRepo:
    """Parquet for image classification."""
    found = load_digits()
    train, test, train_labels, test_labels = train_test_split(
        found.images, found.target, test_size=DIGIT_TEST, random_state=SEED, stratify=found.target
    )
    features = Features({"image": Image(), "label": ClassLabel(names=[str(digit) for digit in range(10)])})
    splits = {"train": (train, train_labels), "test": (test, test_labels)}
    files: dict[str, Content] = {
        _path(split): _parquet([digits.png(image) for image in images], labels, features, "image", f"{split}-%d.png")
        for split, (images, labels) in splits.items()
    }
    text = ABOUT_DIGITS.format(train=len(train), test=len(test))
    readme = card(_metadata("Handwritten digits", "image-classification", "1K<n<10K"), text)
    return SeedRepo("dataset", DIGITS, {README: readme, **files}, downloads=1_870, likes=14)


def labelled_beeps() -> SeedRepo:
    """Parquet for audio classification."""
    chance = np.random.default_rng(SEED)
    features = Features({"audio": Audio(), "label": ClassLabel(names=list(beeps.LABELS))})
    files: dict[str, Content] = {}
    for split, rows in BEEP_ROWS.items():
        labels = [at % len(beeps.LABELS) for at in range(rows)]
        sounds = [beeps.wav(beeps.sound(label, chance)) for label in labels]
        files[_path(split)] = _parquet(sounds, labels, features, "audio", f"{split}-%d.wav")
    text = ABOUT_BEEPS.format(**BEEP_ROWS, rate=beeps.RATE, labels=", ".join(beeps.LABELS))
    readme = card(_metadata("Beeps and sirens", "audio-classification", "n<1K", "synthetic"), text)
    return SeedRepo("dataset", BEEPS, {README: readme, **files}, downloads=240, likes=5)


def _path(split: str) -> str:
    return f"data/{split}-00000-of-00001.parquet"


def _parquet(contents: list[bytes], labels: object, features: Features, column: str, name: str) -> bytes:
    """The rows, with the types that `datasets` reads out of the file."""
    cells = [{"bytes": content, "path": name % at} for at, content in enumerate(contents)]
    out = io.BytesIO()
    pq.write_table(pa.table({column: cells, "label": labels}, schema=features.arrow_schema), out)
    return out.getvalue()


def _metadata(name: str, task: str, size: str, *tags: str) -> dict[str, object]:
    splits = [{"split": split, "path": f"data/{split}-*"} for split in ("train", "test")]
    return {
        "license": "cc-by-4.0",
        "pretty_name": name,
        "task_categories": [task],
        "size_categories": [size],
        **({"tags": list(tags)} if tags else {}),
        "configs": [{"config_name": "default", "data_files": splits}],
    }
