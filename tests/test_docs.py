"""The README and its pages document every command, task and setting; `.env.example` names no other setting."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core import commands
from core.commands.tries import RunModel
from core.recipe import TRAINING_TASKS
from core.settings import HELP, settings_table
from core.task_choice import resolve_task, task_implied
from core.tasks import TASKS
from sandbox.seed.contents import REPOS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
TASKS_PAGE = (ROOT / "docs" / "tasks.md").read_text()
TRAINING_PAGE = (ROOT / "docs" / "training.md").read_text()


def test_the_readme_has_the_table_of_commands_as_the_grammar_makes_it() -> None:
    assert commands.commands_table() in README


def test_the_readme_has_the_table_of_settings_as_the_code_makes_it() -> None:
    assert settings_table() in README


def test_the_example_environment_names_every_setting_and_no_other() -> None:
    named = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert sorted(named) == sorted(HELP)


def test_the_page_of_tasks_lists_every_task_with_an_example_and_is_linked() -> None:
    rows = re.findall(r"^\| `([a-z0-9-]+)` \|.*\| `(?:/hf|@hugops) (run [^`]*)`", TASKS_PAGE, re.MULTILINE)
    assert rows == [(task, f"run {about.example}") for task, about in TASKS.items()]
    assert f"`run` and `compare` know {len(TASKS)} tasks" in README


@pytest.mark.parametrize("task", TASKS)
def test_the_example_of_a_task_is_a_command_for_it(task: str) -> None:
    command = commands.parse(f"run {TASKS[task].example}", lambda: datetime.now(UTC))
    assert isinstance(command, RunModel)
    options = command.options.model_dump(exclude_none=True)
    tag = task if command.task is None else "text-generation"
    assert resolve_task(tag, (), command.task or task_implied(options, tag)) == task


def test_the_page_of_training_lists_every_task_with_an_example_that_the_sandbox_has() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \|.*\| `/hf (train [^`]*)` \|$", TRAINING_PAGE, re.MULTILINE)
    assert sorted(task for task, _ in rows) == sorted(TRAINING_TASKS)
    for _, example in rows:
        command = commands.parse(example, lambda: datetime.now(UTC))
        assert isinstance(command, commands.Train)
        assert {command.base, command.dataset} <= set(REPOS)


@pytest.mark.parametrize("page", ["README.md", "docs/tasks.md", "docs/data.md", "docs/training.md"])
def test_every_picture_page_and_place_that_is_linked_to_is_there(page: str) -> None:
    text, folder = (ROOT / page).read_text(), (ROOT / page).parent
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)\)", text)
    assert [link for link in links if not (folder / link).exists()] == []
    heads = [title.lower().replace(" ", "-") for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)]
    assert [link for link in re.findall(r"\]\(#([^)]+)\)", text) if link not in heads] == []
