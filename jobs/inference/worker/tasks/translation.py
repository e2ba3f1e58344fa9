"""The same in another language; `source` and `target` are for models that know several."""

import re
from collections.abc import Iterable
from typing import Any

from transformers import AutoModelForSeq2SeqLM

from jobs.inference.worker.entries import Entry
from jobs.inference.worker.errors import CannotAnswer
from jobs.inference.worker.generation import ensure_options, finish_rewriting, prepare_rewriting, run_rewriting, tuned
from jobs.inference.worker.loading import Loaded, Row

AUTO = AutoModelForSeq2SeqLM
# Each has its own end, so each is run alone.
BATCH = 1
NEEDS = ("tokenizer",)
run, finish = run_rewriting, finish_rewriting
# How NLLB (`deu_Latn`) and mBART (`de_DE`) write their languages as tokens.
LANGUAGE = re.compile(r"[a-z]{2,3}_[A-Z][A-Za-z]{1,3}")
SHOWN = 8


def prepare(loaded: Loaded, entry: Entry) -> list[Row]:
    """CannotAnswer for options out of range, and for a language that the model lacks."""
    ensure_options(entry.request, ("source", "target"))
    own = _languages(loaded, *(entry.request.text_option(name) for name in ("source", "target")))
    usual = getattr(loaded.tokenizer, "src_lang", None)
    try:
        if own.get("source"):
            loaded.tokenizer.src_lang = own["source"]
        return prepare_rewriting(loaded, entry, own)
    finally:
        if usual is not None:
            loaded.tokenizer.src_lang = usual


def _languages(loaded: Loaded, source: str | None, target: str | None) -> dict[str, Any]:
    """How this model is told its languages: by a first token, by a word in the text, or not at all."""
    tokens = language_tokens(loaded.tokenizer)
    if hasattr(loaded.tokenizer, "src_lang") and tokens:
        if target is None:
            raise CannotAnswer("input", f"Into which language? This model knows {_some(tokens)}. Add `target=`.")
        own: dict[str, Any] = {
            "forced_bos_token_id": loaded.tokenizer.convert_tokens_to_ids(tokens[_known(target, tokens, "target")])
        }
        return own | ({"source": _known(source, tokens, "source")} if source else {})
    if tokens and target:
        return {"prefix": f"{tokens[_known(target, tokens, 'target')]} "}
    return _by_prefix(loaded, source, target)


def language_tokens(tokenizer: Any) -> dict[str, str]:
    """Languages that the tokenizer has tokens for, as people write them, with the token of each."""
    if hasattr(tokenizer, "lang_code_to_token"):
        return dict(tokenizer.lang_code_to_token)
    if getattr(tokenizer, "supported_language_codes", None):
        return {code.strip("<>"): code for code in tokenizer.supported_language_codes}
    return {token: token for token in sorted(tokenizer.get_added_vocab()) if LANGUAGE.fullmatch(token)}


def _by_prefix(loaded: Loaded, source: str | None, target: str | None) -> dict[str, Any]:
    """T5 names its pairs `translation_en_to_de` in its config; other models translate one pair only."""
    named = getattr(loaded.model.config, "task_specific_params", None) or {}
    pairs = [name.removeprefix("translation_") for name in named if name.startswith("translation_")]
    start, end = f"{source or ''}_to_".lower(), f"_to_{target or ''}".lower()
    wanted = [pair for pair in pairs if (not source or pair.startswith(start)) and (not target or pair.endswith(end))]
    if pairs and not wanted:
        raise CannotAnswer("input", f"This model translates {_some(pairs)}. Choose with `source=` and `target=`.")
    if wanted:
        return tuned(loaded, f"translation_{wanted[0]}")
    if source or target:
        raise CannotAnswer("input", "This model translates one pair of languages. Leave out `source` and `target`.")
    return tuned(loaded, "translation")


def _known(language: str, tokens: dict[str, str], key: str) -> str:
    """The model's own word for a language; `de` does where one code alone begins so."""
    exact = [code for code in tokens if code.lower() == language.lower()]
    near = exact or [code for code in tokens if code.lower().startswith(language.lower())]
    if len(near) == 1:
        return near[0]
    raise CannotAnswer("input", f"{key}={language} is not clear. This model knows {_some(near or sorted(tokens))}.")


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else ""
    return ", ".join(listed[:SHOWN]) + more
