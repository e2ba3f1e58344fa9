"""Sound files as models hear them: one channel, at the model's own rate, no longer than is said."""

import math
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np

from core.results import Reading
from jobs.inference.protocol import Request
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.errors import CannotAnswer
from jobs.inference.worker.loading import Loaded

if TYPE_CHECKING:
    import torch

MOST_BYTES = 200 * 2**20
MOST_SECONDS = 60.0
LEAST_SECONDS = 0.1
# A container may say that its sound lasts a moment longer than it does.
LEAST_CUT_SECONDS = 0.5
RATES = (1_000, 384_000)
# Formats that hold sounds and nothing else: a playlist would make the library open other files and addresses.
FORMATS = "wav,w64,aiff,au,caf,flac,ogg,mp3,aac,amr,mov,mp4,m4a,3gp,matroska,webm"
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
    return [read_sound(file, rate, longest or span(loaded.processor), entry) for file in entry.request.files]


def span(processor: Any) -> float:
    """Seconds that an extractor keeps of a sound; what is longer would be cut in silence, or at random."""
    samples = getattr(processor, "nb_max_samples", 0) or getattr(processor, "n_samples", 0)
    if samples:
        return min(MOST_SECONDS, float(samples / processor.sampling_rate))
    if hasattr(processor, "num_mel_bins") and hasattr(processor, "max_length"):
        # Frames of a spectrogram begin 10 ms after one another and last 25 ms.
        return min(MOST_SECONDS, float(processor.max_length + 2) / 100)
    return MOST_SECONDS


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
        # Opened here, so that the library is given a stream and no name that it could follow elsewhere.
        with file.open("rb") as stream, _opened(stream) as container:
            if not container.streams.audio:
                raise CannotAnswer("input", f"There is no sound in {file.name}. Attach one: {KINDS}.")
            length = float(container.duration or 0) / av.time_base
            parts = list(_decoded(container, file.name, rate, longest))
    except (av.FFmpegError, ValueError, OSError) as error:
        raise _damaged(file.name) from error
    samples = np.concatenate(parts)[: int(longest * rate)] if parts else np.zeros(0, np.float32)
    if not len(samples):
        raise _damaged(file.name)
    if len(samples) < LEAST_SECONDS * rate:
        raise CannotAnswer("input", f"{file.name} is shorter than a tenth of a second. Attach a longer sound.")
    # Files of floats may hold what is no number, and more than the full scale.
    clean = np.clip(np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0), -1.0, 1.0)
    heard = sum(len(part) for part in parts) / rate
    return Sound(clean, rate, max(length, heard), entry)


def _opened(stream: Any) -> Any:
    return av.open(stream, options={"format_whitelist": FORMATS}, metadata_errors="replace")


def _decoded(container: Any, name: str, rate: int, longest: float) -> Iterator[np.ndarray]:
    """The sound in pieces of one channel, until `longest`; what comes after damage is left out."""
    resampler = av.AudioResampler(format="fltp", rate=rate)
    wanted = int(longest * rate)
    frames = container.decode(audio=0)
    while wanted > 0:
        try:
            frame = next(frames, None)
        except av.FFmpegError:
            frame = None
        if frame is not None and not RATES[0] <= frame.sample_rate <= RATES[1]:
            raise CannotAnswer(
                "input", f"{name} has {frame.sample_rate:,} samples a second, which I cannot read. Save it with 16,000."
            )
        for piece in resampler.resample(frame):
            mono = piece.to_ndarray().mean(axis=0, dtype=np.float32)
            wanted -= len(mono)
            yield mono
        if frame is None:
            return


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
