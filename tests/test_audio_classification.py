"""Training of audio classification: sounds are opened one at a time at the model's rate, and the model sorts them."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import transformers
from datasets import Audio, Dataset, Features, Value

from core.figures import read_figures
from core.recipe import Recipe
from core.results import Scores
from jobs.inference.client import InferenceClient
from jobs.inference.protocol import Request
from jobs.training.examination import choose_task
from jobs.training.tasks import training_task
from jobs.training.tasks.audio_classification import TASK
from sandbox.seed import beeps, labelled_media
from world.examiner import Examiner, examiner
from world.model_shelf import SHA, Shelf, results_of, shaped
from world.sounds import tone
from world.training import finish, last, write_recipe

__all__ = ["examiner"]  # a fixture
COLUMNS = {"audio": "audio", "label": "label"}
N = 24
SOUNDS = [tone(220 + 20 * at) for at in range(N)]
LABELS = ["beep", "siren"] * (N // 2)


def rows_of(sounds: Sequence[bytes | None], labels: Sequence[str | None]) -> Dataset:
    features = Features({"audio": Audio(decode=False), "label": Value("string")})
    cells = [None if content is None else {"bytes": content, "path": None} for content in sounds]
    return Dataset(pa.table({"audio": cells, "label": labels}, schema=features.arrow_schema))


def recipe_for(base: Path) -> Recipe:
    repos = {"base": {"repo": str(base), "revision": "main"}, "dataset": {"repo": "acme/beeps", "revision": "main"}}
    return Recipe.model_validate({"task": TASK.name, "columns": COLUMNS, **repos})


def test_sounds_with_classes_are_a_task_of_their_own() -> None:
    found, guess = choose_task(rows_of(SOUNDS, LABELS), {})
    assert (found.name, guess) == (TASK.name, COLUMNS)


def test_what_is_no_sound_is_left_out_and_counted_by_what_is_wrong_with_it() -> None:
    broken = [b"no sound at all", tone(440, seconds=0.05), b"#EXTM3U\nfile:///etc/passwd\n", None, SOUNDS[0][:30]]
    read = TASK.read(rows_of([*SOUNDS, *broken, tone(99)], [*LABELS, *["beep"] * 5, None]), COLUMNS)
    assert (len(read.examples), read.empty, read.unlabelled) == (N, 1, 1)
    assert read.unreadable == Counter({"damaged, or of an unknown kind": 3, "shorter than a tenth of a second": 1})


def wav2vec2() -> tuple[Any, Any]:
    config = shaped(
        transformers.Wav2Vec2Config,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        conv_dim=[8, 8],
        conv_kernel=[10, 3],
        conv_stride=[5, 2],
        num_conv_pos_embeddings=4,
        num_conv_pos_embedding_groups=2,
    )
    return transformers.Wav2Vec2Model(config), transformers.Wav2Vec2FeatureExtractor(return_attention_mask=False)


def spectrogram() -> tuple[Any, Any]:
    config = shaped(
        transformers.ASTConfig,
        hidden_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=96,
        patch_size=8,
        frequency_stride=8,
        time_stride=8,
        num_mel_bins=32,
        max_length=96,
    )
    return transformers.ASTModel(config), transformers.ASTFeatureExtractor(num_mel_bins=32, max_length=96)


def save(base: Callable[[], tuple[Any, Any]], folder: Path) -> Path:
    transformers.set_seed(1)
    for part in base():
        part.save_pretrained(folder)
    return folder


@pytest.mark.parametrize("base", [wav2vec2, spectrogram])
def test_any_base_gets_a_head_and_hears_sounds_of_different_lengths(
    base: Callable[[], tuple[Any, Any]], tmp_path: Path
) -> None:
    from jobs.training.models import load_config, load_model, load_processor

    recipe, task = recipe_for(save(base, tmp_path)), training_task(TASK.name)
    config = load_config(recipe, task, ["beep", "siren"])
    model, processor = load_model(recipe, task, config, None).train(), load_processor(recipe, task, config)
    sounds = [tone(300, seconds=0.2, rate=8_000), tone(400, seconds=1.5, rate=44_100)]
    encoded = task.encode(task.read(rows_of(sounds, LABELS[:2]), COLUMNS).examples, ["beep", "siren"], processor, 128)
    batch = task.collator(processor, None)([encoded.rows[0], encoded.rows[1]])
    assert batch["labels"].tolist() == [0, 1]
    assert model(**batch).logits.shape == (2, 2)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base, data = (tmp_path_factory.mktemp(name) for name in ("base", "beeps"))
    save(spectrogram, base)
    for path, content in labelled_media.labelled_beeps().files.items():
        assert isinstance(content, bytes)
        (data / path).parent.mkdir(exist_ok=True)
        (data / path).write_bytes(content)
    task = {"task": TASK.name, "columns": COLUMNS, "splits": {"train": "train", "test": "test"}, "title": "Beeps"}
    run_dir = write_recipe(tmp_path_factory.mktemp("finished"), base, data, task, epochs=6, lr=2e-3)
    assert finish(run_dir) == 0, (run_dir / "worker.log").read_text()
    return run_dir


def test_a_finished_run_tells_the_figures_of_a_classifier(finished: Path) -> None:
    accuracy, _ = read_figures(last(finished, "finished"))
    assert accuracy.value is not None
    assert accuracy.value > 0.5
    recorded = [json.loads(line) for line in (finished / "predictions.jsonl").read_text().splitlines()]
    assert {tuple(row) for row in recorded} == {("row", "file", "label", "predicted", "score")}
    card = (finished / "model" / "README.md").read_text()
    assert "sound from `audio`, class from `label`" in card
    assert "0.0% of the training rows were cut to 30 seconds" in card


def test_the_examiner_plans_it_without_torch(examiner: Examiner, finished: Path) -> None:
    found = examiner.ask(json.loads((finished / "recipe.json").read_text())["dataset"]["repo"])
    assert (found["task"], found["labels"], found["counts"]["noise"]) == (TASK.name, [*beeps.LABELS], 40)
    assert (found["mean_tokens_estimate"], found["columns"][0]["type"]) == (50, "audio")


def test_the_model_sorts_sounds_before_it_is_published(finished: Path, tmp_path: Path) -> None:
    import numpy as np

    chance = np.random.default_rng(5)
    for number in range(len(beeps.LABELS)):
        (tmp_path / f"{number}.wav").write_bytes(beeps.wav(beeps.sound(number, chance)))
    files = [{"file": f"{number}.wav"} for number in range(len(beeps.LABELS))]
    client = InferenceClient(tmp_path, Shelf(tmp_path / "shelf").environment, 2**30)
    try:
        place = str(finished / "model")
        reply = client.ask(Request("1", "R1", SHA, TASK.name, files, folder=str(tmp_path), place=place), 60)
    finally:
        client.close()
    found = [scores.scores[0].label for scores in results_of(reply, Scores)]
    assert sum(one == other for one, other in zip(found, beeps.LABELS, strict=True)) > 2
