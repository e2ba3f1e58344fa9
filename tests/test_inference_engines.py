"""Two engines give one answer: models that are used often are exported, checked, and then need no torch."""

import json
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from core.results import Scores
from jobs.inference.client import InferenceClient
from jobs.inference.protocol import Reply, Request
from jobs.inference.worker.exported import ABOUT, Place
from world import driver, hub_content
from world.model_shelf import SHA, Shelf, results_of

pytestmark = pytest.mark.xdist_group("inference")
NLI = {0: "contradiction", 1: "neutral", 2: "entailment"}
TAGS = {0: "O", 1: "B-PER", 2: "I-PER", 3: "B-LOC"}
LONG = "the film is lovely and warm with its music " * 9
# Each task with its model, inputs and options: short and long ones together.
ASKED: dict[str, tuple[str, list[str], dict[str, str]]] = {
    "text-classification": ("acme/nli", ["film", "the film is lovely", LONG], {}),
    "token-classification": ("acme/tagger", ["the music is dull", LONG], {}),
    "question-answering": ("acme/reader", ["is the film warm", "the film is lovely and warm", LONG], {}),
    "fill-mask": ("acme/masked", ["the film is [MASK]", "a [MASK] story with warm actors"], {}),
    "sentence-similarity": ("acme/masked", ["a warm film", "a dull story", LONG], {}),
    "text-ranking": ("acme/ranker", ["a warm film", "the music is lovely", LONG], {}),
    "zero-shot-classification": ("acme/nli", ["the film is lovely", LONG], {"labels": "music, story, dull"}),
}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    import transformers

    shelf = Shelf(tmp_path_factory.mktemp("hf"))
    masked = tmp_path_factory.mktemp("masked")
    hub_content.tiny_bert(masked)
    shape = transformers.BertConfig.from_pretrained(masked, num_hidden_layers=1, initializer_range=0.5)
    heads: dict[str, tuple[Any, dict[int, str]]] = {
        "acme/nli": (transformers.BertForSequenceClassification, NLI),
        "acme/ranker": (transformers.BertForSequenceClassification, {0: "score"}),
        "acme/tagger": (transformers.BertForTokenClassification, TAGS),
        "acme/masked": (transformers.BertForMaskedLM, {}),
        "acme/reader": (transformers.BertForQuestionAnswering, {0: "start", 1: "end"}),
    }
    for name, (head, labels) in heads.items():
        transformers.set_seed(2)
        if labels:
            shape.id2label, shape.label2id = labels, {label: at for at, label in labels.items()}
        head(shape).save_pretrained(shelf.put(name, masked))
    return shelf


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def a_request(task: str, **options: str) -> Request:
    name, inputs, own = ASKED[task]
    return Request(uuid.uuid4().hex, name, SHA, task, inputs, {**own, **options})


@pytest.fixture(scope="module")
def by_torch(shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Reply]:
    client = InferenceClient(tmp_path_factory.mktemp("torch"), shelf.environment, 2**30)
    try:
        return {task: client.ask(a_request(task), 120) for task in ASKED}
    finally:
        client.close()


@pytest.fixture(scope="module")
def exported(shelf: Shelf, home: Path) -> Path:
    """A state folder with every model exported, which takes a second or two each, and one with int8 weights."""
    from jobs.inference.worker import export

    requests = [a_request(task) for task in ASKED if task != "zero-shot-classification"]
    for request in [*requests, a_request("text-classification", dtype="int8")]:
        export.export(request, shelf.snapshot(request.model), Place.of(home, request), [])
    # The same model for another task is the same graph.
    one, other = (Place.of(home, a_request(task)) for task in ("text-classification", "zero-shot-classification"))
    shutil.copytree(one.folder, other.folder)
    return home


@pytest.fixture(scope="module")
def client(shelf: Shelf, exported: Path) -> Iterator[InferenceClient]:
    client = InferenceClient(exported, shelf.environment, 2**30)
    yield client
    client.close()


def flat(results: Any) -> list[Any]:
    """Numbers and words of results, in order."""
    if is_dataclass(results):
        return [each for field in fields(results) for each in flat(getattr(results, field.name))]
    return [each for value in results for each in flat(value)] if isinstance(results, (list, tuple)) else [results]


@pytest.mark.parametrize("task", ASKED)
def test_an_exported_model_answers_what_torch_answers(
    client: InferenceClient, by_torch: dict[str, Reply], task: str
) -> None:
    answer = client.ask(a_request(task), 120)
    assert answer.engine == "onnx"
    assert flat(answer.results) == [
        pytest.approx(each, abs=1e-3) if isinstance(each, float) else each for each in flat(by_torch[task].results)
    ]


def test_int8_says_so_and_a_worker_of_exported_models_never_loads_torch(
    client: InferenceClient, by_torch: dict[str, Reply]
) -> None:
    answer = client.ask(a_request("text-classification", dtype="int8"), 120)
    assert answer.engine == "onnx int8"
    assert [each.label for result in results_of(answer, Scores) for each in result.scores] == [
        each.label for result in results_of(by_torch["text-classification"], Scores) for each in result.scores
    ]
    assert {(each.dtype, each.engine) for each in client.status()} >= {("", "onnx"), ("int8", "onnx int8")}
    loaded = Path(f"/proc/{client.pid}/maps").read_text()
    assert ("onnxruntime" in loaded, "libtorch" in loaded) == (True, False)


def test_a_model_that_is_used_often_is_exported_and_then_answered_without_torch(
    shelf: Shelf, by_torch: dict[str, Reply], tmp_path: Path
) -> None:
    place = Place.of(tmp_path, a_request("text-classification"))
    client = InferenceClient(tmp_path, shelf.environment, 2**30, export_after=2)
    try:
        engines = [client.ask(a_request("text-classification"), 120).engine for _ in range(2)]
        assert driver.wait_for(lambda: place.is_ready or place.has_failed, 120)
        engines += [client.ask(a_request("text-classification"), 120).engine]
        assert client.ask(a_request("text-classification", dtype="int8"), 120).engine == "torch int8"
    finally:
        client.close()
    assert engines == ["torch", "torch", "onnx"]


def test_what_cannot_be_exported_stays_with_torch_and_is_not_tried_again(
    shelf: Shelf, home: Path, tmp_path: Path
) -> None:
    from jobs.inference.worker import export

    request = Request("", "acme/wide", SHA, "text-classification", ["film"])
    files = shelf.put("acme/wide", shelf.snapshot("acme/nli"))
    settings = json.loads((files / "tokenizer_config.json").read_text())
    (files / "tokenizer_config.json").write_text(json.dumps(settings | {"model_max_length": 4096}))
    config = json.loads((files / "config.json").read_text())
    from transformers import BertConfig, BertForSequenceClassification

    BertForSequenceClassification(BertConfig(**config | {"max_position_embeddings": 4096})).save_pretrained(files)
    place = Place.of(tmp_path, request)
    with pytest.raises(export.CannotExport) as refused:
        export.export(request, files, place, [])
    place.refuse(str(refused.value))
    about = json.loads((place.folder / ABOUT).read_text())
    assert about["failed"] == "it reads 4096 tokens, more than the 2048 that a graph has memory for"
    assert (place.is_ready, place.has_failed, list(place.folder.parent.iterdir())) == (False, True, [place.folder])
    # Other versions of the libraries may be able to.
    (place.folder / ABOUT).write_text(json.dumps(about | {"versions": {"torch": "1.0"}}))
    assert (place.is_ready, place.has_failed) == (False, False)


def test_a_graph_that_gives_other_answers_is_refused(shelf: Shelf, exported: Path) -> None:
    from jobs.inference.worker import export
    from jobs.inference.worker.engines import onnx, torch
    from jobs.inference.worker.tasks import load_task

    right, wrong = (
        torch.load(Request("", name, SHA, task, []), shelf.snapshot(name), load_task(task))
        for name, task in (("acme/ranker", "text-ranking"), ("acme/nli", "text-classification"))
    )
    graph = onnx.load(Place.of(exported, a_request("text-ranking")).folder)
    rows = graph.cutter.read(["the film", LONG], None, 64)
    assert rows == right.cutter.read(["the film", LONG], None, 64)
    export.ensure_alike(right, graph, ["logits"], rows, "")
    with pytest.raises(export.CannotExport, match=r"differ from torch's by .*, more than 0\.001"):
        export.ensure_alike(wrong, graph, ["logits"], rows, "")


def test_an_export_that_is_damaged_is_left_for_torch(
    shelf: Shelf, exported: Path, by_torch: dict[str, Reply], tmp_path: Path
) -> None:
    request = a_request("text-ranking")
    place = Place.of(tmp_path, request)
    shutil.copytree(Place.of(exported, request).folder, place.folder)
    (place.folder / "model.onnx").write_bytes(b"no graph")
    client = InferenceClient(tmp_path, shelf.environment, 2**30)
    try:
        answer = client.ask(request, 120)
    finally:
        client.close()
    assert (answer.engine, answer.results, place.has_failed) == ("torch", by_torch["text-ranking"].results, True)
