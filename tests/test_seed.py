"""What `python -m sandbox.seed --tiny` puts on the sandbox Hub: is it there, and is what it says true?"""

import hashlib
import json
import subprocess
import sys
import wave
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pytest
import torch
from huggingface_hub import DatasetCard, ModelCard
from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

from core.examination import InspectionQuestion
from jobs.training.inspection import inspect
from sandbox.hub.facts import FactsReader
from sandbox.hub.providers import OfferBook
from sandbox.hub.records import Kind
from sandbox.hub.store import HubStore
from sandbox.seed.__main__ import main
from sandbox.seed.contents import REPOS, is_filled
from sandbox.seed.fill import TINY, fill
from sandbox.seed.minilm import weights_folder
from sandbox.seed.providers import OFFERS
from sandbox.seed.reviews import Review, normalise, split_reviews

SENTIMENT, DIGITS, NEW = "acme/minilm-sentiment", "acme/digits-resnet", "northwind/room-depth"
ROTTEN_TOMATOES = "cornell-movie-review-data/rotten_tomatoes"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder filled as the sandbox fills its own; once, because it trains three models."""
    folder = tmp_path_factory.mktemp("hub")
    fill(folder, TINY)
    return folder


@pytest.fixture(scope="module")
def store(state: Path) -> HubStore:
    return HubStore(state)


def read(store: HubStore, kind: Kind, repo_id: str, path: str = "README.md") -> bytes:
    tree = store.resolve(store.repo(kind, repo_id), "main").tree
    return store.blobs.read(tree[path].sha256)


def check_out(store: HubStore, kind: Kind, repo_id: str, folder: Path) -> Path:
    for path in store.resolve(store.repo(kind, repo_id), "main").tree:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(read(store, kind, repo_id, path))
    return folder


def model_cards(store: HubStore) -> dict[str, Any]:
    return {repo.id: ModelCard(read(store, "model", repo.id).decode()) for repo, _ in store.list_repos("model")}


@pytest.fixture(scope="module")
def reviews(store: HubStore, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """rotten_tomatoes as `datasets` loads it from the repo's files, by way of the card."""
    folder = check_out(store, "dataset", ROTTEN_TOMATOES, tmp_path_factory.mktemp("reviews"))
    return datasets.load_dataset(str(folder), cache_dir=str(tmp_path_factory.mktemp("cache")))


def test_the_reviews_can_be_looked_into(store: HubStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    folder = check_out(store, "dataset", ROTTEN_TOMATOES, tmp_path / "repo")
    seen = inspect(InspectionQuestion(repo=str(folder), revision="main", split="validation"))
    assert (seen.trainable, seen.roles) == (True, {"text": "text", "label": "label"})
    assert (set(seen.splits), set(seen.counts)) == ({"train", "validation", "test"}, {"neg", "pos"})
    assert {row["label"] for row in seen.rows} <= {"neg", "pos"}
    assert not [problem for problem in seen.problems if problem.startswith(("No text", "No label", "Labels"))]


def test_the_accuracy_on_the_card_is_what_a_second_evaluation_finds(
    store: HubStore, reviews: Any, tmp_path: Path
) -> None:
    folder = check_out(store, "model", SENTIMENT, tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    assert model.config.id2label == {0: "negative", 1: "positive"}
    right = 0
    for rows in reviews["test"].iter(16):
        with torch.inference_mode():
            logits = model(**tokenizer(rows["text"], padding=True, return_tensors="pt")).logits
        right += int((logits.argmax(-1) == torch.tensor(rows["label"])).sum())
    (claim,) = ModelCard.load(folder / "README.md").data.eval_results
    assert (claim.dataset_type, claim.dataset_split) == (ROTTEN_TOMATOES, "test")
    assert claim.metric_value == round(right / len(reviews["test"]), 4)


def test_the_digits_are_told_apart_as_the_card_says(store: HubStore, tmp_path: Path) -> None:
    folder = check_out(store, "model", DIGITS, tmp_path)
    (claim,) = ModelCard.load(folder / "README.md").data.eval_results
    examples = [str(folder / "examples" / f"{digit}.png") for digit in range(10)]
    told = [found[0]["label"] for found in pipeline("image-classification", model=str(folder))(examples, top_k=1)]
    right = sum(label == str(digit) for digit, label in enumerate(told))
    # Even the short training of the tests is far better than chance.
    assert claim.metric_value > 0.7
    assert right >= 5


def test_splits_hold_all_rows_balanced_and_share_no_text(reviews: Any) -> None:
    assert {name: Counter(split["label"]) for name, split in reviews.items()} == {
        "train": Counter({0: 3_715, 1: 3_715}),
        "validation": Counter({0: 500, 1: 500}),
        "test": Counter({0: 50, 1: 50}),
    }
    assert reviews["test"].features["label"].names == ["neg", "pos"]
    texts = [{normalise(text) for text in split["text"]} for split in reviews.values()]
    assert [one & other for one, other in combinations(texts, 2)] == [set(), set(), set()]


def test_a_repeated_text_is_never_held_out() -> None:
    rows = [Review(text, label) for label in (0, 1) for text in (f"Twice {label}!", f"twice {label}", f"once {label}")]
    splits = split_reviews(rows, {"test": 2})
    assert {review.text for review in splits["test"]} == {"once 0", "once 1"}


def test_minilm_is_the_installed_package_file_by_file(store: HubStore) -> None:
    tree = store.resolve(store.repo("model", "sentence-transformers/all-MiniLM-L6-v2"), "main").tree
    installed = {
        path.relative_to(weights_folder()).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in weights_folder().rglob("*")
        if path.is_file()
    }
    assert {path: entry.sha256 for path, entry in tree.items()} == installed


def test_every_card_parses_and_names_its_licence_and_task(store: HubStore) -> None:
    for repo_id, card in model_cards(store).items():
        assert None not in (card.data.license, card.data.pipeline_tag, card.data.library_name), repo_id
    for repo, _ in store.list_repos("dataset"):
        data: Any = DatasetCard(read(store, "dataset", repo.id).decode()).data
        assert None not in (data.license, data.task_categories), repo.id


def test_models_with_random_weights_say_so_and_claim_no_result(store: HubStore) -> None:
    cards = model_cards(store)
    stand_ins = {repo_id: card for repo_id, card in cards.items() if "random-weights" in (card.data.tags or [])}
    assert len(stand_ins) >= 12
    assert all("**The weights are random.**" in card.text for card in stand_ins.values())
    assert [repo_id for repo_id, card in cards.items() if card.data.eval_results] == [DIGITS, SENTIMENT]
    assert cards.keys() - stand_ins.keys() == {
        "sentence-transformers/all-MiniLM-L6-v2",
        "acme/tiny-bert-reviews-mlm",
        "acme/tiny-gpt2-reviews",
        DIGITS,
        "acme/tiny-ast-beeps",
        SENTIMENT,
    }


def test_one_repo_is_gated_one_private_and_one_pickled(store: HubStore) -> None:
    models = store.list_repos("model")
    assert [(repo.id, repo.gated) for repo, _ in models if repo.gated] == [
        ("contoso-research/review-sentiment-gated", "auto")
    ]
    assert [(repo.id, repo.owner) for repo, _ in models if repo.private] == [("ana/draft-intents", "ana")]
    without = [repo.id for repo, head in models if "model.safetensors" not in head.tree]
    assert without == ["globex/legacy-sentiment"]
    assert "pytorch_model.bin" in store.resolve(store.repo("model", without[0]), "main").tree


def test_the_tiny_language_models_run(store: HubStore, tmp_path: Path) -> None:
    masked = check_out(store, "model", "acme/tiny-bert-reviews-mlm", tmp_path / "mlm")
    answers = pipeline("fill-mask", model=str(masked))("the film is a [MASK] of time .")
    assert len(answers) == 5
    generating = check_out(store, "model", "acme/tiny-gpt2-reviews", tmp_path / "gpt2")
    (answer,) = pipeline("text-generation", model=str(generating))("the film is", max_new_tokens=5)
    assert answer["generated_text"].startswith("the film is")


def test_the_sound_and_table_models_run(store: HubStore, tmp_path: Path) -> None:
    def answer(task: Any, name: str, *given: Any, **options: Any) -> Any:
        folder = check_out(store, "model", name, tmp_path / name)
        return pipeline(task, model=str(folder))(*given, **options)

    beeps = tmp_path / "acme/tiny-ast-beeps"
    classify = pipeline("audio-classification", model=str(check_out(store, "model", "acme/tiny-ast-beeps", beeps)))
    right = 0
    for example in sorted((beeps / "examples").glob("*.wav")):
        with wave.open(str(example)) as file:
            sound = np.frombuffer(file.readframes(file.getnframes()), "<i2") / np.float32(32768)
        right += classify(sound)[0]["label"] == example.stem.replace("-", " ")
    assert right >= 5
    assert answer("automatic-speech-recognition", "northwind/tiny-whisper", sound, generate_kwargs={"num_beams": 1})
    labels = answer("zero-shot-audio-classification", "globex/sound-search", sound, candidate_labels=["a dog", "rain"])
    assert {each["label"] for each in labels} == {"a dog", "rain"}
    assert answer("text-to-audio", "contoso-research/tiny-voice-en", "hello")["audio"].size > 1000
    table = {"city": ["Bonn", "Kiel"], "people": ["330000", "250000"]}
    assert "answer" in answer("table-question-answering", "northwind/table-answers", table=table, query="which city?")


def test_a_second_run_by_the_command_line_adds_what_an_older_folder_lacks_and_changes_nothing_else(
    state: Path, store: HubStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = json.loads((state / "seeded.json").read_text())
    assert (sorted(note["repos"]), is_filled(state)) == (sorted(REPOS), True)
    store.delete_repo(store.repo("model", NEW))
    older = {name: sha for name, sha in note["repos"].items() if name != NEW}
    (state / "seeded.json").write_text(json.dumps(note | {"repos": older}))
    assert not is_filled(state)
    monkeypatch.setattr("sys.argv", ["sandbox.seed", str(state), "--tiny"])
    monkeypatch.setattr("signal.signal", lambda *_: None)  # this process keeps its own way to end
    main()
    repos = json.loads((state / "seeded.json").read_text())["repos"]
    assert repos | {NEW: ""} == note["repos"] | {NEW: ""}
    assert store.resolve(store.repo("model", NEW), "main").sha == repos[NEW]
    assert is_filled(state)
    assert store.refs(store.repo("model", SENTIMENT))["refs/tags/v1"] == repos[SENTIMENT]


def test_whether_a_folder_is_filled_is_known_without_heavy_libraries() -> None:
    code = "import sys, sandbox.__main__; sys.exit(bool({'torch', 'transformers', 'datasets'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


def test_the_models_that_are_offered_for_inference_do_what_they_are_offered_for(store: HubStore, state: Path) -> None:
    offered = {repo_id: OfferBook(store.database).of(store.repo("model", repo_id)) for repo_id in OFFERS}
    assert {repo_id: len(found) for repo_id, found in offered.items()} == {key: len(one) for key, one in OFFERS.items()}
    facts, done = FactsReader(store.blobs), {}
    for repo_id in OFFERS:
        done[repo_id] = facts.read("model", store.resolve(store.repo("model", repo_id), "main")).pipeline_tag
    hosted = {key: one.task for key, found in offered.items() for one in found if one.provider == "hf-inference"}
    assert hosted == done
