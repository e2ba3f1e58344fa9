"""Training of image classification: pictures are opened safely and one at a time, and the model sorts them in chat."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import transformers
import yaml
from datasets import Dataset, DatasetDict
from sklearn.datasets import load_digits

from core.figures import read_figures
from core.recipe import Recipe
from core.results import Scores
from jobs.inference.client import InferenceClient
from jobs.inference.protocol import Request
from jobs.training.columns import left_out
from jobs.training.errors import RunError
from jobs.training.examination import choose_task
from jobs.training.media import LabelledFiles
from jobs.training.splits import prepare
from jobs.training.tasks import training_task
from jobs.training.tasks.image_classification import TASK
from sandbox.seed.digits import png
from world.examiner import Examiner, examiner
from world.labelled_pictures import bomb, picture, rows_of, save_digits, save_folders, save_resnet
from world.model_shelf import SHA, Shelf, results_of, shaped
from world.training import events_of, finish, last, write_recipe

__all__ = ["examiner"]  # a fixture
COLUMNS = {"image": "image", "label": "label"}
N = 40
PICTURES = [picture(seed) for seed in range(N)]
LABELS = ["cat", "dog"] * (N // 2)


def recipe_for(**changes: Any) -> Recipe:
    base, data = ({"repo": repo, "revision": "main"} for repo in ("org/base", "acme/pets"))
    return Recipe.model_validate({"task": TASK.name, "base": base, "dataset": data, "columns": COLUMNS, **changes})


def pets(**more: list[Any]) -> Dataset:
    rows = rows_of(PICTURES, LABELS)
    for name, cells in more.items():
        rows = rows.add_column(name, cells)
    return rows


@pytest.mark.parametrize(
    ("rows", "named", "task", "columns"),
    [
        (pets(), {}, TASK.name, COLUMNS),
        (rows_of(PICTURES, [0, 1] * (N // 2)), {}, TASK.name, COLUMNS),
        (pets().rename_columns({"image": "scan", "label": "what"}), {}, TASK.name, {"image": "scan", "label": "what"}),
        (pets(size=["s", "m"] * 20), {"label": "size"}, TASK.name, {"image": "image", "label": "size"}),
        (pets(caption=[f"a {n}" for n in range(N)]), {}, TASK.name, COLUMNS),
        (pets(caption=[f"a {n}" for n in range(N)]).remove_columns("label"), {}, TASK.name, COLUMNS | {"label": None}),
        (
            pets(caption=[f"a {n}" for n in range(N)]),
            {"text": "caption"},
            "text-classification",
            {"text": "caption", "label": "label"},
        ),
    ],
)
def test_the_task_is_that_of_the_columns(
    rows: Dataset, named: dict[str, str], task: str, columns: dict[str, str | None]
) -> None:
    found, guess = choose_task(rows, named)
    assert (found.name, guess) == (task, columns)


def test_what_is_no_picture_is_left_out_and_counted_by_what_is_wrong_with_it() -> None:
    broken = [picture(50)[:-30], b"no picture at all", b"<svg xmlns='http://www.w3.org/2000/svg'/>", bomb(), None, b""]
    read = TASK.read(rows_of([*PICTURES, *broken, picture(60)], [*LABELS, *["cat"] * 6, None]), COLUMNS)
    assert (len(read.examples), read.empty, read.unlabelled) == (N, 2, 1)
    assert read.unreadable == Counter({"damaged, or of an unknown kind": 3, "larger than 50 million pixels": 1})
    assert left_out("picture", read.unreadable) == [
        "4 pictures are left out: 3 damaged, or of an unknown kind, 1 larger than 50 million pixels."
    ]


def test_a_path_in_the_rows_of_a_file_opens_nothing_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(picture(1))
    rows = rows_of(PICTURES, LABELS)
    cells = [{"bytes": None, "path": str(tmp_path / "secret.png")}, *rows["image"][1:]]
    named = Dataset.from_dict({"image": cells, "label": LABELS}, features=rows.features)
    assert TASK.read(named, COLUMNS).unreadable == Counter({"not there": 1})


def test_the_same_pixels_stand_in_one_split_whatever_file_they_are_in() -> None:
    train = rows_of([*PICTURES, *(picture(seed, "BMP") for seed in range(10))], [*LABELS, *LABELS[:10]])
    data = prepare(
        recipe_for(splits={"test": "test"}), DatasetDict(train=train, test=rows_of(PICTURES[:2], LABELS[:2]))
    )
    keys = [set(part.keys()) for part in (data.train, data.validation, data.test)]
    assert (data.leaking, data.made) == (4, ["validation"])
    assert [one & other for one, other in zip(keys, [*keys[1:], keys[0]], strict=True)] == [set()] * 3


def test_a_folder_a_class_is_examined_without_torch(examiner: Examiner, tmp_path: Path) -> None:
    found = examiner.ask(save_folders(tmp_path))
    assert (found["task"], found["trainable"], found["labels"]) == (TASK.name, True, ["cat", "dog"])
    assert (found["splits"], found["columns"][0]) == (
        {"train": 24, "test": 6},
        {"name": "image", "type": "image", "example": ""},
    )


def test_pictures_without_classes_are_told_so(examiner: Examiner, tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    for at in range(3):
        (tmp_path / "train" / f"{at}.png").write_bytes(picture(at))
    found = examiner.ask(tmp_path)
    assert found["problems"] == ["No column looks like a label. The columns are `image`."]


@pytest.mark.parametrize(
    ("base_type", "wrong"),
    [
        ("vit", ""),
        ("bert", "is of the kind `bert`, which cannot classify pictures. Choose a model of pictures such as ViT, "),
    ],
)
def test_a_base_that_sees_nothing_is_refused(examiner: Examiner, tmp_path: Path, base_type: str, wrong: str) -> None:
    from jobs.models.heads import cannot_head

    assert cannot_head(base_type, TASK.auto, TASK.ability).startswith(wrong)
    if not wrong:
        assert examiner.ask(save_folders(tmp_path), base="org/base", base_type=base_type)["ok"]


BASES: dict[str, Callable[[], transformers.PreTrainedModel]] = {
    "vit": lambda: transformers.ViTModel(
        shaped(
            transformers.ViTConfig,
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=32,
            image_size=32,
            patch_size=8,
        )
    ),
    "convnext": lambda: transformers.ConvNextModel(
        transformers.ConvNextConfig(hidden_sizes=[8, 8], depths=[1, 1], num_stages=2)
    ),
    "other labels": lambda: transformers.ResNetForImageClassification(
        shaped(transformers.ResNetConfig, embedding_size=8, hidden_sizes=[8], depths=[1], num_labels=5)
    ),
}


@pytest.mark.parametrize("kind", BASES)
def test_any_base_gets_a_head_for_these_labels(kind: str, tmp_path: Path) -> None:
    from jobs.training.models import load_config, load_model, load_processor

    BASES[kind]().save_pretrained(tmp_path)
    transformers.ViTImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(tmp_path)
    recipe = recipe_for(base={"repo": str(tmp_path), "revision": "main"})
    config = load_config(recipe, TASK, ["cat", "dog", "fish"])
    model, processor = load_model(recipe, TASK, config, None), load_processor(recipe, TASK, config)
    examples: LabelledFiles = TASK.read(rows_of(PICTURES[:3], LABELS[:3]), COLUMNS).examples
    task = training_task(TASK.name)
    rows = task.encode(examples, ["cat", "dog", "fish"], processor, 128).in_order([2, 0])
    batch = task.collator(processor, None)([rows[0], rows[1]])
    assert batch["labels"].tolist() == [0, 0]
    assert model(**batch).logits.shape == (2, 3)


def test_a_base_that_keeps_the_shape_of_each_picture_is_refused() -> None:
    keeping = shaped(transformers.ViTImageProcessorPil, do_resize=False)
    with pytest.raises(RunError, match="sees each picture in a shape of its own"):
        TASK.encode(LabelledFiles([], []), ["cat"], keeping, 128)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = save_resnet(tmp_path_factory.mktemp("base"))
    data = save_digits(tmp_path_factory.mktemp("digits"))
    task = {"task": TASK.name, "columns": COLUMNS, "splits": {"train": "train", "test": "test"}, "title": "Digits"}
    run_dir = write_recipe(tmp_path_factory.mktemp("finished"), base, data, task, epochs=3, max_samples=400)
    assert finish(run_dir) == 0, (run_dir / "worker.log").read_text()
    return run_dir


def test_a_finished_run_tells_the_figures_of_a_classifier(finished: Path) -> None:
    event = last(finished, "finished")
    accuracy, f1 = read_figures(event)
    assert (accuracy.words, accuracy.is_main, f1.words, event["metrics"]["rows"]) == ("accuracy", True, "F1", 360)
    assert accuracy.value is not None
    assert accuracy.value > 0.5 > event["metrics"]["majority"]
    assert last(finished, "data")["truncated"] == 0
    assert "warning" not in {told["type"] for told in events_of(finished)}


def test_predictions_name_rows_and_hold_no_pixels(finished: Path) -> None:
    recorded = [json.loads(line) for line in (finished / "predictions.jsonl").read_text().splitlines()]
    assert {tuple(row) for row in recorded} == {("row", "file", "label", "predicted", "score")}
    assert [(row["row"], row["file"]) for row in recorded] == [(at, f"test-{at}.png") for at in range(360)]
    right = sum(row["label"] == row["predicted"] for row in recorded)
    assert right / len(recorded) == last(finished, "finished")["metrics"]["accuracy"]


def test_the_card_is_that_of_a_model_of_pictures(finished: Path) -> None:
    _, front, text = (finished / "model" / "README.md").read_text().split("---\n", 2)
    assert yaml.safe_load(front)["pipeline_tag"] == TASK.name
    assert "to sort a picture into one of 10 classes: `0`, `1`" in text
    assert "picture from `image`, class from `label`" in text
    assert "tokens" not in text


@pytest.fixture
def client(tmp_path: Path) -> Iterator[InferenceClient]:
    client = InferenceClient(tmp_path, Shelf(tmp_path / "shelf").environment, 2**30)
    yield client
    client.close()


def test_the_model_sorts_pictures_before_it_is_published(
    client: InferenceClient, finished: Path, tmp_path: Path
) -> None:
    digits = load_digits().images[:10]
    for digit, values in enumerate(digits):
        (tmp_path / f"{digit}.png").write_bytes(png(values))
    files = [{"file": f"{digit}.png"} for digit in range(10)]
    place = str(finished / "model")
    reply = client.ask(Request("1", "R1", SHA, TASK.name, files, folder=str(tmp_path), place=place), 60)
    found = [scores.scores[0].label for scores in results_of(reply, Scores)]
    assert sum(label == str(digit) for digit, label in enumerate(found)) > 5
