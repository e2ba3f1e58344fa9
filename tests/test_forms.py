"""Forms: each asks for all that its command takes, for a task only what the task takes, and begins where one types."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from core.blocks.compare_form import build_compare_form
from core.blocks.forms import build_dataset_form, build_tokenize_form, build_tune_form, build_watch_form
from core.blocks.parts import View
from core.blocks.publish_form import build_publish_form
from core.blocks.search_form import build_search_form
from core.blocks.try_form import TryFields, along, build_try_form
from core.commands import GRAMMAR, Compare, InspectDataset, RunModel, Search, Tokenize, Train
from core.commands.command import Command
from core.commands.keys import keys_of
from core.commands.openings import FORMS
from core.commands.releases import Publish
from core.commands.runs import ListRuns
from core.commands.watches import AddWatch
from core.tasks import TASKS
from handlers.forms.try_model import fitting_tasks
from world.core import Team


def fields_of(view: View) -> dict[str, dict[str, Any]]:
    return {block["block_id"]: block for block in view["blocks"] if block["type"] == "input"}


@pytest.fixture
def views(tmp_path: Path) -> Iterator[dict[type[Command], View]]:
    """Every form, as it opens when nothing is known."""
    team = Team(tmp_path)
    yield {
        Search: build_search_form("{}"),
        RunModel: build_try_form(TryFields(), "{}"),
        Compare: build_compare_form({}, "{}"),
        InspectDataset: build_dataset_form({}, "{}"),
        Tokenize: build_tokenize_form({}, "{}"),
        Train: build_tune_form({}, "{}"),
        Publish: build_publish_form(team.finished_run(), ("acme",), {}),
        AddWatch: build_watch_form({}, "{}"),
    }
    team.database.close()


# What is typed as words and not as `key=value`, and files, which no line carries.
WORDS: Mapping[type[Command], set[str]] = {
    Search: {"kind", "words"},
    RunModel: {"model", "text", "files"},
    Compare: {"model", "other", "inputs", "files", "dataset"},
    InspectDataset: {"dataset"},
    Tokenize: {"model", "other", "text"},
    Train: {"base", "dataset", "at", "every"},
    Publish: {"owner", "repo", "visibility"},
    AddWatch: {"target"},
}


def test_every_command_with_keys_has_a_form_that_asks_for_all_of_them(views: dict[type[Command], View]) -> None:
    assert {form.command for form in FORMS.values()} == set(views)
    # A list is there without being asked for anything.
    assert {command for command in GRAMMAR.commands if keys_of(command)} - {ListRuns} <= set(views)
    asked = {command: set(fields_of(view)) for command, view in views.items()}
    assert asked == {command: {*WORDS[command], *keys_of(command)} for command in views}


def test_every_form_names_its_keys_as_they_are_typed_and_ends_with_the_command(
    views: dict[type[Command], View],
) -> None:
    for command, view in views.items():
        shown = fields_of(view)
        assert {name: shown[name]["label"]["text"] for name in keys_of(command)} == {
            name: name for name in keys_of(command)
        }
        assert f"`/hf {command.name} " in str(view["blocks"][-1])


def test_the_form_of_a_training_begins_with_what_is_mostly_asked(views: dict[type[Command], View]) -> None:
    usual = [
        "base",
        "dataset",
        "epochs",
        "lr",
        "batch",
        "max_samples",
        "at",
        "every",
        "name",
        "task",
        "text",
        "pair",
        "label",
        "config",
    ]
    shown = views[Train]["blocks"]
    ids = [block.get("block_id") for block in shown]
    assert ids[: len(usual)] == usual
    assert shown[len(usual)]["type"] == "divider"


# Of each task: the fields of its form that must be filled, and the keys that it has; `via` and `dtype` go with all.
OF_TASKS = [
    ("text-classification", [], ["column"]),
    ("zero-shot-classification", ["labels"], ["column", "labels"]),
    ("question-answering", ["question"], ["column", "question"]),
    ("translation", [], ["column", "source", "target", "max_new_tokens", "temperature", "top_p", "seed"]),
    ("text-generation", [], ["column", "max_new_tokens", "temperature", "top_p", "seed"]),
    ("image-classification", ["files"], []),
    ("zero-shot-image-classification", ["files", "labels"], ["labels"]),
    ("visual-question-answering", ["text", "files"], []),
    ("audio-classification", ["files"], []),
    ("table-question-answering", ["text", "files"], ["column"]),
]


@pytest.mark.parametrize(("task", "needed", "keys"), OF_TASKS)
@pytest.mark.parametrize("is_chosen", [True, False])
def test_a_known_task_has_its_own_fields_and_marks_those_it_needs(
    task: str, needed: list[str], keys: list[str], is_chosen: bool
) -> None:
    shown = fields_of(
        build_try_form(TryFields("a/b", task=task), "{}")
        if is_chosen
        else build_try_form(TryFields("a/b"), "{}", known=task)
    )
    assert {name for name, block in shown.items() if not block["optional"]} == {"model", *needed}
    assert set(shown) & set(keys_of(RunModel)) == {"task", "via", "dtype", *keys}
    assert ("text" in shown) == bool(TASKS[task].reads & {"text", "table"})


@pytest.mark.parametrize("task", TASKS)
def test_the_cursor_stands_where_one_types_and_an_example_shows_what(task: str) -> None:
    shown = fields_of(build_try_form(TryFields("a/b", task=task), "{}"))
    focused = [name for name, block in shown.items() if block["element"].get("focus_on_load")]
    assert focused == [name for name in ("question", "text") if name in shown][:1]
    for name in focused:
        example = shown[name]["element"]["placeholder"]["text"]
        assert example in TASKS[task].example.replace("\\", "") or not TASKS[task].example.count('"')


def test_without_a_model_the_cursor_stands_at_the_model() -> None:
    for view in (build_try_form(TryFields(), "{}"), build_try_form(TryFields(text="hi", task="fill-mask"), "{}")):
        assert [name for name, each in fields_of(view).items() if each["element"].get("focus_on_load")] == ["model"]


def test_what_was_filled_in_for_another_task_is_not_lost() -> None:
    shown = fields_of(build_try_form(TryFields("a/b", "hi", "image-classification", {"labels": "x"}), "{}"))
    assert shown["labels"]["element"]["initial_value"] == "x"
    assert shown["text"]["element"]["initial_value"] == "hi"


@pytest.mark.parametrize(
    ("name", "mimetype", "reads", "has_text", "keys"),
    [
        ("a.png", "image/png", "image", True, {"labels"}),
        ("a.wav", "audio/wav", "audio", True, {"source", "target"}),
        ("a.mp4", "video/mp4", "video", False, set()),
        ("a.csv", "text/csv", "table", True, {"column"}),
        ("a.txt", "text/plain", "text", True, {"column"}),
    ],
)
def test_a_message_with_a_file_is_tried_with_the_tasks_and_fields_that_fit_its_kind(
    name: str, mimetype: str, reads: str, has_text: bool, keys: set[str]
) -> None:
    tasks = fitting_tasks([{"id": "F1", "name": name, "mimetype": mimetype}])
    assert tasks == tuple(
        task for task, about in TASKS.items() if reads in about.reads or (reads == "table" and "text" in about.reads)
    )
    shown = fields_of(build_try_form(TryFields(along=along((name,)), tasks=tasks), "{}"))
    offered = [option["value"] for option in shown["task"]["element"]["options"]]
    assert (offered, "files" in shown, "text" in shown) == (list(tasks), False, has_text)
    assert keys <= set(shown)


def test_a_message_of_words_alone_is_tried_with_every_task() -> None:
    assert fitting_tasks([]) == ()
    offered = fields_of(build_try_form(TryFields(text="hi"), "{}"))["task"]["element"]["options"]
    assert [option["value"] for option in offered] == list(TASKS)
