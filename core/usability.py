"""What can be done with a repo, from what is known of it: the one rule behind every Try and every Fine-tune."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from core.hub_tasks import HUB_TASKS
from core.task_choice import named
from core.tasks import TASKS
from core.words import quote

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
SHARD = re.compile(r"model-\d{5,}-of-\d{5,}\.safetensors")
# Libraries whose repos hold safetensors that are no model by themselves.
PARTIAL = {"diffusers": "it is a pipeline of several models", "peft": "it is an adapter without its base model"}
# Tasks that are not run here, whose models read texts all the same; and one whose models read them and only speak.
TEXT_TASKS, SPEAKING = ("multiple-choice", "table-to-text", "text-retrieval"), "text-to-audio"


@dataclass(frozen=True, kw_only=True)
class Traits:
    """What the Hub tells of a repo. `safe` is that of `Model`; `readable`: whether its files may be read.

    `files` are their paths, None where only a line of a list is known.
    """

    kind: Literal["model", "dataset", "space"] = "model"
    task: str | None = None
    library: str | None = None
    safe: bool | None = None
    needs_code: bool = False
    readable: bool = True
    files: Collection[str] | None = None


@dataclass(frozen=True)
class Usability:
    """Why a repo cannot be tried, and why it cannot be fine-tuned; empty where nothing is known against it."""

    no_try: str
    no_tune: str

    @property
    def reason(self) -> str:
        """What cannot be done with it, and why, as one sentence; empty where all can."""
        if self.no_try and self.no_tune:
            return f"No Try or Fine-tune here: {self.no_try}."
        if self.no_try:
            return f"No Try here: {self.no_try}."
        return f"No Fine-tune here: {self.no_tune}." if self.no_tune else ""


NOTHING_KNOWN = Usability("the Hub does not say what is in it", "the Hub does not say what is in it")


def usability(traits: Traits) -> Usability:
    """What is known to be impossible with a repo of these traits."""
    if traits.kind != "model":
        return Usability(f"it is a {traits.kind}", f"it is a {traits.kind}")
    if obstacle := _obstacle(traits):
        return Usability(obstacle, obstacle)
    task = named(traits.task or "")
    no_try = f"I cannot run {quote(task)}" if task and task not in TASKS else ""
    no_tune = "" if learns_from_texts(task) else "I train models of texts alone"
    return Usability(no_try, no_tune)


def learns_from_texts(task: str) -> bool:
    """Whether a model for this task may be fine-tuned on texts, as far as the task tells."""
    if task in TASKS:
        return TASKS[task].takes_texts and task != SPEAKING
    return task not in HUB_TASKS or task in TEXT_TASKS


def weights(names: Collection[str]) -> list[str]:
    """The safetensors files that transformers would load."""
    if WEIGHTS in names:
        return [WEIGHTS]
    return sorted(name for name in names if SHARD.fullmatch(name)) if INDEX in names else []


def _obstacle(traits: Traits) -> str:
    """Why nothing of it can be loaded."""
    if traits.needs_code:
        return "it runs its own code when loaded, which I never do"
    if traits.safe is False:
        return "its weights are pickle, which can run code"
    if traits.safe is None:
        return "it has no safetensors weights"
    if not traits.readable:
        return "its terms have to be accepted first"
    if traits.library in PARTIAL:
        return PARTIAL[traits.library]
    if traits.files is not None and not weights(traits.files):
        return "its weights are not where transformers looks for them"
    return "" if traits.files is None or "config.json" in traits.files else "it has no config.json"
