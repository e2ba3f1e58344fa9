"""Which task is trained and which columns are read: what was asked for, else what the data is made for."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset

from core import commands
from core.commands import Train
from core.commands.keys import keys_of
from core.errors import Mistake
from core.recipe import TRAINING_TASKS
from jobs.training.errors import RunError
from jobs.training.examination import choose_task
from world.examiner import Examiner, examiner, inspector

__all__ = ["examiner", "inspector"]  # fixtures

N = 60
TEXTS = [f"a text, number {at}" for at in range(N)]
TWO = ["yes", "no"] * (N // 2)
FRACTIONS = [at % 17 / 4 for at in range(N)]
PAIR = {"premise": TEXTS, "hypothesis": TEXTS[::-1]}
STARS = [1 + at % 5 for at in range(N)]
NUMBERED = [(f"note number {at}", f"{at % 7 + 0.5}") for at in range(N)]
SEVERAL = [(f"note number {at}", ("red|blue", "red", "blue|green")[at % 3]) for at in range(N)]


def dataset_of(**columns: list[Any]) -> Dataset:
    return Dataset.from_dict(columns)


@pytest.mark.parametrize(
    ("label", "task"),
    [
        (TWO, "text-classification"),
        ([0, 1, 2] * 20, "text-classification"),
        ([float(at % 3) for at in range(N)], "text-classification"),
        ([0.0, 1.0, None] * 20, "text-classification"),
        ([0.5, 1.0] * 30, "text-classification"),
        (STARS, "text-classification"),
        (list(range(30)) * 2, "text-classification"),
        ([True, False] * 30, "text-classification"),
        (FRACTIONS, "regression"),
        ([1.5, None, 2.0] * 10 + [3.0] * 30, "regression"),
        ([18 + 2 * (at % 40) for at in range(N)], "regression"),
        ([100 * at**2 for at in range(N)], "regression"),
    ],
)
def test_a_column_of_numbers_that_were_measured_is_predicted_and_any_other_has_classes(
    label: list[Any], task: str
) -> None:
    found, guess = choose_task(dataset_of(text=TEXTS, label=label), {})
    assert (found.name, guess) == (task, {"text": "text", "label": "label"})


@pytest.mark.parametrize(
    ("rows", "task", "columns"),
    [
        (
            dataset_of(sentence1=TEXTS, sentence2=TEXTS[::-1], score=FRACTIONS),
            "regression",
            {"text": "sentence1", "text_pair": "sentence2", "label": "score"},
        ),
        (
            dataset_of(id=list(range(N)), words=TEXTS, price=[at * 1.25 for at in range(N)]),
            "regression",
            {"text": "words", "label": "price"},
        ),
        (
            dataset_of(text=TEXTS, kind=TWO, sure=FRACTIONS),
            "text-classification",
            {"text": "text", "label": "kind"},
        ),
        (
            dataset_of(text=TEXTS, sentiment=TWO, score=FRACTIONS),
            "text-classification",
            {"text": "text", "label": "sentiment"},
        ),
    ],
)
def test_numbers_beside_classes_are_no_label(rows: Dataset, task: str, columns: dict[str, str]) -> None:
    found, guess = choose_task(rows, {})
    assert (found.name, guess) == (task, columns)


@pytest.mark.parametrize(
    ("asked", "columns"),
    [
        ({}, {"text": "premise", "text_pair": "hypothesis"}),
        ({"text": "premise"}, {"text": "premise"}),
        ({"text": "hypothesis", "text_pair": "premise"}, {"text": "hypothesis", "text_pair": "premise"}),
        ({"text_pair": "hypothesis"}, {"text": "premise", "text_pair": "hypothesis"}),
        ({"text_pair": "premise"}, {"text": "hypothesis", "text_pair": "premise"}),
        ({"text_pair": "note"}, {"text": "premise", "text_pair": "note"}),
        ({"text": "note", "text_pair": "premise"}, {"text": "note", "text_pair": "premise"}),
    ],
)
@pytest.mark.parametrize(("label", "task"), [(TWO, "text-classification"), (FRACTIONS, "regression")])
def test_each_text_of_a_pair_can_be_named(
    asked: dict[str, str], columns: dict[str, str], label: list[Any], task: str
) -> None:
    rows = dataset_of(**PAIR, note=["a note"] * N, label=label)
    found, guess = choose_task(rows, asked)
    assert (found.name, guess) == (task, {**columns, "label": "label"})


def test_one_column_is_not_read_twice() -> None:
    with pytest.raises(RunError, match=r"`premise` cannot be two columns at once\. Name another one\."):
        choose_task(dataset_of(**PAIR, label=TWO), {"text": "premise", "text_pair": "premise"})


def written(folder: Path, columns: dict[str, list[Any]]) -> Path:
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    (folder / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


@pytest.mark.parametrize(
    ("task", "label", "seen"),
    [
        (None, STARS, ("text-classification", "", {str(star): 12 for star in range(1, 6)})),
        ("regression", STARS, ("regression", "1 to 5, 3 on average", {"stars": 0})),
        ("text-classification", [at % 4 / 2 for at in range(N)], ("text-classification", "", None)),
        (None, [at % 4 / 2 for at in range(N)], ("regression", "0 to 1.5, 0.75 on average", {"stars": 0})),
    ],
)
def test_a_task_that_is_named_takes_the_place_of_that_of_the_data(
    examiner: Examiner, tmp_path: Path, task: str | None, label: list[Any], seen: tuple[str, str, dict[str, int] | None]
) -> None:
    answer = examiner.ask(written(tmp_path, {"text": TEXTS, "stars": label}), task=task)
    counts = {"0": 15, "0.5": 15, "1": 15, "1.5": 15} if seen[2] is None else seen[2]
    assert answer["trainable"], answer["problems"]
    assert (answer["task"], answer["spread"], answer["counts"]) == (*seen[:2], counts)


@pytest.mark.parametrize(
    ("task", "columns", "problem"),
    [
        (
            "token-classification",
            {"text": TEXTS, "label": TWO},
            (
                "`task=token-classification` needs lists of words, and a tag a word (`B-…`, `I-…` or `O`), which "
                "is not what is here. The columns are `text` and `label`."
            ),
        ),
        (
            "regression",
            {"text": TEXTS, "kind": TWO},
            (
                "`task=regression` needs a text and a number a row, which is not what is here. The columns are `text` "
                "and `kind`."
            ),
        ),
        (
            "text-classification",
            {"text": TEXTS, "label": [at * 1.5 for at in range(N)]},
            (
                "`task=text-classification` needs a text and a class a row, which is not what is here. The columns are "
                "`text` and `label`."
            ),
        ),
    ],
)
def test_a_task_that_the_data_does_not_fit_is_refused_in_one_sentence(
    examiner: Examiner, tmp_path: Path, task: str, columns: dict[str, list[Any]], problem: str
) -> None:
    answer = examiner.ask(written(tmp_path, columns), task=task)
    assert (answer["trainable"], answer["problems"]) == (False, [problem])


def test_half_of_a_pair_is_not_lost_in_silence(examiner: Examiner, tmp_path: Path) -> None:
    folder = written(tmp_path, {**PAIR, "label": TWO})
    said = "`premise` is read alone, without `hypothesis`. `pair=hypothesis` reads both."
    assert said in examiner.ask(folder, text="premise")["problems"]
    both = examiner.ask(folder, text="premise", pair="hypothesis")
    assert both["roles"] == {"text": "premise", "text_pair": "hypothesis", "label": "label"}
    assert said not in both["problems"]


def test_train_takes_a_task_that_can_be_trained_and_names_those_there_are() -> None:
    assert keys_of(Train)["task"].choices == TRAINING_TASKS

    def read(text: str) -> commands.Command:
        return commands.parse(text, lambda: datetime.now(UTC))

    command = read("train a/b on c/d task=Regression text=a pair=b label=c")
    assert isinstance(command, Train)
    assert (command.task, command.columns.model_dump()) == ("regression", {"text": "a", "pair": "b", "label": "c"})
    assert read(commands.to_text(command)) == command
    with pytest.raises(Mistake, match=r"`task=regresion` is not known\..*Try `task=regression`"):
        read("train a/b on c/d task=regresion")
    with pytest.raises(Mistake, match=r"`text_pair=` is not a key of `train`\. Did you mean `pair="):
        read("train a/b on c/d text_pair=b")


@pytest.mark.parametrize(
    ("train", "new", "task"), [(NUMBERED, "9.25", "regression"), (SEVERAL, "red|green", "multi-label-classification")]
)
def test_answers_that_are_no_choice_among_labels_may_be_new_in_the_test_rows(
    inspector: Examiner, tmp_path: Path, train: list[tuple[str, str]], new: str, task: str
) -> None:
    for split, rows in (("train", train), ("test", [("another note", new), ("one more", train[0][1])])):
        (tmp_path / f"{split}.csv").write_text("\n".join(["text,label", *map(",".join, rows)]) + "\n")
    seen = inspector.ask(tmp_path)
    assert (seen["task"], seen["trainable"], seen["problems"]) == (task, True, [])


@pytest.mark.parametrize("rows", [NUMBERED, SEVERAL])
def test_two_answers_to_one_text_are_told_whatever_they_are(
    inspector: Examiner, tmp_path: Path, rows: list[tuple[str, str]]
) -> None:
    (tmp_path / "train.csv").write_text("\n".join(["text,label", *map(",".join, [*rows, (rows[0][0], rows[1][1])])]))
    problems = inspector.ask(tmp_path)["problems"]
    assert any(problem.startswith("Different labels for the same text: 1 text") for problem in problems)
