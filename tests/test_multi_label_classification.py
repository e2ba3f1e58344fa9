"""Training of several classes a text: lists are read as they are, each class is judged for itself, and none is fine."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from datasets import ClassLabel, Dataset, DatasetDict, Features, List, Value
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score

from core.figures import is_no_better, read_figures
from core.recipe import Recipe
from core.results import Scores
from jobs.inference.client import InferenceClient
from jobs.training.errors import RunError
from jobs.training.examination import choose_task
from jobs.training.splits import prepare
from jobs.training.tasks.multi_label_classification import ManyLabelAssessment, ManyLabelledTexts
from world.model_shelf import Shelf, ask, results_of
from world.training import events_of, finish, last, save_base, write_recipe

COLUMNS = {"text": "text", "label": "topics"}
N = 40
TEXTS = [f"text {at}" for at in range(N)]
TOPICS = [["money"], ["money", "post"], [], ["post"]] * (N // 4)
NAMES = ["money", "post"]
# Words that make a text of a class, each with the word that stands in its place where it is not.
WORDS = {"bill": ("money", "hello"), "parcel": ("post", "today"), "crash": ("app", "please")}


def recipe_for(**changes: Any) -> Recipe:
    base, data = ({"repo": repo, "revision": "main"} for repo in ("org/base", "acme/mails"))
    task = "multi-label-classification"
    return Recipe.model_validate({"task": task, "base": base, "dataset": data, "columns": COLUMNS, **changes})


def rows_of(topics: list[Any], feature: Any = None, **more: list[Any]) -> Dataset:
    columns = {"text": TEXTS[: len(topics)], "topics": topics, **more}
    features = Features({"text": Value("string"), "topics": feature}) if feature is not None else None
    return Dataset.from_dict(columns, features=features)


BARS = ["money", "money | post", None, "post"] * (N // 4)
DECLARED = [[0], [0, 1], [], [1, -1]] * (N // 4)


@pytest.mark.parametrize(
    ("rows", "task", "label"),
    [
        (rows_of(TOPICS), "multi-label-classification", "topics"),
        (rows_of(DECLARED, List(ClassLabel(names=NAMES))), "multi-label-classification", "topics"),
        (rows_of([[1], [1, 7], [], [7]] * 10), "multi-label-classification", "topics"),
        (rows_of(BARS), "multi-label-classification", "topics"),
        (rows_of([cell and cell.replace(" | ", ";") for cell in BARS]), "multi-label-classification", "topics"),
        (rows_of(TOPICS, kind=["a", "b"] * 20), "multi-label-classification", "topics"),
        (rows_of(TOPICS, label=["a", "b"] * 20), "text-classification", "label"),
        (
            rows_of([["B-PER", "O"], ["O", "B-PER"]] * 20, tokens=[["Ana", "came"]] * N),
            "token-classification",
            "topics",
        ),
        (rows_of([f"a {at} | b {at}" for at in range(N)], label=["a", "b"] * 20), "text-classification", "label"),
        (rows_of([f"a; b{at % 2}" for at in range(N)], label=["a", "b"] * 20), "text-classification", "label"),
    ],
)
def test_lists_of_classes_are_a_task_of_their_own(rows: Dataset, task: str, label: str) -> None:
    found, guess = choose_task(rows, {})
    assert (found.name, guess["label"]) == (task, label)


@pytest.mark.parametrize(
    ("rows", "left_out"),
    [
        (rows_of(TOPICS), 0),
        (rows_of(DECLARED, List(ClassLabel(names=NAMES))), 0),
        (rows_of([None if topics == [] else [*topics, *topics] for topics in TOPICS]), 10),
        (rows_of(BARS), 10),
    ],
)
def test_a_row_of_no_class_is_learned_and_one_without_a_list_left_out(rows: Dataset, left_out: int) -> None:
    data = prepare(recipe_for(), DatasetDict(train=rows))
    every = [*data.train.labels, *data.validation.labels, *data.test.labels]
    assert (data.labels, data.unlabelled, len(every)) == (NAMES, left_out, N - left_out)
    assert sorted(map(len, every)) == [0] * (10 - left_out) + [1] * 20 + [2] * 10


def test_each_split_that_is_made_has_the_rarest_class() -> None:
    rare = [[*topics, "rare"] if at % 10 == 0 else topics for at, topics in enumerate(TOPICS)]
    data = prepare(recipe_for(), DatasetDict(train=rows_of(rare)))
    assert [part.counts()["rare"] for part in (data.train, data.validation, data.test)] == [2, 1, 1]


@pytest.mark.parametrize(
    ("topics", "reason"),
    [
        ([], "The training split has no rows with a text. Check the file, or choose another split."),
        (TOPICS[:6], "The training split has 6 rows; at least 20 are needed."),
        ([[]] * N, "No row has a class in the column `topics`. Choose another with `label=…`."),
        ([["post", "money"]] * N, "Every row has all classes (`money` and `post`): there is nothing to tell apart."),
        (
            [["odd"], *TOPICS[1:]],
            "Each class needs at least 2 rows; too few have `odd`. Add rows or take the class out.",
        ),
        (
            ["money, post", "post"] * 11 + ["money, app"] * 8,
            "The classes in `topics` have commas between them. Write `|` or `;` there, or a list.",
        ),
        (
            [[0, 1, 1], [1, 0, 0]] * 20,
            "The lists in `topics` are 0s and 1s. Write the names of the classes that each row has.",
        ),
        ([1, 2] * 20, "The column `topics` does not hold lists of classes. Columns that do: none."),
    ],
)
def test_each_mistake_in_the_classes_has_its_sentence(topics: list[Any], reason: str) -> None:
    with pytest.raises(RunError) as raised:
        prepare(recipe_for(), DatasetDict(train=rows_of(topics)))
    assert (raised.value.kind, raised.value.reason) == ("data", reason)


def test_figures_are_those_of_scikit_learn() -> None:
    draw = np.random.default_rng(1)
    true, predicted = draw.random((60, 4)) < 0.3, draw.random((60, 4)) < 0.3
    names = ["a", "b", "c", "d"]
    labels = [[names[at] for at in np.flatnonzero(row)] for row in true]
    assessment = ManyLabelAssessment(ManyLabelledTexts([""] * 60, None, labels), predicted, names, 0.0)
    theirs = [
        f1_score(true, predicted, average="micro"),
        f1_score(true, predicted, average="macro"),
        precision_score(true, predicted, average="micro"),
        recall_score(true, predicted, average="micro"),
        accuracy_score(true, predicted),
    ]
    assert [figure.value for figure in assessment.figures(margins=False)] == pytest.approx(theirs)


def mails(chance: random.Random, rows: int) -> Iterator[dict[str, Any]]:
    """Texts of none to three classes, as objects."""
    for at in range(rows):
        telling = [word for word in WORDS if chance.random() < 0.5]
        words = [word if word in telling else other for word, (_, other) in WORDS.items()]
        yield {"text": f"{' '.join(words * 2)} {at}", "topics": sorted(WORDS[word][0] for word in telling)}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, chance = tmp_path_factory.mktemp("mails"), random.Random(1)
    for split, rows in (("train", 480), ("validation", 60), ("test", 120)):
        lines = "".join(json.dumps(row) + "\n" for row in mails(chance, rows))
        (folder / f"{split}.jsonl").write_text(lines)
    base = save_base(tmp_path_factory.mktemp("base"), [*WORDS, *(other for _, other in WORDS.values())])
    splits = {"train": "train", "validation": "validation", "test": "test"}
    task = {"task": "multi-label-classification", "columns": COLUMNS, "splits": splits, "title": "Tiny on mails"}
    run_dir = write_recipe(tmp_path_factory.mktemp("finished"), base, folder, task, epochs=10, lr=2e-3)
    assert finish(run_dir) == 0, (run_dir / "worker.log").read_text()
    return run_dir


def test_classes_are_learned_each_for_itself(finished: Path) -> None:
    event = last(finished, "finished")
    figures = {figure.name: figure.value or 0.0 for figure in read_figures(event)}
    assert list(figures) == ["f1", "macro_f1", "precision", "recall", "subset_accuracy"]
    assert figures["f1"] > 0.9
    assert not is_no_better({**event["metrics"], "figures": event["figures"]})
    assert is_no_better({"f1": 0.4, "commonest_f1": 0.4, "figures": [{**event["figures"][0], "value": 0.4}]})


def test_the_card_the_picture_and_the_predictions_name_the_classes(finished: Path) -> None:
    _, front, text = (finished / "model" / "README.md").read_text().split("---\n", 2)
    assert yaml.safe_load(front)["pipeline_tag"] == "text-classification"
    assert "to say which of 3 classes a text is of, each for itself: `app`, `money`, `post`." in text
    [chart] = [e for e in events_of(finished) if e["type"] == "artifact" and e.get("name") == "results"]
    assert all(said in chart["alt"] for said in ("F1 by class: ", "app ", "money ", "post "))
    rows = [json.loads(line) for line in (finished / "predictions.jsonl").read_text().splitlines()]
    right = sum(row["labels"] == row["predicted"] for row in rows) / len(rows)
    assert right == pytest.approx(last(finished, "finished")["metrics"]["subset_accuracy"])


@pytest.fixture
def client(finished: Path, tmp_path: Path) -> Iterator[InferenceClient]:
    shelf = Shelf(tmp_path / "shelf")
    shelf.put("acme/mails", finished / "model")
    client = InferenceClient(tmp_path, shelf.environment, 2**30)
    yield client
    client.close()


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("bill parcel please bill parcel please", {"money", "post"}),
        ("hello today crash hello today crash", {"app"}),
        ("hello today please hello today please", set()),
    ],
)
def test_the_model_gives_each_class_its_own_score(client: InferenceClient, text: str, topics: set[str]) -> None:
    (result,) = results_of(ask(client, "acme/mails", "text-classification", text), Scores)
    assert {each.label for each in result.scores if each.score > 0.5} == topics
