"""What is said in a sound, as text, with times where the model knows them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCTC, AutoModelForRNNT, AutoModelForSpeechSeq2Seq, AutoModelForTDT
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CTC_MAPPING,
    MODEL_FOR_RNNT_MAPPING,
    MODEL_FOR_TDT_MAPPING,
)

from core.results import Ending, Reading, Transcript
from jobs.inference.protocol import Request
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.generation import ensure_options
from jobs.inference.worker.loading import Loaded
from jobs.inference.worker.sounds import LEAST_CUT_SECONDS, Sound, hear
from jobs.inference.worker.speech import Heard, hear_ctc, hear_written, join_ctc, join_written
from jobs.inference.worker.whisper import ensure_languages, hear_whisper

LONGEST_SECONDS = 20 * 60.0
# A long sound is heard in windows, each with as much of its neighbours as its edges need to be understood.
WINDOW_SECONDS, MARGIN_SECONDS = 30, 5
BATCH = 1
NEEDS = ("tokenizer", "sounds")


class HearingModel:
    """The class for the kind of model: one that hears letters frame by frame, or one that writes what it hears."""

    @staticmethod
    def from_pretrained(folder: Any, **options: Any) -> Any:
        config = type(AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False))
        kinds = (
            (MODEL_FOR_CTC_MAPPING, AutoModelForCTC),
            (MODEL_FOR_TDT_MAPPING, AutoModelForTDT),
            (MODEL_FOR_RNNT_MAPPING, AutoModelForRNNT),
        )
        auto = next((auto for mapping, auto in kinds if config in mapping), AutoModelForSpeechSeq2Seq)
        return auto.from_pretrained(folder, **options)


AUTO = HearingModel


@dataclass(frozen=True)
class Stretch(Sound):
    """A stretch of the request's sound number `sound`; `left` and `right` samples of it belong to its neighbours."""

    sound: int = 0
    left: int = 0
    right: int = 0


def prepare(loaded: Loaded, entry: Entry) -> list[Stretch]:
    """The windows of each sound; Whisper gets it whole, since where it looks next depends on what it heard."""
    ensure_options(entry.request, ("source", "target"))
    ensure_languages(loaded, entry.request)
    sounds = hear(loaded, entry, LONGEST_SECONDS)
    if _kind(loaded) == "whisper":
        return [Stretch(each.samples, each.rate, each.seconds, entry, at) for at, each in enumerate(sounds)]
    return [window for at, each in enumerate(sounds) for window in _windows(each, at)]


@torch.inference_mode()
def run(loaded: Loaded, rows: Sequence[Stretch]) -> list[Heard]:
    """What was heard in each window; nothing in those whose time was up."""
    hears = {"whisper": hear_whisper, "ctc": hear_ctc, "written": hear_written}[_kind(loaded)]
    return [hears(loaded, row) for row in rows]


def finish(loaded: Loaded, request: Request, rows: Sequence[Stretch], outputs: Sequence[Heard]) -> list[Transcript]:
    """What was said in each sound; late or stopped where not all of it could be heard in time."""
    results = []
    for number in range(len(request.files)):
        own = [(row, heard) for row, heard in zip(rows, outputs, strict=True) if row.sound == number]
        found = [heard for _, heard in own]
        joined = join_ctc(loaded, found) if _kind(loaded) == "ctc" else join_written(found)
        ends = {heard.ended for heard in found}
        ended: Ending = "late" if "late" in ends else "stopped" if "stopped" in ends else ""
        results.append(replace(joined, stretches=len(own), ended=ended, note=_cut(own)))
    return results


def _cut(own: Sequence[tuple[Stretch, Heard]]) -> Reading | None:
    """How much was heard of a sound that was longer than is ever heard."""
    first = own[0][0]
    read = sum(len(row.samples) - row.left - row.right for row, _ in own) / first.rate
    return Reading("seconds", read, first.seconds) if first.seconds > read + LEAST_CUT_SECONDS else None


def _kind(loaded: Loaded) -> str:
    if loaded.model.config.model_type == "whisper":
        return "whisper"
    return "ctc" if type(loaded.model.config) in MODEL_FOR_CTC_MAPPING else "written"


def _windows(sound: Sound, number: int) -> list[Stretch]:
    size, margin = WINDOW_SECONDS * sound.rate, MARGIN_SECONDS * sound.rate
    windows = []
    for start in range(0, len(sound.samples), size - 2 * margin):
        samples = sound.samples[start : start + size]
        is_last = start + size >= len(sound.samples)
        windows.append(
            Stretch(
                samples,
                sound.rate,
                sound.seconds,
                sound.entry,
                number,
                margin if start else 0,
                0 if is_last else margin,
            )
        )
        if is_last:
            break
    return windows
