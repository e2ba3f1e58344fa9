"""What a model writes about texts, pictures and sounds together."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
from transformers import AutoModelForMultimodalLM

from jobs.inference.worker.describing import Talk, finish_written, one_talk, write
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.errors import CannotAnswer
from jobs.inference.worker.loading import Loaded
from jobs.inference.worker.pictures import ensure_small, kind

AUTO = AutoModelForMultimodalLM
NEEDS = ("tokenizer", "processor")
BATCH = 1
run, finish = write, finish_written
MOST_SECONDS = 120


def prepare(loaded: Loaded, entry: Entry) -> list[Talk]:
    """One row of all that the request has. CannotAnswer for a sound where the model hears nothing."""
    heard = [path for path in entry.request.files if _is_sound(path)]
    seen = [given for given in entry.request.inputs if not _names(given, heard)]
    (talk,) = one_talk(replace(entry, request=replace(entry.request, inputs=seen)))
    extractor: Any = getattr(loaded.processor, "feature_extractor", None)
    if heard and extractor is None:
        raise CannotAnswer("input", f"{entry.request.model} hears no sounds. Send it texts and pictures.")
    sounds = tuple(wave(path, int(extractor.sampling_rate)) for path in heard)
    return [replace(talk, sounds=sounds, entry=entry)]


def wave(path: Path, rate: int) -> np.ndarray:
    """The sound, mono, at `rate` a second, its first two minutes. CannotAnswer when it cannot be read."""
    parts: list[np.ndarray] = []
    resampler = av.AudioResampler(format="flt", layout="mono", rate=rate)
    try:
        with av.open(str(path)) as container:
            for frame in container.decode(audio=0):
                parts += [each.to_ndarray()[0] for each in resampler.resample(frame)]
                if sum(len(part) for part in parts) > MOST_SECONDS * rate:
                    break
    except (av.FFmpegError, IndexError, ValueError) as error:
        raise CannotAnswer("input", f"{path.name} is a sound that cannot be read. Send it as WAV or MP3.") from error
    if not parts:
        raise CannotAnswer("input", f"{path.name} has no sound in it. Attach another one.")
    return np.concatenate(parts)[: MOST_SECONDS * rate]


def _is_sound(path: Path) -> bool:
    ensure_small(path)
    with path.open("rb") as file:
        return kind(file.read(1024)) == "a sound"


def _names(given: object, files: list[Path]) -> bool:
    return isinstance(given, dict) and Path(str(given.get("file", ""))).name in {path.name for path in files}
