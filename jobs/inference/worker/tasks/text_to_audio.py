"""Speech, or music, that a model makes of a text, as a WAV file."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from transformers import AutoConfig, AutoModelForTextToWaveform, StoppingCriteriaList
from transformers.models.auto.modeling_auto import MODEL_FOR_TEXT_TO_SPECTROGRAM_MAPPING

from core.results import Audio, Ending
from jobs.inference.protocol import Request
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.errors import CannotAnswer
from jobs.inference.worker.generation import SAMPLING, End, ensure_options
from jobs.inference.worker.loading import Loaded, Row, read
from jobs.inference.worker.sounds import write_sound

# Each has its own length.
BATCH = 1
NEEDS = ("tokenizer",)
# Some minutes of speech; the memory that a voice takes grows with the length.
LONGEST_READ = 600
# What Bark is trained to be given, padded.
BARK_READS = 256
MOST_SOUND_TOKENS, LEAST_SOUND_TOKENS, DEFAULT_SOUND_TOKENS = 1024, 10, 256
# A sound whose loudest sample is below this part of the full scale.
SILENT = 0.001


class SpeakingModel:
    """The class of models that end in a sound."""

    @staticmethod
    def from_pretrained(folder: Any, **options: Any) -> Any:
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        if type(config) in MODEL_FOR_TEXT_TO_SPECTROGRAM_MAPPING:
            raise CannotAnswer(
                "model",
                "This model draws a spectrogram and needs a second one to sound. Try one that speaks by itself, such "
                "as those of the kind VITS.",
            )
        return AutoModelForTextToWaveform.from_pretrained(folder, **options)


AUTO = SpeakingModel


def prepare(loaded: Loaded, entry: Entry) -> list[Row]:
    """A row a text. CannotAnswer for a text of which the model knows no sign."""
    ensure_options(entry.request)
    if loaded.model.config.model_type == "bark":
        rows = _read_for_bark(loaded, entry.request.texts)
    else:
        rows = read(loaded, entry.request.texts, LONGEST_READ)
    for row, text in zip(rows, entry.request.texts, strict=True):
        spoken = [token for token in row.tokens["input_ids"] if token not in loaded.tokenizer.all_special_ids]
        if not spoken:
            raise CannotAnswer("input", f"This model knows no sign of “{text[:40]}”. Try a text in its own language.")
    return [replace(row, options=entry.request.options, deadline=entry.deadline, entry=entry) for row in rows]


@torch.inference_mode()
def run(loaded: Loaded, rows: Sequence[Row]) -> list[tuple[np.ndarray, Ending]]:
    """The samples of each sound, and what ended it early: late, stopped, or nothing."""
    outputs = []
    for row in rows:
        batch = {name: torch.tensor([values], device=loaded.device) for name, values in row.tokens.items()}
        # Voices differ from one time to the next on purpose, and torch has one random state for all.
        with SAMPLING:
            if "seed" in row.options:
                torch.manual_seed(int(row.options["seed"]))
            else:
                torch.seed()
            outputs.append(_sound(loaded, row, batch))
    return outputs


def finish(
    loaded: Loaded, request: Request, rows: Sequence[Row], outputs: Sequence[tuple[np.ndarray, Ending]]
) -> list[Audio]:
    """A WAV in the request's folder for each text; CannotAnswer for no sound."""
    results, rate = [], _rate(loaded)
    for number, (row, (samples, why)) in enumerate(zip(rows, outputs, strict=True)):
        if not samples.size or not np.isfinite(samples).all():
            raise CannotAnswer("model", f"{request.model} made no sound of this text. Try another text or model.")
        seconds = samples.shape[-1] / rate
        loudest = float(np.abs(samples).max())
        alt = f"A sound of {seconds:.1f} s, {rate:,} samples a second{', silent' if loudest < SILENT else ''}"
        name = write_sound(request, number, samples, rate)
        results.append(Audio(seconds, rate, why, file=name, alt=alt, note=row.note))
    return results


def _sound(loaded: Loaded, row: Row, batch: dict[str, torch.Tensor]) -> tuple[np.ndarray, Ending]:
    end, model = End(row), loaded.model
    if not model.can_generate():
        # A voice is made in one go, so all that can be done is not to begin too late.
        end.why = "late" if time.monotonic() > row.deadline else ""
        made = model(**batch)[0]
    elif model.config.model_type == "bark":
        made = model.generate(**batch)
    else:
        tokens = int(row.options.get("max_new_tokens", DEFAULT_SOUND_TOKENS))
        made = model.generate(
            **batch,
            max_new_tokens=max(LEAST_SOUND_TOKENS, min(tokens, MOST_SOUND_TOKENS)),
            stopping_criteria=StoppingCriteriaList([end]),
        )
    made = getattr(made, "waveform", made)
    made = made[0] if isinstance(made, (list, tuple)) else made
    return made.detach().float().cpu().numpy().squeeze(), end.why


def _rate(loaded: Loaded) -> int:
    """Samples a second, as the model's configuration says, or that of how it generates, or of its codec."""
    config = loaded.model.config
    places = (
        config,
        getattr(loaded.model, "generation_config", None),
        getattr(config, "audio_encoder", None),
        getattr(config, "codec_config", None),
    )
    for place in places:
        rate = getattr(place, "sampling_rate", None) or getattr(place, "sample_rate", None)
        if rate:
            return int(rate)
    raise CannotAnswer("model", "This model does not say how many samples a second its sound has. Try another.")


def _read_for_bark(loaded: Loaded, texts: Sequence[str]) -> list[Row]:
    rows = []
    for text in texts:
        cut = loaded.tokenizer(
            text,
            max_length=BARK_READS,
            padding="max_length",
            truncation=True,
            add_special_tokens=False,
            return_attention_mask=True,
            return_token_type_ids=False,
        )
        rows.append(Row(dict(cut), len(cut["input_ids"])))
    return rows
