"""Questions about tables: the cells that transformers' own pipeline finds, and tables as people paste them."""

import json
import uuid
from pathlib import Path

import pytest

from core.errors import Mistake
from core.results import Cells
from core.tables import read_table
from jobs.inference.client import InferenceClient, InferenceFailed
from jobs.inference.protocol import Input, Request
from world import sound_models
from world.model_shelf import SHA, Shelf, results_of

pytestmark = pytest.mark.xdist_group("inference")
TABLE = [["city", "people"], ["bonn", "330000"], ["kiel", "250000"], ["ulm", "126000"]]


@pytest.fixture(scope="module")
def shelf(shared_shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    files = tmp_path_factory.mktemp("tapas")
    sound_models.save_tapas(files, ["city", "people", "bonn", "kiel", "how", "many", "which"])
    shared_shelf.put("acme/tables", files)
    return shared_shelf


def ask(client: InferenceClient, *inputs: Input, folder: Path | None = None) -> list[Cells]:
    request = Request(
        uuid.uuid4().hex, "acme/tables", SHA, "table-question-answering", list(inputs), folder=str(folder or "")
    )
    return results_of(client.ask(request, 60), Cells)


def test_the_cells_are_those_of_the_pipeline(client: InferenceClient, shelf: Shelf) -> None:
    import pandas as pd
    from transformers import pipeline

    answering = pipeline("table-question-answering", model=str(shelf.snapshot("acme/tables")))
    frame = pd.DataFrame(TABLE[1:], columns=TABLE[0], dtype=object)
    questions = ["how many people", "which city", "bonn"]
    found = ask(client, {"table": TABLE, "question": questions})
    for question, result in zip(questions, found, strict=True):
        expected = answering(table=frame, query=question)
        assert (result.question, result.answer, list(result.cells)) == (
            question,
            expected["answer"],
            expected["cells"],
        )
        assert list(result.coordinates) == expected["coordinates"]
        assert result.aggregator == expected["aggregator"].replace("NONE", "")
        assert result.table == TABLE
    assert [(result.aggregator, result.value) for result in found] == [
        ("SUM", 126_000),
        ("SUM", 456_000),
        ("COUNT", 1),
    ]


def test_a_table_is_taken_typed_or_from_a_file_with_several_questions(client: InferenceClient, tmp_path: Path) -> None:
    (tmp_path / "cities.csv").write_text("city;people\nbonn;330000\nkiel;250000\nulm;126000\n")
    questions = ("how many people", "which city")
    expected = ask(client, {"table": TABLE, "question": list(questions)})
    assert ask(client, *questions, {"file": "cities.csv"}, folder=tmp_path) == expected
    assert ask(client, json.dumps(TABLE), *questions) == expected
    assert ask(client, json.dumps({"table": TABLE, "question": questions[0]})) == expected[:1]


def test_a_table_that_is_too_long_is_read_as_far_as_it_goes(client: InferenceClient) -> None:
    rows = [["city", "people"], *([f"bonn {number}", str(number)] for number in range(400))]
    (result,) = ask(client, {"table": rows, "question": "how many people"})
    assert result.note
    assert result.note.whole == 400
    assert 0 < result.note.read < 100


@pytest.mark.parametrize(
    ("inputs", "part"),
    [
        (["which city"], "needs the table"),
        ([json.dumps(TABLE)], "What do you want to know"),
        (["which city", "[[1, 2"], "not valid JSON near character 7"),
        (["which city", "[]"], "This JSON is no table"),
        (["which city", {"file": "a.bin"}], "holds no text"),
        (["which city", {"file": "b.csv"}], "at least one row"),
        (["which city " * 100, json.dumps(TABLE)], "No row of the table fits"),
    ],
)
def test_what_is_wrong_with_a_table_is_said(
    client: InferenceClient, tmp_path: Path, inputs: list[Input], part: str
) -> None:
    (tmp_path / "a.bin").write_bytes(bytes(range(256)))
    (tmp_path / "b.csv").write_text("city,people\n")
    with pytest.raises(InferenceFailed) as refusal:
        ask(client, *inputs, folder=tmp_path)
    assert (refusal.value.kind, part in refusal.value.message) == ("input", True)


@pytest.mark.parametrize(
    "text",
    [
        '[{"city": "bonn", "people": 330000}, {"city": "kiel", "people": 250000}]',
        '[["city", "people"], ["bonn", 330000], ["kiel", 250000]]',
        '{"city": ["bonn", "kiel"], "people": [330000, 250000]}',
        '{"table": [["city", "people"], ["bonn", 330000], ["kiel", 250000]], "question": "x"}',
        "city,people\nbonn,330000\nkiel,250000",
        "\ufeffcity;people\r\nbonn;330000\r\n\r\nkiel;250000\r\n",
        'city\tpeople\n"bonn"\t330000\nkiel\t250000\n',
        "city|people\nbonn|330000\nkiel|250000",
    ],
)
def test_a_table_is_read_however_it_is_written(text: str) -> None:
    assert read_table(text) == [["city", "people"], ["bonn", "330000"], ["kiel", "250000"]]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("a\n" + "1\n" * 3000, "3,000 rows"),
        (",".join("a" * 60) + "\n" + ",".join("1" * 60), "60 columns"),
        ("x" * 1_000_001, "1,000,001 characters"),
        ("[" * 100_000, "not valid JSON"),
        ('{"a": {"b": 1}}', "no table"),
    ],
)
def test_a_table_beyond_the_limits_is_refused_with_them(text: str, part: str) -> None:
    with pytest.raises(Mistake) as mistake:
        read_table(text)
    assert part in str(mistake.value)


def test_short_rows_are_filled_and_empty_cells_are_empty() -> None:
    assert read_table('[["a", "b"], [null], [true, 1.5, 3]]') == [["a", "b"], ["true", "1.5"]]
    assert read_table("a,b\n1\n") == [["a", "b"], ["1", ""]]
