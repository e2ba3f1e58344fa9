"""What models hear in one window of a sound, and how the windows of a long one are put together."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from transformers import StoppingCriteriaList, Wav2Vec2CTCTokenizer

from core.results import Chunk, Ending, Transcript
from jobs.inference.worker.generation import MOST_TOKENS, End
from jobs.inference.worker.loading import Loaded, Row
from jobs.inference.worker.sounds import Sound, features

# What is said in half a minute; few models know themselves how much they should write.
DEFAULT_TOKENS = 256


@dataclass(frozen=True)
class Heard:
    """Of one window: the `tokens` of its frames, `step` seconds each, or `text` with `chunks` where it was written.

    `ended` is what cut it short: late, stopped, or nothing.
    """

    tokens: list[int] = field(default_factory=list)
    step: float = 0.0
    text: str = ""
    chunks: Sequence[Chunk] = ()
    ended: Ending = ""


def ended(row: Sound) -> Ending:
    """Why a window is not to be heard any more: late, stopped, or nothing."""
    if row.entry.cancelled.is_set():
        return "stopped"
    return "late" if time.monotonic() > row.entry.deadline else ""


def hear_ctc(loaded: Loaded, row: Any) -> Heard:
    """The likeliest token of each frame (https://distill.pub/2017/ctc), without the margins of its neighbours."""
    if why := ended(row):
        return Heard(ended=why)
    read = features(loaded, row.samples, return_attention_mask=True)
    tokens = loaded.model(**read).logits[0].argmax(-1).tolist()
    samples = len(row.samples)
    # Where the model does not say how many samples make a frame, the window is shared out evenly.
    step = getattr(loaded.model.config, "inputs_to_logits_ratio", 0) or samples / len(tokens)
    total = round(samples / step)
    left, right = round(row.left / samples * total), round(row.right / samples * total)
    return Heard(tokens[left : total - right], step / row.rate)


def join_ctc(loaded: Loaded, heard: Sequence[Heard]) -> Transcript:
    """One text out of the frames of all windows, and each word with its times where the tokenizer finds words."""
    tokens = [token for each in heard for token in each.tokens]
    step = next((each.step for each in heard if each.step), 0.0)
    if not isinstance(loaded.tokenizer, Wav2Vec2CTCTokenizer):
        return Transcript(loaded.tokenizer.decode(tokens).strip())
    found: Any = loaded.tokenizer.decode(tokens, output_word_offsets=True)
    chunks = [
        Chunk(each["word"], each["start_offset"] * step, each["end_offset"] * step) for each in found.word_offsets
    ]
    return Transcript(found.text, tuple(chunks))


def hear_written(loaded: Loaded, row: Any) -> Heard:
    """What a decoder writes about one window."""
    if why := ended(row):
        return Heard(ended=why)
    end = End(Row({"input_ids": []}, 0, deadline=row.entry.deadline, entry=row.entry))
    wanted = min(int(row.entry.request.options.get("max_new_tokens", DEFAULT_TOKENS)), MOST_TOKENS)
    out = loaded.model.generate(
        **features(loaded, row.samples),
        do_sample=False,
        max_new_tokens=wanted,
        stopping_criteria=StoppingCriteriaList([end]),
    )
    tokens = getattr(out, "sequences", out)[0].tolist()
    return Heard(text=loaded.tokenizer.decode(tokens, skip_special_tokens=True).strip(), ended=end.why)


def join_written(heard: Sequence[Heard]) -> Transcript:
    """One text: where a window begins with words that the one before ended with, they are written once."""
    words: list[str] = []
    for each in heard:
        following = each.text.split()
        most = min(len(words), len(following))
        same = next((many for many in range(most, 0, -1) if _alike(words[-many:], following[:many])), 0)
        words += following[same:]
    return Transcript(" ".join(words), tuple(chunk for each in heard for chunk in each.chunks))


def _alike(first: Sequence[str], second: Sequence[str]) -> bool:
    return [word.casefold().strip(".,;:!?") for word in first] == [word.casefold().strip(".,;:!?") for word in second]
