"""Training of token classification: tags are read as they are, entities are counted whole, and the model finds them."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from datasets import ClassLabel, Dataset, DatasetDict, Features, List, Value
from sklearn.metrics import precision_recall_fscore_support

from core.figures import Figure, read_figures
from core.recipe import TRAINING_TASKS, Recipe
from core.results import Entities
from jobs.inference.client import InferenceClient
from jobs.training.entities import count_hits, f1_margin, find_entities, first_orphan, precision_recall_f1
from jobs.training.errors import RunError
from jobs.training.examination import choose_task
from jobs.training.splits import prepare
from jobs.training.tasks import training_task
from jobs.training.tasks.token_classification import TASK, TaggedWords
from sandbox.seed import orders
from world.model_shelf import Shelf, ask, results_of
from world.training import events_of, finish, last, order_files, save_order_base, write_recipe

COLUMNS = {"text": "tokens", "label": "ner_tags"}
N = 40
NAMES = [["Ana", "Ruiz", f"number{i}"] for i in range(N)]
TAGS = [["B-PER", "I-PER", "O"]] * N


def rows_of(words: list[list[str]] = NAMES, tags: list[Any] = TAGS, **more: list[Any]) -> Dataset:
    return Dataset.from_dict({"tokens": words, "ner_tags": tags, **more})


def recipe_for(**changes: Any) -> Recipe:
    base, data = ({"repo": repo, "revision": "main"} for repo in ("org/base", "acme/orders"))
    task = "token-classification"
    return Recipe.model_validate({"task": task, "base": base, "dataset": data, "columns": COLUMNS, **changes})


@pytest.mark.parametrize("name", TRAINING_TASKS)
def test_each_task_of_the_table_has_its_file(name: str) -> None:
    task = training_task(name)
    assert (task.name, task.main.is_main) == (name, True)


@pytest.mark.parametrize(
    ("tags", "entities"),
    [
        ("O O", set()),
        ("B-PER I-PER O B-LOC", {("PER", 0, 2), ("LOC", 3, 4)}),
        ("B-PER B-PER I-PER", {("PER", 0, 1), ("PER", 1, 3)}),
        ("I-PER I-PER O", {("PER", 0, 2)}),
        ("B-PER I-LOC", {("PER", 0, 1), ("LOC", 1, 2)}),
    ],
)
def test_an_entity_is_its_kind_and_its_extent(tags: str, entities: set[tuple[str, int, int]]) -> None:
    assert find_entities(tags.split()) == entities


def test_an_inside_without_its_beginning_is_found() -> None:
    found = [first_orphan(tags.split()) for tags in ("B-A I-A O", "O I-A", "B-A I-B", "B-A O I-A", "I-A")]
    assert found == [None, 1, 1, 2, 0]


def drawn_tags(seed: int) -> list[list[str]]:
    draw = random.Random(seed)
    return [draw.choices(["O", "B-A", "I-A", "B-B", "I-B"], k=12) for _ in range(50)]


def test_figures_of_entities_are_what_scikit_learn_makes_of_the_same_extents() -> None:
    true, predicted = drawn_tags(1), drawn_tags(2)
    ours = precision_recall_f1(count_hits(true, predicted, ["A", "B"]).sum(axis=(0, 1)))
    named = [{(at, *one) for at, tags in enumerate(rows) for one in find_entities(tags)} for rows in (true, predicted)]
    every = sorted(named[0] | named[1])
    theirs = precision_recall_fscore_support(*([one in rows for one in every] for rows in named), average="binary")
    assert list(ours) == pytest.approx(theirs[:3])


def test_the_margin_counts_rows_not_entities_and_claims_nothing_where_all_is_right() -> None:
    true, predicted = drawn_tags(1), drawn_tags(2)
    hits = count_hits(true, predicted, ["A", "B"])
    margin = f1_margin(hits)
    assert margin is not None
    assert 0.01 < margin < 0.2
    # The same rows four times: four times the entities, half the width.
    assert f1_margin(np.concatenate([hits] * 4)) == pytest.approx(margin / 2, rel=0.1)
    assert f1_margin(count_hits(true, true, ["A", "B"])) is None


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        (
            ["O", "I-PER", "O"],
            (
                "Row 3 has the tag `I-PER` at word 2 without the `B-PER` that such an entity begins with. "
                "Mend the column `ner_tags`, or choose another with `label=…`."
            ),
        ),
        (
            ["B-PER", "PER", "O"],
            (
                "Row 3 has the tag `PER`, and tags are `O`, `B-…` where an entity begins and `I-…` where it goes on. "
                "Mend the column `ner_tags`, or choose another with `label=…`."
            ),
        ),
        (["B-PER", "I-PER"], "Row 3 has 3 words and 2 tags. There must be one tag a word."),
        (["B-PER", None, "O"], "Row 3 has no tag for its word 2. Fill it in or take the row out."),
    ],
)
def test_a_wrong_tag_is_told_with_its_row_and_nothing_is_mended(tags: list[str | None], reason: str) -> None:
    wrong = rows_of(tags=[*TAGS[:2], tags, *TAGS[3:]])
    with pytest.raises(RunError) as raised:
        prepare(recipe_for(), DatasetDict(train=wrong))
    assert (raised.value.kind, raised.value.reason) == ("data", reason)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (rows_of([], []), "The training split has no rows with words. Check the file, or choose another split."),
        (rows_of(NAMES[:6], TAGS[:6]), "The training split has 6 rows; at least 20 are needed."),
        (
            rows_of(tags=[["O"] * 3] * N),
            "Every tag in the column `ner_tags` is `O`: there is nothing to find.",
        ),
        (
            rows_of(tags=[["B-ORG", "O", "O"], *TAGS[1:]]),
            "Each entity needs at least 2 rows; too few have `ORG`. Add rows or take the entity out.",
        ),
    ],
)
def test_data_that_no_tagger_can_be_trained_on_gets_one_sentence(rows: Dataset, reason: str) -> None:
    with pytest.raises(RunError) as raised:
        prepare(recipe_for(), DatasetDict(train=rows))
    assert raised.value.reason == reason


def test_splits_are_made_and_leaks_left_out_as_for_every_task() -> None:
    places = [["to", "Graz", f"street{i}"] for i in range(20)]
    train = rows_of([*NAMES, *places, []], [*TAGS, *[["O", "B-LOC", "O"]] * 20, []])
    test = rows_of([["ANA", "Ruiz", "Number3"], ["in", "Graz", "!"]], [["B-PER", "I-PER", "O"], ["O", "B-LOC", "O"]])
    data = prepare(recipe_for(splits={"test": "test"}), DatasetDict(train=train, test=test))
    assert (data.made, data.empty, data.leaking) == (["validation"], 1, 1)
    assert data.labels == ["O", "B-LOC", "B-PER", "I-PER"]
    assert data.validation.kinds() == {"PER": 4, "LOC": 2}
    assert ["Ana", "Ruiz", "number3"] not in [*data.train.words, *data.validation.words]


FEATURES = Features({"tokens": List(Value("string")), "ner_tags": List(ClassLabel(names=["O", "B-PER", "I-PER"]))})
TEXTS = [" ".join(words) for words in NAMES]
TWO = ["yes", "no"] * (N // 2)


@pytest.mark.parametrize(
    ("rows", "named", "task", "columns"),
    [
        (rows_of(), {}, "token-classification", COLUMNS),
        (
            Dataset.from_dict({"tokens": NAMES, "ner_tags": [[1, 2, 0]] * N}, features=FEATURES),
            {},
            "token-classification",
            COLUMNS,
        ),
        (
            rows_of(id=[str(i) for i in range(N)], pos=TAGS),
            {"label": "pos"},
            "token-classification",
            {**COLUMNS, "label": "pos"},
        ),
        (rows_of(text=TEXTS, label=TWO), {"label": "label"}, "text-classification", {"text": "text", "label": "label"}),
        (
            rows_of(tags=[["a", "b", "c"]] * N, text=TEXTS, label=TWO),
            {},
            "text-classification",
            {"text": "text", "label": "label"},
        ),
        (
            rows_of(tags=[["O"]] * N, text=TEXTS, label=TWO),
            {},
            "text-classification",
            {"text": "text", "label": "label"},
        ),
    ],
)
def test_the_task_is_that_of_the_columns(
    rows: Dataset, named: dict[str, str], task: str, columns: dict[str, str]
) -> None:
    found, guess = choose_task(rows, named)
    assert (found.name, guess) == (task, columns)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The orders of the sandbox's Hub, as they lie there."""
    folder = tmp_path_factory.mktemp("orders")
    for path, content in order_files().items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_order_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, base: Path, dataset: Path) -> Path:
    splits = {"train": "train", "validation": "validation", "test": "test"}
    task = {"task": "token-classification", "columns": COLUMNS, "splits": splits, "title": "Tiny on orders"}
    run_dir = write_recipe(tmp_path_factory.mktemp("finished"), base, dataset, task, epochs=5, max_length=48)
    assert finish(run_dir) == 0, (run_dir / "worker.log").read_text()
    return run_dir


def test_only_the_first_piece_of_a_word_is_learned(base: Path) -> None:
    from transformers import AutoTokenizer

    rows = TaggedWords([["the", "headset", "for", "Ines"]], [["O", "B-PRODUCT", "O", "B-PERSON"]])
    encoded = TASK.encode(rows, orders.TAGS, AutoTokenizer.from_pretrained(base), 6)
    assert encoded.rows[0]["labels"] == [-100, 0, 3, -100, 0, -100]
    assert (encoded.pieces, encoded.truncated) == (({0: 1, 1: 2, 2: 4},), 1)


def test_a_finished_run_tells_figures_of_entities(finished: Path) -> None:
    event = last(finished, "finished")
    f1, *others = read_figures(event)
    assert (f1.words, f1.is_main, [one.words for one in others]) == (
        "F1",
        True,
        ["precision", "recall", "token accuracy"],
    )
    assert f1.value is not None
    assert f1.value > 0.8
    assert event["metrics"]["f1"] == f1.value
    assert event["metrics"]["rows"] == 120


def test_best_is_the_first_of_the_highest_f1_and_never_the_test(finished: Path) -> None:
    told = [event for event in events_of(finished) if event["type"] == "evaluated"]
    values: list[float] = []
    for event in told[:-1]:
        value = read_figures(event)[0].value or 0.0
        assert event["best"] == (value > max(values, default=-1.0))
        values.append(value)
    assert (told[-1]["split"], told[-1]["best"]) == ("test", False)
    best = [event["step"] for event in told if event["best"]][-1]
    assert last(finished, "finished")["metrics"]["best_step"] == best


def test_the_data_event_counts_tags(finished: Path) -> None:
    data = last(finished, "data")
    assert (data["splits"], data["made"]) == ({"train": 480, "validation": 60, "test": 120}, [])
    assert (list(data["classes"]), data["dropped"]) == (list(orders.TAGS), {"empty": 0, "unlabelled": 0, "leaking": 0})


def test_predictions_have_a_tag_a_word_and_give_the_figures_told(finished: Path) -> None:
    recorded = [json.loads(line) for line in (finished / "predictions.jsonl").read_text().splitlines()]
    assert all(len(row["tokens"]) == len(row["tags"]) == len(row["predicted"]) for row in recorded)
    true, predicted = ([row[name] for row in recorded] for name in ("tags", "predicted"))
    shares = precision_recall_f1(count_hits(true, predicted, orders.KINDS).sum(axis=(0, 1)))
    metrics = last(finished, "finished")["metrics"]
    assert list(shares) == [metrics[name] for name in ("precision", "recall", "f1")]


def test_charts_tell_each_entity_in_words(finished: Path) -> None:
    [chart] = [e for e in events_of(finished) if e["type"] == "artifact" and e.get("name") == "results"]
    assert (finished / chart["path"]).read_bytes().startswith(b"\x89PNG")
    assert all(f"{said} " in chart["alt"] for said in ("Best validation F1", *orders.KINDS))


def test_the_card_is_that_of_a_tagger(finished: Path) -> None:
    _, front, text = (finished / "model" / "README.md").read_text().split("---\n", 2)
    matter = yaml.safe_load(front)
    f1 = last(finished, "finished")["metrics"]["f1"]
    first = matter["model-index"][0]["results"][0]["metrics"][0]
    assert (matter["pipeline_tag"], first["type"], first["value"]) == ("token-classification", "f1", round(f1, 5))
    assert "to find entities in a text, of 3 kinds: `PERSON`, `PRODUCT`, `PLACE`." in text
    assert "words from `tokens`, tags from `ner_tags`" in text
    assert f"| F1 of entities | {f1:.3f}" in text


@pytest.fixture
def client(finished: Path, tmp_path: Path) -> Iterator[InferenceClient]:
    shelf = Shelf(tmp_path / "shelf")
    shelf.put("acme/order-finder", finished / "model")
    client = InferenceClient(tmp_path, shelf.environment, 2**30)
    yield client
    client.close()


def test_the_model_finds_entities_in_quick_inference(client: InferenceClient) -> None:
    text = "Ines from Berlin ordered a office chair today ."
    answer = ask(client, "acme/order-finder", "token-classification", text)
    found = [(entity.label, text[entity.start : entity.end]) for entity in results_of(answer, Entities)[0].entities]
    assert found == [("PERSON", "Ines"), ("PLACE", "Berlin"), ("PRODUCT", "office chair")]


def test_figures_of_the_version_before_are_read() -> None:
    before = {"metrics": {"accuracy": 0.8, "accuracy_margin": 0.02, "f1": None, "loss": 0.4}}
    assert read_figures(before) == (Figure("accuracy", "accuracy", 0.8, 0.02, is_main=True),)
