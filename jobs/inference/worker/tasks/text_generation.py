"""Text that goes on where the input ends."""

from collections.abc import Sequence

import torch
from jinja2 import TemplateError
from transformers import AutoModelForCausalLM

from core.results import Ending, Written
from jobs.inference.protocol import Input, Request
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.errors import CannotAnswer
from jobs.inference.worker.generation import DEFAULT_TOKENS, MOST_TOKENS, ensure_options, generate, with_ends, written
from jobs.inference.worker.loading import Loaded, Row

AUTO = AutoModelForCausalLM
# Each has its own options and its own end, so each is run alone.
BATCH = 1
NEEDS = ("tokenizer",)


def prepare(loaded: Loaded, entry: Entry) -> list[Row]:
    """A row a text or conversation, which loses its beginning where it is too long.

    CannotAnswer for options out of range, and for a conversation with a model that was not trained to talk.
    """
    ensure_options(entry.request)
    typed = int(entry.request.options.get("max_new_tokens", DEFAULT_TOKENS))
    rows = []
    for given in entry.request.inputs:
        ids = _ids(loaded, entry.request.model, given)
        # The prompt keeps half of what the model reads, more where less is asked for.
        wanted = min(typed, MOST_TOKENS, max(loaded.longest - len(ids), loaded.longest // 2))
        kept = ids[-(loaded.longest - wanted) :]
        options = {**entry.request.options, "max_new_tokens": wanted, "typed": typed, "talks": _is_chat(loaded)}
        rows.append(Row({"input_ids": kept, "attention_mask": [1] * len(kept)}, len(ids), options))
    return with_ends(rows, entry)


@torch.inference_mode()
def run(loaded: Loaded, rows: Sequence[Row]) -> list[tuple[list[int], Ending]]:
    """The new tokens of each row, and what ended it before its end."""
    outputs = []
    for row in rows:
        out, ended = generate(loaded, row)
        outputs.append((out[row.read :], ended))
    return outputs


def finish(
    loaded: Loaded, _request: Request, rows: Sequence[Row], outputs: Sequence[tuple[list[int], Ending]]
) -> list[Written]:
    """How each text goes on; a model that was trained to talk can be told what was said before."""
    return written(loaded, rows, outputs, talks=bool(rows[0].options["talks"]))


def _ids(loaded: Loaded, model: str, given: Input) -> list[int]:
    talks = _is_chat(loaded)
    if not talks and not isinstance(given, str):
        raise CannotAnswer("input", f"{model} was not trained to talk, so it cannot converse. Try a chat model.")
    text = given
    if talks:
        turns = [{"role": "user", "content": given}] if isinstance(given, str) else given["messages"]
        text = loaded.tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    # A template writes the special tokens itself.
    ids: list[int] = loaded.tokenizer(text, add_special_tokens=not talks, verbose=False)["input_ids"]
    return ids


def _is_chat(loaded: Loaded) -> bool:
    """Whether the model was trained to talk: a template alone does not say so, as base models carry their family's.

    A model that talks ends where the template ends a turn.
    """
    if not loaded.tokenizer.chat_template:
        return False
    talk = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "\x00"}]
    try:
        shown: str = loaded.tokenizer.apply_chat_template(talk, tokenize=False)
    except TemplateError:
        return False
    ends = loaded.model.generation_config.eos_token_id
    ends = ends if isinstance(ends, list) else [ends]
    end_of_turn = shown.rsplit("\x00", 1)[-1]
    return any(
        token in end_of_turn
        for end in ends
        if end is not None
        if (token := loaded.tokenizer.convert_ids_to_tokens(end))
    )
