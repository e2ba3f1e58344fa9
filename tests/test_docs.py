"""The README documents every command and every setting, and `.env.example` names no setting that is not there."""

import re
from pathlib import Path

from bot import commands
from bot.settings import HELP, settings_table

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_the_readme_has_the_table_of_commands_as_the_grammar_makes_it() -> None:
    assert commands.commands_table() in README


def test_the_readme_has_the_table_of_settings_as_the_code_makes_it() -> None:
    assert settings_table() in README


def test_the_example_environment_names_every_setting_and_no_other() -> None:
    named = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert sorted(named) == sorted(HELP)


def test_every_picture_and_page_that_the_readme_links_to_is_there() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert [link for link in links if not (ROOT / link).exists()] == []
