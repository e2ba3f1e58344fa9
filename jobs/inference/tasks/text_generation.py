"""Text that goes on where the input ends."""

from typing import Any

import torch
from transformers import AutoModelForCausalLM

from jobs.inference.generation import DEFAULT_TOKENS, MOST_TOKENS, how_to_choose
from jobs.inference.loading import Loaded

AUTO = AutoModelForCausalLM


@torch.inference_mode()
def run(loaded: Loaded, groups: list[list[str]], options: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Per text `{"text": what was generated, "new_tokens": n}`; chat models are given their own template."""
    return [[_generate(loaded, text, options) for text in group] for group in groups]


def _generate(loaded: Loaded, text: str, options: dict[str, Any]) -> dict[str, Any]:
    asked = int(options.get("max_new_tokens", DEFAULT_TOKENS))
    wanted = max(1, min(asked, MOST_TOKENS, loaded.longest - 1))
    tokenizer = loaded.tokenizer
    if tokenizer.chat_template:
        message = [{"role": "user", "content": text}]
        text = tokenizer.apply_chat_template(message, tokenize=False, add_generation_prompt=True)
    tokens = tokenizer(text, return_tensors="pt", verbose=False).to(loaded.device)
    room = loaded.longest - wanted
    whole = int(tokens["input_ids"].shape[1])
    # The end of the text matters for what comes next, so a long one loses its beginning.
    ids, seen = tokens["input_ids"][:, -room:], tokens["attention_mask"][:, -room:]
    out = loaded.model.generate(
        input_ids=ids, attention_mask=seen, max_new_tokens=wanted, pad_token_id=tokenizer.pad_token_id
        if tokenizer.pad_token_id is not None else tokenizer.eos_token_id,
        **how_to_choose(options),
    )  # fmt: skip
    new = out[0, ids.shape[1] :]
    note = {"truncated": True, "tokens": whole, "read": room} if whole > room else {}
    clamped = {"clamped": wanted} if wanted < asked else {}
    return {"text": tokenizer.decode(new, skip_special_tokens=True), "new_tokens": len(new), **note, **clamped}
