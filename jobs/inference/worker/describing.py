"""Text that a model writes about pictures, and about sounds where it hears: prompt, generation, what is new in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from core.results import Ending, Reading, Written
from jobs.inference.protocol import Request
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.errors import CannotAnswer
from jobs.inference.worker.generation import DEFAULT_REWRITTEN, MOST_TOKENS, ensure_options, generate
from jobs.inference.worker.loading import Loaded, Row
from jobs.inference.worker.pictures import Source, sources
from jobs.inference.worker.vision import placed

# What a model that was trained to talk is asked where nothing was typed.
UNASKED = "Describe what this shows."
Draft = tuple[str, int, Ending]


@dataclass(frozen=True)
class Talk:
    """Pictures that are to be written about together, what was typed with them, and what was said before.

    `sounds` are waves as the model hears them, mono, at its own rate.
    """

    pictures: list[Source]
    text: str
    entry: Entry
    deadline: float
    before: tuple[Mapping[str, str], ...] = ()
    sounds: tuple[Any, ...] = ()
    read: int = 1

    @property
    def note(self) -> Reading | None:
        return next((source.note for source in self.pictures if source.note), None)


def one_talk(entry: Entry) -> list[Talk]:
    """All of a request as one row: its last text, or turn, is what is asked. CannotAnswer for options out of range."""
    ensure_options(entry.request)
    turns = [turn for given in entry.request.inputs if isinstance(given, dict) for turn in given.get("messages", [])]
    text = "\n".join(entry.request.texts) or (str(turns.pop()["content"]) if turns else "")
    return [Talk(sources(entry), text, entry, entry.deadline, tuple(turns))]


@torch.inference_mode()
def write(loaded: Loaded, rows: Sequence[Talk]) -> list[Draft]:
    """What the model writes for each row, how many tokens that is, and what ended it early."""
    return [_write(loaded, row) for row in rows]


def finish_written(_loaded: Loaded, _request: Request, rows: Sequence[Talk], outputs: Sequence[Draft]) -> list[Written]:
    """What was written for each row."""
    return [
        Written(text, new, ended=ended, note=row.note) for row, (text, new, ended) in zip(rows, outputs, strict=True)
    ]


def _write(loaded: Loaded, row: Talk) -> Draft:
    row.entry.ensure_wanted()
    inputs = placed(loaded, _read(loaded, row))
    prompt = inputs.pop("input_ids", None)
    ids = prompt[0].tolist() if prompt is not None else []
    typed = int(row.entry.request.options.get("max_new_tokens", DEFAULT_REWRITTEN))
    wanted = min(typed, MOST_TOKENS, loaded.longest - len(ids))
    if wanted < 1:
        raise CannotAnswer(
            "input",
            f"Pictures and text are {len(ids):,} tokens; the model reads {loaded.longest:,}. "
            "Send fewer or smaller pictures.",
        )
    tokens = {"input_ids": ids} if ids else {}
    options = {**row.entry.request.options, "max_new_tokens": wanted, "arguments": inputs}
    out, ended = generate(loaded, Row(tokens, len(ids), options, row.deadline, row.entry, alone=True))
    new = out[len(ids) :] if out[: len(ids)] == ids else out
    return _new_text(loaded, ids, new), len(new), ended


def _new_text(loaded: Loaded, ids: list[int], new: list[int]) -> str:
    """Models with a decoder of their own repeat the prompt with other special tokens."""
    text = str(loaded.tokenizer.decode(new, skip_special_tokens=True)).strip()
    prompt = str(loaded.tokenizer.decode(ids, skip_special_tokens=True)).strip()
    return text.removeprefix(prompt).strip() if prompt else text


def _read(loaded: Loaded, row: Talk) -> Any:
    processor = loaded.processor
    given: dict[str, Any] = {"images": [source.open() for source in row.pictures]} if row.pictures else {}
    if row.sounds:
        given["audio"] = list(row.sounds)
    if getattr(processor, "chat_template", None):
        return processor(text=[_as_talk(processor, row)], return_tensors="pt", **given)
    # An image processor alone belongs to a model that only writes what it sees.
    if not hasattr(processor, "tokenizer"):
        return processor(images=given.get("images"), return_tensors="pt")
    token = getattr(processor, "image_token", None)
    text = f"{token * len(row.pictures)}{row.text}" if isinstance(token, str) and token not in row.text else row.text
    return processor(text=text or None, return_tensors="pt", **given)


def _as_talk(processor: Any, row: Talk) -> str:
    """The conversation as the model was trained to read it, with places for the pictures and sounds."""
    content: list[dict[str, Any]] = [{"type": "image"} for _ in row.pictures]
    content += [{"type": "audio"} for _ in row.sounds]
    content.append({"type": "text", "text": row.text or UNASKED})
    before = [
        {"role": turn["role"], "content": [{"type": "text", "text": str(turn["content"])}]} for turn in row.before
    ]
    # Some processors look for videos in a conversation before they write it down; its tokenizer just does that.
    text: str = processor.tokenizer.apply_chat_template(
        [*before, {"role": "user", "content": content}],
        chat_template=processor.chat_template,
        tokenize=False,
        add_generation_prompt=True,
    )
    return text
