"""Questions about tables: the cells that transformers' own pipeline finds, and tables as people paste them."""

import uuid

import pytest

from core.errors import Mistake
from core.results import Cells
from core.tables import read_table
from jobs.inference.client import InferenceClient, InferenceFailed
from jobs.inference.protocol import Input, Request
from jobs.inference.worker.tasks.table_question_answering import rows_of
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


def ask(client: InferenceClient, *inputs: Input) -> list[Cells]:
    request = Request(uuid.uuid4().hex, "acme/tables", SHA, "table-question-answering", list(inputs))
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


def test_a_table_is_taken_typed_or_from_a_file_with_several_questions(client: InferenceClient) -> None:
    file = read_table("cities.csv", b"city;people\nbonn;330000\nkiel;250000\nulm;126000\n")
    questions = ("how many people", "which city")
    expected = ask(client, {"table": TABLE, "question": list(questions)})
    assert ask(client, *questions, {"table": file.records()}) == expected
    assert ask(client, *({"table": file.records(), "question": question} for question in questions)) == expected


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
        ([{"table": TABLE}], "What do you want to know"),
        (["which city", {"table": []}], "is no table"),
        (["which city", {"table": "city"}], "is no table"),
        ([{"table": TABLE, "question": "which city " * 100}], "No row of the table fits"),
    ],
)
def test_what_is_wrong_with_a_table_is_said(client: InferenceClient, inputs: list[Input], part: str) -> None:
    with pytest.raises(InferenceFailed) as refusal:
        ask(client, *inputs)
    assert (refusal.value.kind, part in refusal.value.message) == ("input", True)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '[{"city": "bonn", "people": 330000}, {"city": "kiel", "people": 250000}]'),
        ("a.json", '[["city", "people"], ["bonn", 330000], ["kiel", 250000]]'),
        ("a.json", '{"city": ["bonn", "kiel"], "people": [330000, 250000]}'),
        ("a.json", '{"table": [["city", "people"], ["bonn", 330000], ["kiel", 250000]], "question": "x"}'),
        ("a.csv", "city,people\nbonn,330000\nkiel,250000"),
        ("a.csv", "\ufeffcity;people\r\nbonn;330000\r\n\r\nkiel;250000\r\n"),
        ("a.csv", 'city\tpeople\n"bonn"\t330000\nkiel\t250000\n'),
        ("a.csv", "city|people\nbonn|330000\nkiel|250000"),
    ],
)
def test_a_table_is_read_however_it_is_written(name: str, text: str) -> None:
    expected = [["city", "people"], ["bonn", "330000"], ["kiel", "250000"]]
    assert rows_of(read_table(name, text.encode()).records()) == expected


@pytest.mark.parametrize(
    ("table", "part"),
    [
        ({"a": [1] * 3000}, "3,000 rows"),
        ([{f"a{at}": 1 for at in range(60)}], "60 columns"),
        ({"a": {"b": 1}}, "no table"),
    ],
)
def test_a_table_beyond_the_limits_is_refused_with_them(table: object, part: str) -> None:
    with pytest.raises(Mistake) as mistake:
        rows_of(table)
    assert part in str(mistake.value)


def test_short_rows_are_filled_and_empty_cells_are_empty() -> None:
    assert rows_of([["a", "b"], [None, True], [1.5]]) == [["a", "b"], ["", "true"], ["1.5", ""]]
