"""Training of regression: numbers are read as they are written, learned whatever their size, and told as numbers."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from datasets import Dataset, DatasetDict, Features, Value
from scipy import stats  # type: ignore[import-untyped]
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from core.blocks.results import draw, in_words
from core.figures import read_figures
from core.recipe import Recipe
from core.results import Scores
from jobs.inference.client import InferenceClient
from jobs.training.errors import RunError
from jobs.training.numbers import mae, pearson, r2, rmse, spearman, spearman_margin
from jobs.training.splits import prepare
from world.model_shelf import Shelf, ask, results_of
from world.training import events_of, finish, last, save_base, write_recipe

COLUMNS = {"text": "text", "label": "price"}
N = 40
TEXTS = [f"text {at}" for at in range(N)]
NUMBERS = [at / 4 for at in range(N)]
# What each word of a text adds to its price.
WORDS = {"gold": 900.0, "silver": 400.0, "brass": 150.0, "tin": 0.0, "old": -120.0}


def recipe_for(**changes: Any) -> Recipe:
    base, data = ({"repo": repo, "revision": "main"} for repo in ("org/base", "acme/prices"))
    recipe = {"task": "regression", "base": base, "dataset": data, "columns": COLUMNS, **changes}
    return Recipe.model_validate(recipe)


def rows_of(numbers: list[Any], texts: list[str] | None = None) -> Dataset:
    return Dataset.from_dict({"text": texts or TEXTS[: len(numbers)], "price": numbers})


def drawn(rows: int = 300) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    draw = np.random.default_rng(1)
    true = draw.integers(0, 6, rows).astype(float)
    return true, true + draw.normal(size=rows).round(1)


def test_figures_are_those_of_scipy_and_scikit_learn() -> None:
    true, predicted = drawn()
    errors = predicted - true
    ours = [f(true, predicted) for f in (spearman, pearson)] + [
        rmse(errors),
        mae(errors),
        r2(errors, true.mean() - true),
    ]
    theirs = [f(true, predicted).statistic for f in (stats.spearmanr, stats.pearsonr)]
    theirs += [f(true, predicted) for f in (root_mean_squared_error, mean_absolute_error, r2_score)]
    assert ours == pytest.approx(theirs)


def test_what_never_varies_goes_along_with_nothing() -> None:
    true = np.array([1.0, 2.0, 3.0])
    assert (spearman(true, np.ones(3)), pearson(np.ones(3), true)) == (0.0, 0.0)
    assert spearman_margin(true, np.ones(3)) is None


def test_the_margin_is_about_that_of_the_same_rows_drawn_again() -> None:
    true, predicted = drawn()
    margin = spearman_margin(true, predicted)
    theirs = stats.bootstrap(
        (true, predicted), spearman, paired=True, vectorized=False, n_resamples=300, random_state=1
    )
    low, high = theirs.confidence_interval
    assert margin == pytest.approx((high - low) / 2, rel=0.25)


@pytest.mark.parametrize(
    ("numbers", "reason"),
    [
        ([], "The training split has no rows with a text. Check the file, or choose another split."),
        (NUMBERS[:6], "The training split has 6 rows; at least 20 are needed."),
        (
            [2.5] * 30,
            (
                "Every row has the number 2.5 in `price`: there is nothing to predict. Choose another column with "
                "`label=…`."
            ),
        ),
        ([None] * 30, "No row has a number in the column `price`. Choose another with `label=…`."),
        ([float("nan")] * 30, "No row has a number in the column `price`. Choose another with `label=…`."),
        (
            [*NUMBERS[:2], float("inf"), *NUMBERS[3:]],
            (
                "Row 3 has `inf` in `price`, which is no number. Mend it, leave it empty, or choose another column "
                "with `label=…`."
            ),
        ),
        (
            ["1.5", "about 3", *["2"] * 30],
            (
                "Row 2 has `about 3` in `price`, which is no number. Mend it, leave it empty, or choose another column "
                "with `label=…`."
            ),
        ),
        ([True, False] * 15, "The column `price` does not hold numbers. Columns that do: none."),
        ([[1.0]] * 30, "The column `price` does not hold numbers. Columns that do: none."),
    ],
)
def test_each_mistake_in_the_numbers_has_its_sentence(numbers: list[Any], reason: str) -> None:
    with pytest.raises(RunError) as raised:
        prepare(recipe_for(), DatasetDict(train=rows_of(numbers)))
    assert (raised.value.kind, raised.value.reason) == ("data", reason)


@pytest.mark.parametrize("kind", ["float32", "float64", "int64", "string"])
def test_numbers_of_every_type_are_read_and_rows_without_one_left_out(kind: str) -> None:
    cells = [*range(N - 2), None, None]
    features = Features({"text": Value("string"), "price": Value(kind)})
    written = [str(cell) if kind == "string" and cell is not None else cell for cell in cells]
    rows = Dataset.from_dict({"text": TEXTS, "price": written}, features=features)
    data = prepare(recipe_for(), DatasetDict(train=rows))
    read = sorted([*data.train.numbers, *data.validation.numbers, *data.test.numbers])
    assert (read, data.unlabelled, data.labels) == ([float(at) for at in range(N - 2)], 2, ["price"])
    assert data.warnings == ["2 rows without a number are left out."]


def test_what_is_held_back_has_small_and_large_numbers() -> None:
    data = prepare(recipe_for(), DatasetDict(train=rows_of(NUMBERS)))
    for part in (data.validation, data.test):
        assert sorted(int(number // 2.5) for number in part.numbers) == [0, 1, 2, 3]


def priced(chance: random.Random, rows: int) -> list[dict[str, str]]:
    """Texts of four words and their prices, with decimal commas."""
    found = []
    for at in range(rows):
        words = chance.choices(list(WORDS), k=4)
        price = 5000 + sum(WORDS[word] for word in words) + 0.5
        found.append({"text": f"{' '.join(words)} {at}", "price": f"{price:.1f}".replace(".", ",")})
    return found


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, chance = tmp_path_factory.mktemp("prices"), random.Random(1)
    for split, rows in (("train", 480), ("validation", 60), ("test", 120)):
        lines = "".join(f"{row['text']};{row['price']}\n" for row in priced(chance, rows))
        (folder / f"{split}.csv").write_text(f"text;price\n{lines}")
    base = save_base(tmp_path_factory.mktemp("base"), list(WORDS))
    splits = {"train": "train", "validation": "validation", "test": "test"}
    task = {"task": "regression", "columns": COLUMNS, "labels": ["price"], "splits": splits, "title": "Tiny on prices"}
    run_dir = write_recipe(tmp_path_factory.mktemp("finished"), base, folder, task, epochs=5)
    assert finish(run_dir) == 0, (run_dir / "worker.log").read_text()
    return run_dir


def test_prices_in_thousands_are_learned(finished: Path) -> None:
    event = last(finished, "finished")
    figures = {figure.name: figure.value or 0.0 for figure in read_figures(event)}
    assert list(figures) == ["spearman", "pearson", "rmse", "mae", "r2"]
    assert figures["r2"] > 0.8
    assert figures["rmse"] < event["metrics"]["mean_rmse"] / 2
    assert [read_figures(event)[0].words, event["metrics"]["rows"]] == ["Spearman", 120]


def test_best_is_the_highest_spearman(finished: Path) -> None:
    told = [event for event in events_of(finished) if event["type"] == "evaluated" and event["split"] == "validation"]
    best = max(told, key=lambda event: read_figures(event)[0].value or 0.0)
    assert last(finished, "finished")["metrics"]["best_step"] == best["step"]


def test_the_card_and_the_picture_are_about_numbers(finished: Path) -> None:
    _, front, text = (finished / "model" / "README.md").read_text().split("---\n", 2)
    matter = yaml.safe_load(front)
    assert matter["pipeline_tag"] == matter["model-index"][0]["results"][0]["task"]["type"] == "text-classification"
    assert "to predict a number, `price`, from a text." in text
    assert "text from `text`, number from `price`" in text
    assert "| RMSE of always the mean |" in text
    assert "task=regression text=text label=price" in text
    [chart] = [e for e in events_of(finished) if e["type"] == "artifact" and e.get("name") == "results"]
    assert "Predicted against true numbers of 120 test rows: half of the predictions are within" in chart["alt"]


@pytest.fixture
def client(finished: Path, tmp_path: Path) -> Iterator[InferenceClient]:
    shelf = Shelf(tmp_path / "shelf")
    shelf.put("acme/prices", finished / "model")
    client = InferenceClient(tmp_path, shelf.environment, 2**30)
    yield client
    client.close()


def test_the_model_says_the_number_that_was_recorded(finished: Path, client: InferenceClient) -> None:
    row = json.loads((finished / "predictions.jsonl").read_text().splitlines()[0])
    (result,) = results_of(ask(client, "acme/prices", "text-classification", row["text"]), Scores)
    assert (result.plain, result.scores[0].label) == (True, "price")
    assert result.scores[0].score == pytest.approx(row["predicted"], rel=1e-3)
    assert draw(row["text"], result) == [f"{result.scores[0].score:,.3f} *price*"]
    assert in_words([result]) == f"{result.scores[0].score:,.3f} price"
