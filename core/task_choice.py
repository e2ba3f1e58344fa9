"""Which task a model is asked for: what was typed, what options belong to, what the Hub says, or its architecture."""

import difflib
from collections.abc import Mapping, Sequence

from core.errors import Mistake
from core.tasks import TASKS
from core.words import quote

_BY_ARCHITECTURE = [(end, task) for task, about in TASKS.items() for end in about.architectures]
# What labels and languages are given to where the model does not say more.
LABELLED, SPOKEN = "zero-shot-classification", "translation"
# What a model with a decoder alone does, whatever its tag says.
GOES_ON = "text-generation"
# So much alike is a name that may be meant.
ALIKE = 0.6
ALL_TASKS = "`/hf help run` lists the tasks."


def resolve_task(pipeline_tag: str | None, architectures: Sequence[str], asked: str | None) -> str:
    """The task to run: what was asked for, else the Hub's tag, else what the architecture says. Mistake otherwise."""
    if asked:
        return known_task(asked)
    tag = named(pipeline_tag or "")
    if tag in TASKS:
        has_decoder_alone = any(architecture.endswith("ForCausalLM") for architecture in architectures)
        return GOES_ON if TASKS[tag].rewrites and has_decoder_alone else tag
    if tag:
        raise Mistake(
            f"This model is for {quote(tag)}, which I cannot run. Choose another model, or say with `task=` "
            f"what else it can do. {ALL_TASKS}"
        )
    made_for = _made_for(architectures)
    if made_for:
        return made_for
    raise Mistake(
        f"The Hub does not say what this model is for. Say it, for example with `task=text-classification`. {ALL_TASKS}"
    )


def task_implied(
    options: Mapping[str, object], pipeline_tag: str | None = None, architectures: Sequence[str] = ()
) -> str | None:
    """The task that an option belongs to alone; None where the options go with several, or the model says more."""
    own = named(pipeline_tag or "") or _made_for(architectures)
    about = TASKS.get(own or "")
    if options.get("labels"):
        return own if about and about.labelled else LABELLED
    if options.get("source") or options.get("target"):
        return own if about and about.spoken else SPOKEN
    return None


def known_task(asked: str) -> str:
    """The task that is called so; Mistake with the nearest ones where none that can be run here is."""
    task = named(asked)
    if task not in TASKS:
        raise Mistake(f"I cannot run {quote(asked)}. {_nearest(asked)}")
    return task


def named(name: str) -> str:
    """The task that has this name or alias; the name itself where none has."""
    return next((task for task, about in TASKS.items() if name in about.aliases), name)


def _made_for(architectures: Sequence[str]) -> str | None:
    """What a model was made for, by the longest end of its class's name that is known."""
    for architecture in architectures:
        ends = [(len(end), task) for end, task in _BY_ARCHITECTURE if architecture.endswith(end)]
        if ends:
            return max(ends)[1]
    return None


def _nearest(asked: str) -> str:
    """The tasks that are called almost so, and where all of them are listed."""
    near = difflib.get_close_matches(asked.lower(), TASKS, 3, ALIKE)
    meant = f"Did you mean {' or '.join(f'`{task}`' for task in near)}? " if near else ""
    return meant + ALL_TASKS
