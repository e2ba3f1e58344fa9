"""Every task has a file for its model that offers what the worker calls, and answers with results."""

import inspect
from collections.abc import Sequence
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from core.results import Result
from core.tasks import TASKS
from jobs.inference.protocol import TOKENIZE
from jobs.inference.worker.tasks import has_graph, load_task

PARAMETERS = {
    "prepare": ["loaded", "entry"],
    "run": ["loaded", "rows"],
    "finish": ["loaded", "request", "rows", "outputs"],
}


@pytest.mark.parametrize("name", [*TASKS, TOKENIZE])
def test_the_file_of_a_task_offers_what_the_worker_calls(name: str) -> None:
    task = load_task(name)
    for verb, names in PARAMETERS.items():
        parameters = inspect.signature(getattr(task, verb)).parameters
        assert [each.lstrip("_") for each in parameters] == names
    assert kinds(get_type_hints(task.finish)["return"]) <= set(get_args(Result))
    assert task.BATCH > 0
    assert set(task.NEEDS) <= {"tokenizer", "images", "sounds", "processor"}
    assert not has_graph(task) or (isinstance(task.AUTO, str) and task.OUTPUTS)


def kinds(annotation: Any) -> set[type]:
    """The classes of the results in a list."""
    assert get_origin(annotation) in (list, Sequence)
    (each,) = get_args(annotation)
    return set(get_args(each)) if isinstance(each, UnionType) else {each}
