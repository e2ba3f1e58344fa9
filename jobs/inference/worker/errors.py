"""What can go wrong in the worker, as kinds and sentences; the one table from a library's error to both."""

import json
import logging

from httpx2 import HTTPError
from huggingface_hub.errors import (
    GatedRepoError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

log = logging.getLogger(__name__)

# From the error's class to the kind and the end of the sentence that begins with the model's name; the first that
# fits the error, or one of those it came from, wins.
KNOWN: tuple[tuple[type[BaseException], str, str], ...] = (
    (GatedRepoError, "hub", "is gated: ask for access on its page, then try again."),
    (RepositoryNotFoundError, "hub", "is not on the Hub any more, or it is private to others."),
    (RevisionNotFoundError, "hub", "does not have this commit any more. Try it without a revision."),
    (MemoryError, "memory", "ran out of memory. Try a shorter text, a smaller picture or a smaller model."),
    (json.JSONDecodeError, "model", "has a configuration that is not valid JSON. Try another revision."),
    (UnicodeDecodeError, "model", "has a configuration that is not valid JSON. Try another revision."),
)
# Only after all of the above: what these came from says more.
HUB_TROUBLE = (HTTPError, LocalEntryNotFoundError, ConnectionError)
# Libraries that say it in words only, or by classes that would have to be imported for this alone.
BY_WORDS = (
    ("OutOfMemoryError", "memory", "ran out of memory. Try a shorter text, a smaller picture or a smaller model."),
    ("can't allocate memory", "memory", "ran out of memory. Try a shorter text, a smaller picture or a smaller model."),
    ("No space left on device", "hub", "could not be stored: the disk is full. Ask whoever runs me to make room."),
    ("SafetensorError", "model", "has a weights file that is damaged. Try another revision."),
    (
        "does not recognize this architecture",
        "model",
        "has an architecture that transformers here does not know. Choose another model.",
    ),
    ("Unrecognized configuration class", "model", "has an architecture that cannot do this task. Try another `task=`."),
    ("Unrecognized model", "model", "does not say in its config.json which architecture it has. Choose another model."),
    (
        "index out of range in self",
        "model",
        "has a tokenizer of another model: its weights have no place for some tokens. Try another revision.",
    ),
    ("size mismatch", "model", "has weights that do not fit its config.json. Try another revision."),
    ("ignore_mismatched_sizes", "model", "has weights that do not fit its config.json. Try another revision."),
    (
        "requires the SentencePiece",
        "model",
        "needs the Python package sentencepiece. Ask whoever runs me to install it.",
    ),
    (
        "need to have sentencepiece",
        "model",
        "needs the Python package sentencepiece. Ask whoever runs me to install it.",
    ),
    ("num2words", "model", "needs the Python package num2words. Ask whoever runs me to install it."),
    (
        "torchvision",
        "model",
        "is read by a processor that needs torchvision, which is not installed here. Try another model for this task.",
    ),
    ("Requires timm", "model", "needs the Python package timm. Try a model of transformers' own for this task."),
    ("requires the timm", "model", "needs the Python package timm. Try a model of transformers' own for this task."),
    (
        "preprocessor_config.json",
        "model",
        "does not say how it reads its input: its preprocessor_config.json is wrong. Choose another model.",
    ),
    (
        "Unrecognized image processor",
        "model",
        "does not say in its preprocessor_config.json how it reads pictures. Choose another model.",
    ),
    ("Unrecognized processing class", "model", "does not say how it reads its input. Try another model for this task."),
    ("phonemizer", "model", "needs the Python package phonemizer and espeak-ng. Ask whoever runs me to install them."),
    ("kenlm", "model", "needs the Python packages pyctcdecode and kenlm. Ask whoever runs me to install them."),
    ("pyctcdecode", "model", "needs the Python packages pyctcdecode and kenlm. Ask whoever runs me to install them."),
    ("g2p_en", "model", "needs the Python package g2p_en. Ask whoever runs me to install it."),
    ("tokenizer", "model", "has no tokenizer that can be loaded, so it cannot read text. Try the model it came from."),
)


class CannotAnswer(Exception):
    """`kind` is input, model, memory, busy, timeout or hub; `message` is a sentence for the person."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


def translate(error: BaseException, model: str) -> CannotAnswer:
    """The kind and sentence of any error of loading or running. Logs nothing: its text may hold a person's words."""
    if isinstance(error, CannotAnswer):
        return error
    chain = _chain(error)
    for known, kind, end in KNOWN:
        if any(isinstance(each, known) for each in chain):
            return CannotAnswer(kind, f"{model} {end}")
    if any(isinstance(each, HUB_TROUBLE) for each in chain):
        return CannotAnswer("hub", f"{model} could not be fetched from the Hub. Try again in a minute.")
    words = " ".join(f"{type(each).__name__}: {each}" for each in chain).casefold()
    for part, kind, end in BY_WORDS:
        if part.casefold() in words:
            return CannotAnswer(kind, f"{model} {end}")
    return CannotAnswer("model", f"{model} could not be run; the worker's log has the reason. Try another model.")


def _chain(error: BaseException) -> list[BaseException]:
    """The error and those that it came from, the nearest first."""
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or link.__context__
    return chain
