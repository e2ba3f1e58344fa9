"""Words of the Hub as people know them: a task's other names, a language's name in place of its code."""

from core.commands.languages import CODES, NAMES
from core.commands.near import Correction, NearMiss, nearest
from core.errors import Mistake
from core.hub_tasks import HUB_TASKS
from core.task_choice import known_task, named
from core.tasks import TASKS
from core.words import quote

ALIASES = [alias for about in TASKS.values() for alias in about.aliases]
# The Hub's words are like each other: `video-to-video` may be new, and is no `text-to-video`.
ALMOST_SAME = 0.9
# Codes have two or three letters; what is longer is a name, or a code with its region.
LONGEST_CODE = 3


def hub_task(typed: str) -> str:
    """The Hub's tag for a task; NearMiss where one is spelt almost so. What is near none may be new on the Hub."""
    task = typed.lower()
    if task in HUB_TASKS:
        return task
    if named(task) != task:
        return named(task)
    near = nearest(task, [*HUB_TASKS, *ALIASES], ALMOST_SAME)
    if near:
        raise _near_pair("task", typed, near, "no task that I know")
    return task


def own_task(typed: str) -> str:
    """A task that can be run here, or another name of one; Mistake for any other word."""
    try:
        known_task(typed)
    except Mistake as error:
        near = nearest(typed.lower(), [*TASKS, *ALIASES])
        corrections = [Correction(f"task={near}", key="task")] if near else []
        raise NearMiss(error.sentence, corrections, field="task") from error
    return typed


def language_code(typed: str) -> str:
    """The code of a language that was named, or the code that was typed; NearMiss for a name that is spelt wrong."""
    name = typed.lower()
    if name in NAMES:
        return NAMES[name]
    near = nearest(name, list(NAMES)) if name not in CODES and len(name) > LONGEST_CODE and name.isalpha() else None
    if near:
        raise _near_pair("language", typed, NAMES[near], "no language that I know")
    return name


def _near_pair(key: str, typed: str, meant: str, what: str) -> NearMiss:
    pair = f"{key}={meant}"
    return NearMiss(f"{quote(typed)} is {what}. Did you mean `{pair}`?", [Correction(pair, key=key)], field=key)
