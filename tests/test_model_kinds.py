"""Models of many kinds with a tokenizer that was written for another: what is known of them is known everywhere."""

import csv
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.recipe import Recipe
from core.results import Scores, Span
from jobs.inference.client import InferenceClient, InferenceFailed
from jobs.inference.protocol import Reply, Request
from jobs.models.reading import fit_tokenizer, positions
from jobs.training.attempt import Attempt
from jobs.training.errors import RunError
from jobs.training.events import EventLog
from world import model_kinds
from world.model_shelf import SHA, Shelf, results_of
from world.training import last, plan_run

pytestmark = pytest.mark.xdist_group("model-kinds")
OFFSET = ("roberta", "xlm-roberta", "camembert", "mpnet")
LONG = " ".join(model_kinds.WORDS * 3)
NLI = {0: "contradiction", 1: "neutral", 2: "entailment"}
SEQUENCE, TOKEN = "AutoModelForSequenceClassification", "AutoModelForTokenClassification"


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pairs of texts with a class, some of them longer than any of the models reads."""
    folder = tmp_path_factory.mktemp("pairs")
    words = model_kinds.WORDS
    rows = [
        (f"{words[at % 30]} {LONG if at % 9 == 0 else words[0]}", words[at * 7 % 30], "ab"[at % 2]) for at in range(60)
    ]
    with (folder / "train.csv").open("w", newline="") as file:
        csv.writer(file).writerows(
            [("text", "other", "label"), *[(f"{a} {at}", b, c) for at, (a, b, c) in enumerate(rows)]]
        )
    return folder


def train(folder: Path, base: Path, data: Path, **parameters: Any) -> Path:
    """A run of one epoch on the pairs, in this process."""
    from jobs.training.run import carry_out

    run_dir = plan_run(folder / "run", base, data, epochs=1, **parameters)
    columns = {"columns": {"text": "text", "text_pair": "other", "label": "label"}, "labels": ["a", "b"]}
    (run_dir / "recipe.json").write_text(json.dumps(json.loads((run_dir / "recipe.json").read_text()) | columns))
    carry_out(Recipe.read(run_dir), Attempt(run_dir, EventLog(run_dir / "events.jsonl", attempt=1), resumed_from=0))
    return run_dir


@pytest.mark.parametrize("kind", model_kinds.KINDS)
def test_any_kind_is_trained_on_pairs_longer_than_it_reads_and_its_model_runs_by_plain_transformers(
    tmp_path: Path, pairs: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    base = model_kinds.save(tmp_path / "base", kind)
    run_dir = train(tmp_path, base, pairs, max_length=512)
    assert last(run_dir, "finished")["metrics"]["rows"] > 0
    tokenizer = AutoTokenizer.from_pretrained(run_dir / "model")
    model = AutoModelForSequenceClassification.from_pretrained(run_dir / "model")
    encoded = tokenizer([("word1 word2", "word3"), ("word1", "word4 word5")], padding=True, return_tensors="pt")
    assert model(**encoded).logits.shape == (2, 2)


@pytest.mark.parametrize("kind", OFFSET)
def test_places_that_begin_after_the_padding_are_not_counted(kind: str) -> None:
    import torch
    import transformers

    config = transformers.AutoConfig.for_model(kind, **model_kinds.KINDS[kind])
    model = transformers.AutoModel.from_config(config).eval()
    assert positions(config) == model_kinds.POSITIONS - 2
    assert model(torch.full((1, positions(config)), 7)).last_hidden_state.shape[1] == positions(config)
    with pytest.raises((IndexError, RuntimeError)):
        model(torch.full((1, positions(config) + 1), 7))


@pytest.mark.parametrize("size", [None, 0, -1])
def test_a_model_without_places_reads_as_much_as_anybody_may_paste(size: int | None) -> None:
    import transformers

    if size is None:
        config: Any = transformers.AutoConfig.for_model("xlnet", **model_kinds.KINDS["xlnet"])
    else:
        config = transformers.AutoConfig.for_model("bert", max_position_embeddings=size)
    assert positions(config) == 8192


@pytest.mark.parametrize(
    ("marks", "padding"),
    [
        ({}, "[PAD]"),
        ({"pad_token": None}, "[UNK]"),
        ({"pad_token": None, "unk_token": None}, "[SEP]"),
        ({"pad_token": None, "unk_token": None, "sep_token": None, "cls_token": None}, "[PAD]"),
        ({"pad_token": "<|new|>"}, "[UNK]"),
        ({"pad_token": None, "eos_token": "<|new|>"}, "[UNK]"),
    ],
)
def test_a_tokenizer_pads_with_a_token_that_the_model_has_a_place_for(marks: dict[str, str], padding: str) -> None:
    import transformers

    tokenizer = model_kinds.bert_tokenizer(**marks)
    config = transformers.GPT2Config(**model_kinds.KINDS["gpt2"])
    fit_tokenizer(tokenizer, config, transformers.GPT2ForSequenceClassification.forward)
    assert tokenizer.pad_token == padding
    assert config.pad_token_id == tokenizer.pad_token_id < len(model_kinds.VOCABULARY)


@pytest.mark.parametrize("marks", [{"pad_token": None}, {"pad_token": None, "unk_token": None, "cls_token": None}])
def test_a_base_whose_tokenizer_has_no_padding_is_trained(
    tmp_path: Path, pairs: Path, marks: dict[str, None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    base = model_kinds.save(tmp_path / "base", "gpt2")
    model_kinds.bert_tokenizer(**marks).save_pretrained(base)
    assert last(train(tmp_path, base, pairs), "finished")["metrics"]["rows"] > 0


def test_a_tokenizer_of_another_model_is_named_as_the_reason(
    tmp_path: Path, pairs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    base = model_kinds.save(tmp_path / "base", "bert", vocab_size=9)
    with pytest.raises(RunError, match="has a tokenizer of another model") as failure:
        train(tmp_path, base, pairs)
    assert failure.value.kind == "user"


@pytest.mark.parametrize("labels", [{"yes": 0, "no": 1}, {"0": "no", "2": "yes"}, {"1": "no", "2": "yes"}])
def test_what_a_base_says_of_its_own_labels_is_no_matter_for_new_ones(
    tmp_path: Path, pairs: Path, labels: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    base = model_kinds.save(tmp_path / "base", "roberta")
    change(base, id2label=labels)
    run_dir = train(tmp_path, base, pairs)
    assert json.loads((run_dir / "model" / "config.json").read_text())["id2label"] == {"0": "a", "1": "b"}


def change(folder: Path, **config: object) -> None:
    """Other words in a model's config.json."""
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | config))


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    shelf, made = Shelf(tmp_path_factory.mktemp("hf")), tmp_path_factory.mktemp("made")
    for kind in ("roberta", "distilbert", "deberta-v2", "mpnet"):
        shelf.put(f"acme/{kind}-ranker", model_kinds.save(made / f"{kind}1", kind, num_labels=1))
        shelf.put(f"acme/{kind}-nli", model_kinds.save(made / f"{kind}2", kind, id2label=NLI))
        shelf.put(f"acme/{kind}-reader", model_kinds.save(made / f"{kind}3", kind, "AutoModelForQuestionAnswering"))
    broken: dict[str, dict[str, object]] = {
        "swapped": {"id2label": {"bad": 0, "neutral": 1, "good": 2}},
        "skipping": {"id2label": {"0": "bad", "1": "neutral", "3": "good"}},
        "from-one": {"id2label": {"1": "bad", "2": "neutral", "3": "good"}},
        "short": {"id2label": {"0": "bad", "1": "good"}},
        "long": {"id2label": {str(at): f"label {at}" for at in range(5)}},
        "unnamed": {"id2label": None},
    }
    for name, config in broken.items():
        change(shelf.put(f"acme/{name}", model_kinds.save(made / name, "bert", id2label=NLI)), **config)
    shelf.put("acme/classifier", model_kinds.save(made / "classifier", "bert", SEQUENCE, id2label=NLI))
    shelf.put("acme/tagger", model_kinds.save(made / "tagger", "roberta", TOKEN, id2label=NLI))
    shelf.put("acme/chooser", model_kinds.save(made / "chooser", "distilbert", "AutoModelForMultipleChoice"))
    model_kinds.save(made / "foreign", "bert", vocab_size=9, id2label=NLI)
    shelf.put("acme/foreign", made / "foreign")
    return shelf


@pytest.fixture(scope="module")
def client(shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Iterator[InferenceClient]:
    client = InferenceClient(tmp_path_factory.mktemp("home"), shelf.environment, 2**30)
    yield client
    client.close()


def ask(client: InferenceClient, model: str, task: str, texts: list[str], **options: str) -> Reply:
    return client.ask(Request(uuid.uuid4().hex, model, SHA, task, texts, options), 120)


@pytest.mark.parametrize("kind", ["roberta", "distilbert", "deberta-v2", "mpnet"])
def test_pairs_are_read_by_models_with_one_type_of_token(client: InferenceClient, kind: str) -> None:
    ranked = ask(client, f"acme/{kind}-ranker", "text-ranking", ["word1 word2", "word3", LONG]).results
    assert len(ranked) == 2
    options = {"labels": "word4, word5"}
    (scores,) = results_of(ask(client, f"acme/{kind}-nli", "zero-shot-classification", [LONG], **options), Scores)
    assert sorted(each.label for each in scores.scores) == ["word4", "word5"]
    (answer,) = results_of(ask(client, f"acme/{kind}-reader", "question-answering", ["word1 word2", LONG]), Span)
    assert answer.answer in LONG


WRONG = {
    "swapped": "has `id2label` the wrong way round in its config.json: it goes from names to numbers. "
    "Try another revision, or ask its owners to swap it with `label2id`.",
    "skipping": "has no name for label 2: `id2label` in its config.json skips it. Try another revision.",
    "from-one": "has no name for label 0: `id2label` in its config.json skips it. Try another revision.",
    "short": "has a head for 3 labels, and `id2label` in its config.json names 2. Try another revision.",
    "long": "has a head for 3 labels, and `id2label` in its config.json names 5. Try another revision.",
    "unnamed": "has a head for 3 labels, and `id2label` in its config.json names 2. Try another revision.",
    "foreign": "has a tokenizer of another model: its weights have no place for some tokens. Try another revision.",
    "tagger": "was trained for token-classification, not for text-classification, so its answers would mean nothing. "
    "Try `task=token-classification`.",
    "chooser": "was trained for MultipleChoice, not for text-classification, so its answers would mean nothing. "
    "Try another model.",
}


@pytest.mark.parametrize("name", WRONG)
def test_labels_and_heads_that_do_not_go_together_are_refused_by_name(client: InferenceClient, name: str) -> None:
    with pytest.raises(InferenceFailed) as refusal:
        ask(client, f"acme/{name}", "text-classification", ["word1 word20"])
    assert str(refusal.value) == f"acme/{name} {WRONG[name]}"


def test_a_classifier_of_texts_gives_no_tags(client: InferenceClient) -> None:
    with pytest.raises(InferenceFailed, match="was trained for text-classification, not for token-classification"):
        ask(client, "acme/classifier", "token-classification", ["word1 word2"])


def test_an_export_reads_what_its_model_takes(shelf: Shelf, tmp_path: Path) -> None:
    from jobs.inference.worker.export import export
    from jobs.inference.worker.exported import ABOUT, Place

    request = Request("", "acme/roberta-ranker", SHA, "text-ranking", [])
    place = Place.of(tmp_path, request)
    export(request, shelf.snapshot(request.model), place, [])
    about = json.loads((place.folder / ABOUT).read_text())
    assert (about["marks"]["names"], about["longest"]) == (["input_ids", "attention_mask"], model_kinds.POSITIONS - 2)
