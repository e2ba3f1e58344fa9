"""Sound files as models hear them: one channel, at the model's own rate, no longer than is said."""

import math
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.results import Reading
from jobs.inference.protocol import Request
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.errors import CannotAnswer
from jobs.inference.worker.loading import Loaded
from jobs.models.sounds import DAMAGED, LEAST_SECONDS, NoSound, UnusualRate, decode_sound, span

if TYPE_CHECKING:
    import torch

MOST_BYTES = 200 * 2**20
MOST_SECONDS = 60.0
# A container may say that its sound lasts a moment longer than it does.
LEAST_CUT_SECONDS = 0.5
KINDS = "WAV, FLAC, OGG, MP3, M4A or WebM"


@dataclass(frozen=True)
class Sound:
    """Samples between -1 and 1 of a sound that is `seconds` long in all, at `rate` a second, of an `entry`."""

    samples: np.ndarray
    rate: int
    seconds: float
    entry: Entry

    @property
    def read(self) -> int:
        """What it costs to hear it, in tokens: speech models make about fifty out of a second."""
        return math.ceil(50 * self.read_seconds)

    @property
    def read_seconds(self) -> float:
        return len(self.samples) / self.rate

    @property
    def note(self) -> Reading | None:
        """How much was heard of a sound that was cut."""
        if self.seconds < self.read_seconds + LEAST_CUT_SECONDS:
            return None
        return Reading("seconds", self.read_seconds, self.seconds)


def hear(loaded: Loaded, entry: Entry, longest: float | None = None) -> list[Sound]:
    """The request's sounds, each at most `longest` seconds, or as long as the model's extractor reads."""
    rate = int(loaded.processor.sampling_rate)
    most = longest or span(loaded.processor, MOST_SECONDS)
    return [read_sound(file, rate, most, entry) for file in entry.request.files]


def read_sound(file: Path, rate: int, longest: float, entry: Entry) -> Sound:
    """The first `longest` seconds of a file. CannotAnswer in one sentence where it holds no sound that can be heard."""
    size = file.stat().st_size if file.is_file() else 0
    if size == 0:
        raise CannotAnswer("input", f"{file.name} is empty. Attach a sound: {KINDS}.")
    if size > MOST_BYTES:
        raise CannotAnswer(
            "input",
            f"{file.name} has {size / 2**20:,.0f} MB; {MOST_BYTES // 2**20} MB is the most I take. Cut it shorter.",
        )
    try:
        with file.open("rb") as stream:
            samples, seconds = decode_sound(stream, rate, longest)
    except NoSound as error:
        raise CannotAnswer("input", f"There is no sound in {file.name}. Attach one: {KINDS}.") from error
    except UnusualRate as error:
        raise CannotAnswer(
            "input", f"{file.name} has {error.rate:,} samples a second, which I cannot read. Save it with 16,000."
        ) from error
    except DAMAGED as error:
        raise _damaged(file.name) from error
    if not len(samples):
        raise _damaged(file.name)
    if len(samples) < LEAST_SECONDS * rate:
        raise CannotAnswer("input", f"{file.name} is shorter than a tenth of a second. Attach a longer sound.")
    return Sound(samples, rate, seconds, entry)


def _damaged(name: str) -> CannotAnswer:
    return CannotAnswer("input", f"{name} is damaged, or no sound that I can read. Attach one as {KINDS}.")


def write_sound(request: Request, number: int, samples: np.ndarray, rate: int) -> str:
    """Writes a WAV of 16 bits into the request's folder; its name. CannotAnswer where there is no folder."""
    if not request.folder:
        raise CannotAnswer("input", f"There is no place to write the sound of {request.task} to here.")
    name = f"sound-{number + 1}.wav"
    loudest = float(np.abs(samples).max(initial=0.0))
    levels = np.round(samples / max(1.0, loudest) * 32767).astype("<i2")
    with wave.open(str(Path(request.folder) / name), "wb") as file:
        file.setnchannels(levels.shape[0] if levels.ndim == 2 else 1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(levels.T.tobytes())
    return name


def features(loaded: Loaded, samples: np.ndarray | list[np.ndarray], **options: object) -> "dict[str, torch.Tensor]":
    """What the model reads of one sound, on its device and in its precision."""
    found = loaded.processor(samples, sampling_rate=loaded.processor.sampling_rate, return_tensors="pt", **options)
    return {
        name: tensor.to(loaded.device, loaded.model.dtype) if tensor.is_floating_point() else tensor.to(loaded.device)
        for name, tensor in found.items()
    }
