"""What a run makes of its rows: classes, splits, figures, order, and a sentence for each mistake."""

import random
from typing import Any

import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, Value
from sklearn.metrics import f1_score

from core.recipe import Recipe, TrainParameters
from jobs.training.errors import RunError
from jobs.training.metrics import confusion_matrix, macro_f1, wilson_half_width
from jobs.training.splits import prepare, spread


def recipe_for(label: str = "label", **changes: Any) -> Recipe:
    return Recipe.model_validate(
        {
            "run": "R1",
            "base": {"repo": "org/base", "revision": "main"},
            "dataset": {"repo": "acme/tickets", "revision": "main"},
            "columns": {"text": "text", "label": label},
            **changes,
        }
    )


def rows_of(labels: list[Any], texts: list[str] | None = None) -> Dataset:
    return Dataset.from_dict({"text": texts or [f"text {i}" for i in range(len(labels))], "label": labels})


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        ([], "The training split has no rows with a text. Check the file, or choose another split."),
        (["a", "b"] * 5, "The training split has 10 rows; at least 20 are needed."),
        (["a"] * 30, "Every row is of the class `a`. There must be at least two classes."),
        (
            [*["a", "b"] * 15, "c"],
            "Each class needs at least 2 rows; too few have `c`. Add rows or take the class out.",
        ),
        (
            [f"id-{i}" for i in range(30)],
            (
                "The column `label` has 30 different values in 30 rows: it looks like an id, a number or "
                "text, not a class. Choose another with `label=…`."
            ),
        ),
        (
            [-1] * 30,
            "No row has a value in the column `label`. Choose another with `label=…`.",
        ),
    ],
)
def test_each_mistake_in_the_labels_has_its_sentence(labels: list[Any], reason: str) -> None:
    with pytest.raises(RunError) as raised:
        prepare(recipe_for(), DatasetDict(train=rows_of(labels)))
    assert (raised.value.kind, raised.value.reason) == ("data", reason)


def test_a_missing_column_or_split_names_those_there_are() -> None:
    loaded = DatasetDict(train=rows_of(["a", "b"] * 15))
    with pytest.raises(RunError, match=r"no label column `stars`\. The columns are `text` and `label`"):
        prepare(recipe_for(label="stars"), loaded)
    with pytest.raises(RunError, match=r"acme/tickets has no split `dev`\. The splits are `train`"):
        prepare(recipe_for(splits={"train": "train", "validation": "dev"}), loaded)


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        ([True, False] * 20, ["false", "true"]),
        ([10, 9] * 20, ["9", "10"]),
        ([1.0, 2.0] * 20, ["1", "2"]),
        (["spam", "ham"] * 20, ["ham", "spam"]),
    ],
)
def test_classes_of_every_type_get_names_in_order(labels: list[Any], names: list[str]) -> None:
    assert prepare(recipe_for(), DatasetDict(train=rows_of(labels))).labels == names


def test_declared_class_names_are_kept_and_can_be_given_others() -> None:
    features = Features({"text": Value("string"), "label": ClassLabel(names=["neg", "pos"])})
    rows = Dataset.from_dict({"text": [f"t {i}" for i in range(40)], "label": [0, 1] * 20}, features=features)
    assert prepare(recipe_for(), DatasetDict(train=rows)).labels == ["neg", "pos"]
    renamed = prepare(recipe_for(labels=["bad", "good"]), DatasetDict(train=rows))
    assert renamed.labels == ["bad", "good"]
    assert set(renamed.train.labels) == {"bad", "good"}


def test_rows_without_a_text_are_left_out_with_a_warning() -> None:
    texts = [*[f"text {i}" for i in range(40)], " ", ""]
    data = prepare(recipe_for(), DatasetDict(train=rows_of(["a", "b"] * 21, texts)))
    assert (data.empty, data.warnings) == (2, ["2 rows without a text are left out."])


@pytest.mark.parametrize("gap", [-1, None, float("nan")])
def test_rows_without_a_class_are_left_out_with_a_warning(gap: float | None) -> None:
    data = prepare(recipe_for(), DatasetDict(train=rows_of([*[0, 1, 2] * 15, gap, gap])))
    assert (data.labels, len(data.train) + len(data.validation) + len(data.test)) == (["0", "1", "2"], 45)
    assert (data.unlabelled, data.warnings) == (2, ["2 rows without a class are left out."])


def test_splits_are_made_the_same_each_time_and_share_no_text() -> None:
    labels = ["a"] * 90 + ["b"] * 30
    texts = [f"Text {i % 100}" for i in range(120)]
    first, second = (prepare(recipe_for(), DatasetDict(train=rows_of(labels, texts))) for _ in range(2))
    assert first.test == second.test
    keys = [set(part.keys()) for part in (first.train, first.validation, first.test)]
    assert sum(len(part) for part in keys) == len(set.union(*keys)) == 100
    assert {"a", "b"} == set(first.test.labels) == set(first.validation.labels)


def test_rows_of_the_test_split_are_not_trained_on() -> None:
    train = rows_of(["a", "b"] * 20)
    test = rows_of(["a", "b"], ["TEXT  3", "new"])
    data = prepare(recipe_for(splits={"test": "test"}), DatasetDict(train=train, test=test))
    assert data.leaking == 1
    assert "text 3" not in {*data.train.texts, *data.validation.texts}
    assert data.test.texts == ["TEXT  3", "new"]


def test_a_test_split_without_labels_is_replaced() -> None:
    features = Features({"text": Value("string"), "label": ClassLabel(names=["a", "b"])})
    test = Dataset.from_dict({"text": ["x", "y"], "label": [-1, -1]}, features=features)
    train = rows_of([0, 1] * 20).cast(features)
    data = prepare(recipe_for(splits={"test": "test"}), DatasetDict(train=train, test=test))
    assert data.made == ["test", "validation"]
    assert data.warnings == ["The split `test` has no rows with a label; one is made from the training rows."]


def test_a_limit_on_the_rows_keeps_the_share_of_each_class() -> None:
    labels = ["a"] * 900 + ["b"] * 100
    chosen = [labels[i] for i in spread(labels, limit=50, seed=1)]
    assert (chosen.count("a"), chosen.count("b")) == (45, 5)
    limited = recipe_for(parameters=TrainParameters(max_samples=50))
    assert len(prepare(limited, DatasetDict(train=rows_of(labels))).train) == 50


def test_macro_f1_is_what_scikit_learn_calls_so() -> None:
    draw = random.Random(4)
    true, predicted = [draw.choices(range(4), k=200) for _ in range(2)]
    ours = macro_f1(confusion_matrix(true, predicted, classes=6))
    assert ours == pytest.approx(f1_score(true, predicted, average="macro"))


def test_the_margin_is_that_of_wilson() -> None:
    assert wilson_half_width(0.812, 1066) == pytest.approx(0.0234, abs=5e-5)
    assert wilson_half_width(1.0, 10) == pytest.approx(0.1388, abs=5e-5)


def test_rows_of_a_length_share_a_batch_and_every_epoch_has_its_own_order() -> None:
    from jobs.training.sampling import LengthGroupedSampler

    draw = random.Random(2)
    lengths = [draw.randint(3, 60) for _ in range(500)]
    sampler = LengthGroupedSampler(lengths, batch=16, seed=7)
    orders = []
    for epoch in (0, 1, 0):
        sampler.set_epoch(epoch)
        orders.append(list(sampler))
    assert orders[0] == orders[2] != orders[1]
    assert sorted(orders[1]) == list(range(500))
    batches = [[lengths[row] for row in orders[0][i : i + 16]] for i in range(0, 496, 16)]
    assert max(batches[0]) == max(lengths)
    assert sum(max(batch) * len(batch) for batch in batches) < 1.25 * sum(map(sum, batches))
