"""How a training goes is what its options say: steps, schedule, optimizer, frozen layers, early ends, what is kept."""

from pathlib import Path
from typing import Any

import pytest
import torch
from test_training import CUES, WORDS, sentences, write_rows
from transformers import BertConfig, BertForSequenceClassification

from core.errors import Mistake
from core.fitting import evaluation_of, fit
from core.recipe import TrainParameters, TypedParameters
from jobs.training import trainer
from jobs.training.errors import RunError
from world.training import events_of, finish, last, plan_run, save_base


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_base(tmp_path_factory.mktemp("base"), [*WORDS, *CUES["negative"], *CUES["positive"]])


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_rows(tmp_path_factory.mktemp("data") / "reviews", sentences(200))


@pytest.mark.parametrize(
    ("typed", "steps", "in_one"),
    [
        ({"epochs": 3, "batch": 32}, 12, 4),
        ({"epochs": 0.5, "batch": 32}, 2, 4),
        ({"epochs": 3, "batch": 8, "accumulate": 4}, 12, 4),
        ({"epochs": 3, "batch": 32, "steps": 7}, 7, 4),
        ({"epochs": 0.1, "batch": 512}, 1, 1),
    ],
)
def test_steps_are_those_of_the_epochs_unless_they_are_said(typed: dict[str, Any], steps: int, in_one: int) -> None:
    assert TrainParameters(**typed).extent(100) == (steps, in_one)


def test_what_is_usual_is_not_told() -> None:
    usual = {"epochs": 3.0, "lr": 5e-5, "batch": 32, "max_length": 128, "seed": 42}
    assert TrainParameters().shown() == usual
    told = TrainParameters(steps=9, optimizer="sgd", freeze="base").shown()
    del usual["epochs"]
    assert told == usual | {"steps": 9, "optimizer": "sgd", "freeze": "base"}


def test_steps_and_epochs_are_one_thing_too_many() -> None:
    with pytest.raises(Mistake, match="Say either `steps=` or `epochs=`"):
        fit(TypedParameters(steps=10, epochs=2), 1000, 10**6)


def test_a_look_every_so_many_steps_is_taken_as_it_is() -> None:
    assert evaluation_of(TrainParameters(eval_every=30), 100, 50).times == 4


@pytest.mark.parametrize(
    ("what", "learning"),
    [
        ("none", {"embeddings", "layer.0", "layer.1", "layer.2", "pooler", "classifier"}),
        ("1", {"layer.1", "layer.2", "pooler", "classifier"}),
        ("3", {"pooler", "classifier"}),
        ("base", {"classifier"}),
    ],
)
def test_frozen_layers_keep_their_weights_and_what_is_above_them_learns(what: str, learning: set[str]) -> None:
    config = BertConfig(vocab_size=9, hidden_size=8, num_hidden_layers=3, num_attention_heads=1, intermediate_size=8)
    model = BertForSequenceClassification(config)
    trainer.freeze(model, what)
    parts = {"embeddings", "layer.0", "layer.1", "layer.2", "pooler", "classifier"}
    open_to_change = [name for name, weight in model.named_parameters() if weight.requires_grad]
    assert {part for part in parts if any(f"{part}." in name for name in open_to_change)} == learning
    if what == "3":
        with pytest.raises(RunError, match="`freeze=4` is more than the base has: 3 layers"):
            trainer.freeze(model, "4")


def test_half_precision_without_a_gpu_is_bf16_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert [trainer.half_precision(each) for each in ("auto", "fp32", "bf16")] == [(False, False)] * 2 + [(True, False)]
    with pytest.raises(RunError, match="`precision=fp16` needs a GPU"):
        trainer.half_precision("fp16")


def test_a_run_goes_as_its_options_say(tmp_path: Path, base: Path, dataset: Path) -> None:
    options = {
        "steps": 24,
        "batch": 8,
        "accumulate": 2,
        "schedule": "cosine",
        "optimizer": "adafactor",
        "label_smoothing": 0.1,
        "freeze": "1",
        "eval_every": 10,
        "keep": "last",
        "test_size": 0.2,
        "precision": "bf16",
    }
    run_dir = plan_run(tmp_path / "run", base, dataset, **options)
    assert finish(run_dir) == 0, (run_dir / "worker.log").read_text()
    looks = [event["step"] for event in events_of(run_dir) if event.get("split") == "validation"]
    assert looks == [10, 20, 24]
    assert last(run_dir, "data")["splits"] == {"train": 120, "validation": 40, "test": 40}
    assert last(run_dir, "finished")["metrics"]["best_step"] == 24
    progress = last(run_dir, "progress")
    # Two thirds of the way down a cosine, and a loss that is the mean of a row, not of a batch's part.
    assert (progress["steps"], progress["epoch"]) == (24, 3.0)
    assert 0.2 < progress["loss"] < 1.5
    text = (run_dir / "model" / "README.md").read_text()
    assert "steps=24" in text
    assert "optimizer=adafactor" in text


def test_a_run_that_no_longer_gets_better_ends_and_says_so(tmp_path: Path, base: Path, dataset: Path) -> None:
    run_dir = plan_run(tmp_path / "run", base, dataset, steps=500, eval_every=2, lr=1e-7, early_stopping=2)
    assert finish(run_dir) == 0, (run_dir / "worker.log").read_text()
    [warning] = [event for event in events_of(run_dir) if event["type"] == "warning" and "Ended" in event["text"]]
    best = last(run_dir, "finished")["metrics"]["best_step"]
    assert warning["text"] == f"Ended at step {best + 4} of 500: the last 2 looks were no better."
