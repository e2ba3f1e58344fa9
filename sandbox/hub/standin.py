"""The model behind every provider of this sandbox: a Markov chain over a few lines, and it says so.

It is deterministic: the same messages, model and seed are answered in the same words.
"""

import hashlib
import json
import random
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sandbox.hub import cards

LABEL = "[sandbox provider]"
DEFAULT_MAX_TOKENS = 100
QUOTED_WORDS = 12
TEXT = """
A model is small when it fits beside the data, and large when the data has to wait for it. A small model learns the
task from a few good examples, and a large model learns the examples from a few good tasks. When the loss stops
falling, the data has said what it knows. When the loss falls and the answers stay wrong, the data has said
something else. A good test set is written before the model is trained, and a good model is trained before the test
set is read. The learning rate decides how fast a model forgets, and the batch decides how sure it is of that. Nobody
reads a card that was written in a hurry, and everybody reads the numbers in it.
"""
TOKEN = re.compile(r"\s*\S+")


def tokens_of(text: str) -> list[str]:
    """Words with the space before them: what counts as a token here."""
    return TOKEN.findall(text)


def _chain() -> dict[str, list[str]]:
    words = TEXT.split()
    following: dict[str, list[str]] = defaultdict(list)
    for word, after in zip(words, [*words[1:], words[0]], strict=True):
        following[word].append(after)
    return dict(following)


CHAIN = _chain()
STARTS = sorted({word for word in CHAIN if word[0].isupper()})


@dataclass(frozen=True)
class Utterance:
    tokens: Sequence[str]
    finish_reason: Literal["stop", "length"]


def seeded(*parts: object) -> random.Random:
    """A generator that depends on nothing but these values."""
    return random.Random(hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).digest())


def speak(numbers: random.Random, sentences: int) -> str:
    """So many sentences of the chain."""
    word, words, sentences_so_far = numbers.choice(STARTS), [], 0
    while sentences_so_far < sentences:
        words.append(word)
        sentences_so_far += word.endswith(".")
        word = numbers.choice(STARTS if word.endswith(".") else CHAIN[word])
    return " ".join(words)


def reply(model: str, messages: Sequence[str], options: Mapping[str, object]) -> Utterance:
    """An answer to what was said last; `options` are `max_tokens`, `seed` and `stop`."""
    quoted = " ".join(messages[-1].split()[-QUOTED_WORDS:])
    spoken = speak(seeded(model, *messages, options.get("seed")), sentences=3)
    text = f"{LABEL} You said: “{quoted}”. {spoken}"
    for stop in cards.texts(options, "stop"):
        text = text.partition(stop)[0]
    tokens, limit = tokens_of(text), options.get("max_tokens")
    limit = limit if isinstance(limit, int) and limit else DEFAULT_MAX_TOKENS
    return Utterance(tokens[:limit], "length" if len(tokens) > limit else "stop")
