"""Sounds as every model gets them: one channel, at the model's own rate, no longer than is said. Torch-free."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import av
import numpy as np

LEAST_SECONDS = 0.1
RATES = (1_000, 384_000)
# Formats that hold sounds and nothing else: a playlist would make the library open other files and addresses.
FORMATS = "wav,w64,aiff,au,caf,flac,ogg,mp3,aac,amr,mov,mp4,m4a,3gp,matroska,webm"
DAMAGED = (av.FFmpegError, ValueError, OSError)


class NoSound(Exception):
    """The file is one that may hold sounds, and has none."""


class UnusualRate(Exception):
    """The file has more or fewer samples a second than any sound."""

    def __init__(self, rate: int) -> None:
        super().__init__(rate)
        self.rate = rate


def decode_sound(stream: BinaryIO, rate: int, longest: float) -> tuple[np.ndarray, float]:
    """Samples between -1 and 1 of the first `longest` seconds at `rate`, and how many seconds the whole has.

    No samples where nothing could be heard; what comes after damage is left out. Raises NoSound, UnusualRate, or one
    of DAMAGED.
    """
    # The library is given a stream and no name that it could follow elsewhere.
    with _opened(stream) as container:
        if not container.streams.audio:
            raise NoSound
        length = float(container.duration or 0) / av.time_base
        parts = list(_decoded(container, rate, longest))
    samples = np.concatenate(parts)[: int(longest * rate)] if parts else np.zeros(0, np.float32)
    # Files of floats may hold what is no number, and more than the full scale.
    clean = np.clip(np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0), -1.0, 1.0)
    return clean, max(length, sum(len(part) for part in parts) / rate)


def span(extractor: Any, longest: float) -> float:
    """Seconds that an extractor keeps of a sound, at most `longest`; the rest would be cut in silence, or at random."""
    samples = getattr(extractor, "nb_max_samples", 0) or getattr(extractor, "n_samples", 0)
    if samples:
        return min(longest, float(samples / extractor.sampling_rate))
    if hasattr(extractor, "num_mel_bins") and hasattr(extractor, "max_length"):
        # Frames of a spectrogram begin 10 ms after one another and last 25 ms.
        return min(longest, float(extractor.max_length + 2) / 100)
    return longest


def _opened(stream: BinaryIO) -> Any:
    return av.open(stream, options={"format_whitelist": FORMATS}, metadata_errors="replace")


def _decoded(container: Any, rate: int, longest: float) -> Iterator[np.ndarray]:
    """The sound in pieces of one channel, until `longest`."""
    resampler = av.AudioResampler(format="fltp", rate=rate)
    wanted = int(longest * rate)
    frames = container.decode(audio=0)
    while wanted > 0:
        try:
            frame = next(frames, None)
        except av.FFmpegError:
            frame = None
        if frame is not None and not RATES[0] <= frame.sample_rate <= RATES[1]:
            raise UnusualRate(frame.sample_rate)
        for piece in resampler.resample(frame):
            mono = piece.to_ndarray().mean(axis=0, dtype=np.float32)
            wanted -= len(mono)
            yield mono
        if frame is None:
            return
