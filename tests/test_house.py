"""The map of the house and its recipes name what is there: each file, function, class and table."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCS = ("docs/architecture.md", "CONTRIBUTING.md")
# `core/runs.py:Runs.apply`, `jobs/publishing/checks/`, `core/ids.py`; `<name>` stands for what is to be written.
NAMED = re.compile(r"`((?:bot|core|handlers|jobs|sandbox|tests|docs|benchmarks)/[\w./-]*)(?::([\w.]+))?`")


def names_in(path: Path) -> set[str]:
    """Functions, classes, methods and tables of a module, methods as `Class.method`."""
    names: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{part.name}" for part in node.body if isinstance(part, ast.FunctionDef)}
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


@pytest.mark.parametrize("document", DOCS)
def test_every_place_that_is_named_is_there(document: str) -> None:
    places = NAMED.findall((ROOT / document).read_text())
    assert len(places) > 10
    assert [path for path, _ in places if not (ROOT / path).exists()] == []
    assert [f"{path}:{name}" for path, name in places if name and name not in names_in(ROOT / path)] == []


def test_the_four_journeys_are_walked_stop_by_stop() -> None:
    text = (ROOT / "docs/architecture.md").read_text()
    journeys = re.findall(r"^### (.+)$", text, re.MULTILINE)
    assert journeys == ["A command", "A run", "A release", "A push"]
    for journey in text.split("\n### ")[1:]:
        stops = re.findall(r"^\d+\. `[^`]+:[^`]+`", journey, re.MULTILINE)
        assert len(stops) >= 5, journey.splitlines()[0]
