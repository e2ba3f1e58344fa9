"""Whisper: half a minute at a time, the next beginning where the last finished sentence ended.

As in section 3.8 of https://arxiv.org/abs/2212.04356, greedily and without its fallbacks.
"""

from typing import Any

from transformers import StoppingCriteriaList
from transformers.models.whisper.tokenization_whisper import TO_LANGUAGE_CODE

from core.results import Chunk, Ending
from jobs.inference.protocol import Request
from jobs.inference.worker.errors import CannotAnswer
from jobs.inference.worker.generation import End
from jobs.inference.worker.loading import Loaded, Row
from jobs.inference.worker.sounds import features
from jobs.inference.worker.speech import Heard, ended

# Seconds between one time token and the next, and the least by which the next window is moved on.
PRECISION, LEAST_STEP = 0.02, 1.0


def hear_whisper(loaded: Loaded, row: Any) -> Heard:
    """The text of a whole sound with its sentences' times; told sentence by sentence on the way."""
    rate, size = row.rate, int(loaded.processor.n_samples)
    at, why = 0, ended(row)
    chunks: list[Chunk] = []
    texts: list[str] = []
    while at < len(row.samples) and not why:
        window = row.samples[at : at + size]
        ids, why = _write(loaded, row, window)
        segments, seconds = _segments(loaded, ids, len(window) / rate)
        is_last = at + len(window) >= len(row.samples) and seconds >= len(window) / rate - LEAST_STEP
        for start, end, tokens in segments:
            text = loaded.tokenizer.decode(tokens, skip_special_tokens=True)
            if text.strip():
                chunks.append(Chunk(text.strip(), at / rate + start, at / rate + end))
                texts.append(text)
                row.entry.tell("writing", text=text)
        if is_last:
            break
        at += int(max(seconds, LEAST_STEP) * rate)
    times = chunks if _knows_times(loaded) else []
    return Heard(text="".join(texts).strip(), chunks=times, ended=why)


def _write(loaded: Loaded, row: Any, window: Any) -> tuple[list[int], Ending]:
    end = End(Row({"input_ids": []}, 0, deadline=row.entry.deadline, entry=row.entry))
    told: dict[str, Any] = {name: value for name, value in ensure_languages(loaded, row.entry.request).items() if value}
    if "max_new_tokens" in row.entry.request.options:
        # Its decoder holds few positions, and a few of them are taken by what it is told.
        most = int(loaded.model.config.max_target_positions) - 8
        told["max_new_tokens"] = max(1, min(int(row.entry.request.options["max_new_tokens"]), most))
    out = loaded.model.generate(
        **features(loaded, window, return_attention_mask=True),
        **told,
        do_sample=False,
        num_beams=1,
        return_timestamps=_knows_times(loaded),
        force_unique_generate_call=True,
        stopping_criteria=StoppingCriteriaList([end]),
    )
    return getattr(out, "sequences", out)[0].tolist(), end.why


def _segments(loaded: Loaded, ids: list[int], length: float) -> tuple[list[tuple[float, float, list[int]]], float]:
    """Start, end and tokens of each sentence of a window of `length` seconds, and where the next window begins."""
    first = loaded.model.generation_config.no_timestamps_token_id + 1 if _knows_times(loaded) else len(loaded.tokenizer)
    segments: list[tuple[float, float, list[int]]] = []
    start, words, opened = 0.0, [], False
    for token in ids:
        if token < first:
            words.append(token)
            continue
        time = min((token - first) * PRECISION, length)
        if words:
            segments.append((start, time, words))
            words, opened = [], False
        else:
            opened = bool(segments)
        start = time
    spoken = [token for token in words if token not in loaded.tokenizer.all_special_ids]
    if opened:
        # The last sentence is not finished in this window; the next begins with it.
        return segments, segments[-1][1]
    if spoken:
        segments.append((start, length, words))
    return segments, length


def _knows_times(loaded: Loaded) -> bool:
    return getattr(loaded.model.generation_config, "no_timestamps_token_id", None) is not None


def ensure_languages(loaded: Loaded, request: Request) -> dict[str, str]:
    """What to tell `generate`: `language` and `task`. CannotAnswer for a language that the model lacks."""
    source, target = request.options.get("source"), request.options.get("target")
    if not source and not target:
        return {}
    settings: Any = getattr(loaded.model, "generation_config", None)
    if loaded.model.config.model_type != "whisper" or not getattr(settings, "lang_to_id", None):
        raise CannotAnswer("input", "This model hears one language. Leave out `source` and `target`.")
    known = {name.strip("<|>") for name in settings.lang_to_id}
    language = _code(str(source)) if source else ""
    if language and language not in known:
        some = ", ".join(sorted(known)[:12])
        raise CannotAnswer("input", f"This model does not hear source={source}. It hears {some} and so on.")
    if target and _code(str(target)) not in ("en", language):
        raise CannotAnswer("input", "This model translates into English alone: target=en, or leave it out.")
    wants_english = bool(target) and _code(str(target)) == "en" and language != "en"
    return {"language": language, "task": "translate" if wants_english else "transcribe"}


def _code(language: str) -> str:
    return TO_LANGUAGE_CODE.get(language.lower(), language.lower())
