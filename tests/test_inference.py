"""Quick inference: the worker answers what the bare model answers, and survives what people and machines do to it."""

import os
import shutil
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.results import Ranked, Reading, Scores, Words
from jobs.inference.client import InferenceClient, InferenceFailed
from world import hub_content
from world.model_shelf import SHA, Shelf, ask, results_of


@pytest.fixture(scope="module")
def shelf(shared_shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    from transformers import BertConfig, BertForSequenceClassification, set_seed

    masked = tmp_path_factory.mktemp("masked")
    hub_content.tiny_bert(masked)
    shared_shelf.put("acme/masked", masked)
    classifier = tmp_path_factory.mktemp("classifier")
    shutil.copytree(masked, classifier, dirs_exist_ok=True)
    set_seed(1)
    names = {0: "negative", 1: "neutral", 2: "positive"}
    config = BertConfig.from_pretrained(masked, id2label=names, label2id={name: at for at, name in names.items()})
    BertForSequenceClassification(config).save_pretrained(classifier)
    shared_shelf.put("acme/classifier", classifier)
    return shared_shelf


def bare_scores(shelf: Shelf, text: str) -> dict[str, float]:
    """What plain transformers says, without hugops."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder = shelf.folder / "hub" / "models--acme--classifier" / "snapshots" / SHA
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModelForSequenceClassification.from_pretrained(folder)
    with torch.inference_mode():
        scores = model.eval()(**tokenizer(text, return_tensors="pt")).logits.softmax(-1)[0].tolist()
    return {model.config.id2label[at]: score for at, score in enumerate(scores)}


def test_a_classifier_gives_the_scores_of_the_bare_model(client: InferenceClient, shelf: Shelf) -> None:
    text = "the film is lovely and warm"
    answer = ask(client, "acme/classifier", "text-classification", text)
    found = {each.label: each.score for each in results_of(answer, Scores)[0].scores}
    assert found == pytest.approx(bare_scores(shelf, text), abs=1e-5)
    assert list(found.values()) == sorted(found.values(), reverse=True)


def test_many_who_ask_at_once_each_get_their_own_answer(client: InferenceClient, shelf: Shelf) -> None:
    texts = [f"the film is {word}" for word in (*hub_content.POSITIVE, *hub_content.NEGATIVE)]
    alone = [results_of(ask(client, "acme/classifier", "text-classification", text), Scores)[0] for text in texts]
    with ThreadPoolExecutor(16) as pool:
        together = list(pool.map(lambda text: ask(client, "acme/classifier", "text-classification", text), texts))
    for one, many in zip(alone, together, strict=True):
        assert [each.score for each in results_of(many, Scores)[0].scores] == pytest.approx(
            [each.score for each in one.scores], abs=1e-5
        )


def test_fill_mask_names_five_words_for_the_gap_however_it_is_written(client: InferenceClient) -> None:
    first = results_of(ask(client, "acme/masked", "fill-mask", "the film is [MASK]"), Words)[0].words
    second = results_of(ask(client, "acme/masked", "fill-mask", "the film is ____"), Words)[0].words
    assert len(first) == 5
    assert first == second


def test_similarity_is_one_for_the_same_text_and_less_for_another(client: InferenceClient) -> None:
    answer = ask(client, "acme/masked", "sentence-similarity", "a warm film", "a warm film", "dull music")
    same, another = results_of(answer, Ranked)
    assert same.score == pytest.approx(1.0, abs=1e-5)
    assert another.score < 0.999


def test_a_text_longer_than_the_model_reads_is_cut_and_said_so(client: InferenceClient) -> None:
    result = results_of(ask(client, "acme/classifier", "text-classification", "film " * 500), Scores)[0]
    assert result.note == Reading("tokens", 64, 502)


@pytest.mark.parametrize(
    ("task", "inputs", "kind", "part"),
    [
        ("fill-mask", ["no gap here"], "input", "Mark it with [MASK]"),
        ("text-classification", ["  "], "input", "no text"),
        ("text-classification", ["x" * 100_001], "input", "100,000"),
        ("sentence-similarity", ["alone"], "input", "two texts"),
    ],
)
def test_a_wrong_input_is_answered_with_what_to_do(
    client: InferenceClient, task: str, inputs: list[str], kind: str, part: str
) -> None:
    with pytest.raises(InferenceFailed) as refusal:
        ask(client, "acme/masked", task, *inputs)
    assert (refusal.value.kind, part in refusal.value.message) == (kind, True)


def test_a_model_with_code_of_its_own_or_with_pickle_alone_is_refused(
    client: InferenceClient, shelf: Shelf, tmp_path: Path
) -> None:
    for name, spoil in (("acme/code", _add_code), ("acme/pickle", _only_pickle)):
        snapshot = shelf.put(name, shelf.folder / "hub" / "models--acme--classifier" / "snapshots" / SHA)
        spoil(snapshot)
        with pytest.raises(InferenceFailed) as refusal:
            ask(client, name, "text-classification", "film")
        assert refusal.value.kind in ("model", "hub")


def _add_code(folder: Path) -> None:
    config = (folder / "config.json").read_text()
    (folder / "config.json").write_text(config.replace("{", '{"auto_map": {"AutoModel": "evil.Model"},', 1))


def _only_pickle(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


@pytest.fixture(scope="module")
def small(shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Iterator[InferenceClient]:
    """Has memory for one of the small models, not for two."""
    one = (shelf.snapshot("acme/classifier") / "model.safetensors").stat().st_size
    client = InferenceClient(tmp_path_factory.mktemp("small"), shelf.environment, int(one * 1.2 * 1.5))
    yield client
    client.close()


def test_a_model_over_the_budget_is_refused_before_it_is_loaded(small: InferenceClient, shelf: Shelf) -> None:
    shelf.put_classifier("acme/large", shelf.snapshot("acme/masked"), hidden_size=128)
    with pytest.raises(InferenceFailed, match="set aside for models"):
        ask(small, "acme/large", "text-classification", "film")
    assert "acme/large" not in [each.model for each in small.status()]


def test_the_least_recently_used_model_leaves_when_another_needs_its_place(small: InferenceClient) -> None:
    first = ask(small, "acme/classifier", "text-classification", "film")
    ask(small, "acme/masked", "fill-mask", "film [MASK]")
    again = ask(small, "acme/classifier", "text-classification", "film")
    assert again.load_seconds > 0
    assert again.results == first.results


def test_a_killed_worker_is_told_and_the_next_request_finds_a_new_one(client: InferenceClient) -> None:
    ask(client, "acme/classifier", "text-classification", "film")
    before = client.pid
    assert before is not None
    os.kill(before, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ask, client, "acme/classifier", "text-classification", "film")
        while not client._waiting:
            pass
        os.kill(before, signal.SIGKILL)
        with pytest.raises(InferenceFailed) as failure:
            waiting.result(30)
    assert failure.value.kind == "worker"
    assert ask(client, "acme/classifier", "text-classification", "film").results
    assert client.pid != before
