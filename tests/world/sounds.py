"""Sounds as files."""

import io
import wave

import numpy as np


def tone(pitch: float, seconds: float = 0.5, rate: int = 16_000) -> bytes:
    """A WAV of one sine tone."""
    samples = np.sin(2 * np.pi * pitch * np.arange(int(seconds * rate)) / rate)
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((samples * 16_000).astype("<i2").tobytes())
    return out.getvalue()
