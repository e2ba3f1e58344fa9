"""Audio classification, one class a sound: columns, rows, what the model hears of them. Torch-free when imported."""

import hashlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from datasets import Audio, Dataset

from core.recipe import Roles
from jobs.models.sounds import DAMAGED, LEAST_SECONDS, NoSound, UnusualRate, decode_sound, span
from jobs.training.labelled import named
from jobs.training.media import (
    FileTask,
    Glance,
    LabelledFiles,
    ReadyRows,
    Unreadable,
    choose_medium,
    look_at,
    read_files,
)
from jobs.training.tasks import Encoded, Guess, Reads, SplitRows

if TYPE_CHECKING:
    from transformers import SequenceFeatureExtractor

_NAMES = ("audio", "sound", "speech", "recording", "clip", "wav")
# What is heard of one sound. Longer ones cost memory, and what a sound is shows early.
MOST_SECONDS = 30
# Two sounds are the same if they are so at this rate, which most models hear at.
_RATE = 16_000
# Speech models make about fifty out of a second.
_TOKENS_PER_SECOND = 50
_SAMPLE_ROWS = 50


class AudioClassification(FileTask):
    """Sorts a sound into one of several classes."""

    name = "audio-classification"
    aim = "sort sounds into classes"
    needs = "a sound and a class a row"
    auto = "AutoModelForAudioClassification"
    ability = "classify sounds"
    reads: Reads = "sounds"
    content = "sound"

    def choose(self, rows: Dataset, asked: Roles) -> Guess:
        column, label = choose_medium(rows, Audio, _NAMES, asked)
        return {"audio": column, "label": label}

    def tokens(self, rows: Dataset, columns: Roles) -> float:
        found = look_at(rows, columns["audio"], range(min(len(rows), _SAMPLE_ROWS)), _look)
        heard = [min(one.length / _RATE, MOST_SECONDS) for one in found if isinstance(one, Glance)]
        return sum(heard) / max(len(heard), 1) * _TOKENS_PER_SECOND

    def read(self, rows: Dataset, columns: Roles) -> SplitRows[LabelledFiles]:
        return read_files(rows, columns, "audio", Audio, _look)

    def head(self, labels: Sequence[str]) -> dict[str, object]:
        # Masks of a fixed length, which are for pre-training, do not fit into short sounds.
        return super().head(labels) | {"apply_spec_augment": False}

    def encode(
        self,
        examples: LabelledFiles,
        labels: Sequence[str],
        processor: "SequenceFeatureExtractor",
        max_length: int,  # noqa: ARG002  # that of texts
    ) -> Encoded:
        ids = {label: i for i, label in enumerate(labels)}
        rate, longest = processor.sampling_rate, span(processor, MOST_SECONDS)

        def ready(at: int) -> dict[str, Any]:
            with examples.files[at].open() as file:
                return {"samples": decode_sound(file, rate, longest)[0], "labels": ids[examples.labels[at]]}

        lengths = [file.look.length for file in examples.files]
        return Encoded(
            ReadyRows(ready, len(examples)),
            truncated=sum(length > longest * _RATE for length in lengths),
            sizes=[min(length, int(longest * _RATE)) for length in lengths],
        )

    def collator(self, processor: "SequenceFeatureExtractor", multiple: int | None) -> Any:  # noqa: ARG002
        import torch

        extract: Callable[..., Mapping[str, Any]] = processor  # type: ignore[assignment]  # of those that exist
        # Those that make all sounds of one length know how by themselves.
        padding = inspect.signature(extract).parameters.get("padding")
        options = {"padding": True} if padding and padding.default is False else {}

        def together(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
            sounds = [row["samples"] for row in rows]
            heard = extract(sounds, sampling_rate=processor.sampling_rate, return_tensors="pt", **options)
            return {**heard, "labels": torch.tensor([row["labels"] for row in rows])}

        return together

    def limit(self, max_length: int) -> str:  # noqa: ARG002  # that of texts
        return f"{MOST_SECONDS} seconds, or what the base hears"

    def purpose(self, labels: Sequence[str]) -> str:
        return f"sort a sound into one of {len(labels)} classes: {named(labels)}"

    def sources(self, columns: Roles) -> str:
        return f"sound from `{columns['audio']}`, class from `{columns['label']}`"

    def usage(self, model: str) -> str:
        return f'classify = pipeline("{self.name}", model="{model}")\nprint(classify("sound.wav"))'


def _look(file: BinaryIO) -> Glance:
    """Reads as much of a sound as is learned from; two of the same samples have the same key."""
    try:
        samples, seconds = decode_sound(file, _RATE, MOST_SECONDS)
    except NoSound as error:
        raise Unreadable("without a sound") from error
    except UnusualRate as error:
        raise Unreadable("of an unusual rate") from error
    except DAMAGED as error:
        raise Unreadable("damaged, or of an unknown kind") from error
    if not len(samples):
        raise Unreadable("damaged, or of an unknown kind")
    if len(samples) < LEAST_SECONDS * _RATE:
        raise Unreadable("shorter than a tenth of a second")
    levels = np.round(samples * 32767).astype("<i2")
    return Glance(hashlib.blake2b(levels.tobytes(), digest_size=16).hexdigest(), round(seconds * _RATE))


TASK = AudioClassification()
