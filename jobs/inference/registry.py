"""Which tasks quick inference knows, by the Hub's names; free of torch, so that the bot can ask first."""

from collections.abc import Sequence

from bot.blocks.text import quote
from bot.errors import Mistake

TASKS = ("text-classification", "fill-mask", "text-generation", "sentence-similarity")
ALIASES = {"feature-extraction": "sentence-similarity", "sentiment-analysis": "text-classification"}
# The end of an architecture's class name says what the model was made for.
BY_ARCHITECTURE = {
    "ForSequenceClassification": "text-classification",
    "ForMaskedLM": "fill-mask",
    "ForCausalLM": "text-generation",
    "LMHeadModel": "text-generation",
    "Model": "sentence-similarity",
}


def resolve_task(pipeline_tag: str | None, architectures: Sequence[str], asked: str | None) -> str:
    """The task to run: what was asked for, else the Hub's tag, else what the architecture says. Mistake otherwise."""
    if asked:
        task = ALIASES.get(asked, asked)
        if task not in TASKS:
            raise Mistake(f"I cannot run {quote(asked)} yet. I can run {_listed()}.")
        return task
    tag = ALIASES.get(pipeline_tag or "", pipeline_tag or "")
    if tag in TASKS:
        return tag
    if tag:
        raise Mistake(f"This model is for {quote(tag)}, which I cannot run yet. I can run {_listed()}.")
    for architecture in architectures:
        for ending, task in BY_ARCHITECTURE.items():
            if architecture.endswith(ending):
                return task
    raise Mistake(f"The Hub does not say what this model is for. Say it with `task=`: {_listed()}.")


def _listed() -> str:
    return ", ".join(f"`{task}`" for task in TASKS)
