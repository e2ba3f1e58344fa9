"""Data sets of pictures with a class each, in the layouts of the Hub, and a base that has seen none."""

import io
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from datasets import ClassLabel, Dataset, Features, Image, Value
from PIL import Image as Pillow

from sandbox.seed import labelled_media

SIZE = {"height": 32, "width": 32}


def picture(shade: int, kind: str = "PNG", size: tuple[int, int] = (12, 8)) -> bytes:
    """Noise of this seed."""
    values = np.random.default_rng(shade).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    out = io.BytesIO()
    Pillow.fromarray(values).save(out, kind)
    return out.getvalue()


def bomb() -> bytes:
    """A PNG of a few bytes whose header says that it is 60,000 pixels wide and high."""
    head = bytearray(picture(1))
    head[16:24] = (60_000).to_bytes(4, "big") * 2
    head[29:33] = zlib.crc32(head[12:29]).to_bytes(4, "big")
    return bytes(head)


def rows_of(pictures: Sequence[bytes | None], labels: Sequence[object]) -> Dataset:
    """As `datasets` hands them out, without decoding them."""
    is_named = all(isinstance(label, str | None) for label in labels)
    label = Value("string") if is_named else ClassLabel(names=["cat", "dog"])
    features = Features({"image": Image(decode=False), "label": label})
    cells = [None if content is None else {"bytes": content, "path": None} for content in pictures]
    return Dataset.from_dict({"image": cells, "label": list(labels)}, features=features)


def digit_files() -> dict[str, bytes]:
    """The files of the labelled digits on the sandbox's Hub, by path."""
    files = labelled_media.labelled_digits().files
    return {path: content for path, content in files.items() if isinstance(content, bytes)}


def save_digits(folder: Path) -> Path:
    """The same, as they lie there."""
    for path, content in digit_files().items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def save_folders(folder: Path) -> Path:
    """Pictures in folders that are called like their classes."""
    for split, rows in (("train", 12), ("test", 3)):
        for at, label in enumerate(("cat", "dog")):
            (folder / split / label).mkdir(parents=True)
            for row in range(rows):
                (folder / split / label / f"{row}.png").write_bytes(picture(1000 * at + 100 * len(split) + row))
    return folder


def save_resnet(folder: Path) -> Path:
    """A residual network without a head, with random weights."""
    import torch
    from transformers import ResNetConfig, ResNetModel, ViTImageProcessorPil

    torch.manual_seed(1)
    ResNetModel(
        ResNetConfig(embedding_size=16, hidden_sizes=[16, 32], depths=[1, 1], layer_type="basic")
    ).save_pretrained(folder)
    ViTImageProcessorPil(size=SIZE).save_pretrained(folder)
    (folder / "README.md").write_text("---\nlicense: mit\n---\n# Tiny\n")
    return folder
