"""What the sandbox's Hub tells of its repos: descriptions, lists, and what transformers and datasets load."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from world.running_hub import RunningHub, put_model, running, safetensors


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    with running(tmp_path_factory.mktemp("hub")) as found:
        yield found


def test_a_model_is_described_from_its_card_config_and_weights(hub: RunningHub) -> None:
    sha = put_model(hub, "acme/described")
    hub.store.set_counts("model", "acme/described", downloads=12, likes=3)
    info: Any = hub.api("ana").model_info("acme/described", files_metadata=True, securityStatus=True)
    assert (info.sha, info.downloads, info.likes) == (sha, 12, 3)
    assert (info.pipeline_tag, info.library_name) == ("text-classification", "transformers")
    assert info.transformers_info.auto_model == "AutoModelForSequenceClassification"
    assert (info.safetensors.parameters, info.safetensors.total) == ({"F32": 8}, 8)
    assert info.card_data.eval_results[0].metric_value == 0.75
    assert info.security_repo_status == {"scansDone": True, "filesWithIssues": []}
    assert {"license:apache-2.0", "en", "base_model:finetune:acme/base", "dataset:acme/reviews"} <= set(info.tags)
    assert {file.rfilename: file.size for file in info.siblings}["config.json"] == 74


@pytest.mark.parametrize("weights", [b"short", b"\xff" * 20, struct.pack("<Q", 9) + b'{"w": []}'])
def test_files_that_are_not_what_they_are_called_leave_the_facts_out(hub: RunningHub, weights: bytes) -> None:
    repo_id = f"acme/odd-{len(weights)}"
    hub.store.create_repo("model", repo_id, owner="ana")
    files = {"config.json": b'{"architectures": {}, "model_type": [1]}', "model.safetensors": weights}
    hub.store.commit("model", repo_id, files, "Add", "ana")
    info = hub.api("ana").model_info(repo_id)
    assert (info.safetensors, info.config, info.pipeline_tag) == (None, None, None)


def test_a_pickle_that_would_run_code_is_reported(hub: RunningHub) -> None:
    api = hub.api("ana")
    hub.store.create_repo("model", "acme/pickled", owner="ana")
    evil = b"cos\nsystem\n(S'true'\ntR."
    hub.store.commit("model", "acme/pickled", {"pytorch_model.bin": evil}, "Add", "ana")
    status: Any = api.model_info("acme/pickled", securityStatus=True).security_repo_status
    assert status["filesWithIssues"] == [{"path": "pytorch_model.bin", "level": "unsafe"}]


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """Three models, and a hundred and fifty datasets."""
    with running(tmp_path_factory.mktemp("catalogue")) as found:
        for name, width, downloads in (("small", 10, 5), ("medium", 1_000, 50), ("large", 100_000, 20)):
            card = f"---\nlanguage: [en, de]\nlicense: mit\ntags: [{name}-tag]\n---\n".encode()
            files = {"README.md": card, "model.safetensors": safetensors(w=(width,))}
            found.store.create_repo("model", f"acme/{name}-bert", private=name == "large", owner="ana")
            found.store.commit("model", f"acme/{name}-bert", files, "Add", "ana")
            found.store.set_counts("model", f"acme/{name}-bert", downloads=downloads)
        for number in range(150):
            found.store.create_repo("dataset", f"acme/rows-{number:03d}", owner="ana")
        yield found


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"sort": "downloads"}, ["medium", "large", "small"]),
        ({"search": "BERT small"}, ["small"]),
        ({"filter": ["license:mit", "de", "large-tag"]}, ["large"]),
        ({"author": "acme", "sort": "created_at", "limit": 2}, ["large", "medium"]),
        ({"num_parameters": "min:500,max:2K"}, ["medium"]),
        ({"num_parameters": "min:50K"}, ["large"]),
        ({"num_parameters": "max:500M", "sort": "downloads"}, ["medium", "large", "small"]),
        ({"gated": True}, []),
        ({"author": "elsewhere"}, []),
    ],
)
def test_models_are_found_by_every_filter(catalogue: RunningHub, query: dict[str, Any], names: list[str]) -> None:
    found = catalogue.api("ana").list_models(**query)
    assert [model.id for model in found] == [f"acme/{name}-bert" for name in names]


def test_lists_hide_private_repos_and_say_what_was_asked(catalogue: RunningHub) -> None:
    visible: list[Any] = list(catalogue.api("dee").list_models(sort="downloads", expand=["safetensors", "likes"]))
    assert [(model.id, model.safetensors.total) for model in visible] == [
        ("acme/medium-bert", 1_000),
        ("acme/small-bert", 10),
    ]
    full: Any = next(iter(catalogue.api("dee").list_models(search="small", full=True, cardData=True)))
    assert (full.card_data.license, len(full.siblings), full.author) == ("mit", 3, "acme")


def test_long_lists_come_in_pages_that_lead_to_each_other(catalogue: RunningHub) -> None:
    found = [dataset.id for dataset in catalogue.api(None).list_datasets(author="acme", sort="created_at")]
    assert found == [f"acme/rows-{number:03d}" for number in reversed(range(150))]
    answer = httpx.get(f"{catalogue.url}/api/datasets", params={"author": "acme", "limit": 60})
    assert (len(answer.json()), answer.links["next"]["url"].startswith(f"{catalogue.url}/api/datasets?")) == (60, True)


def test_transformers_loads_a_model_and_its_tokenizer(hub: RunningHub, tmp_path: Path) -> None:
    code = """
        import torch
        from transformers import AutoModel, AutoTokenizer, BertConfig, BertModel, BertTokenizerFast
        words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "good", "film"]
        sizes = dict(vocab_size=8, hidden_size=8, intermediate_size=8)
        config = BertConfig(num_hidden_layers=1, num_attention_heads=2, **sizes)
        model = BertModel(config).eval()
        tokenizer = BertTokenizerFast(vocab={word: at for at, word in enumerate(words)})
        model.push_to_hub("acme/tiny-bert")
        tokenizer.push_to_hub("acme/tiny-bert")
        loaded = AutoModel.from_pretrained("acme/tiny-bert").eval()
        ids = AutoTokenizer.from_pretrained("acme/tiny-bert")("a good film", return_tensors="pt")
        same = torch.equal(model(**ids).last_hidden_state, loaded(**ids).last_hidden_state)
        try:
            AutoModel.from_pretrained("acme/no-such-bert")
        except OSError as error:
            answer = [same, ids["input_ids"].tolist(), "not a valid model identifier" in str(error)]
    """
    assert hub.client(tmp_path, code) == [True, [[2, 5, 6, 7, 3]], True]
    info: Any = hub.api("ana").model_info("acme/tiny-bert")
    assert info.safetensors.total == 4728


def test_datasets_loads_csv_and_parquet_repos(hub: RunningHub, tmp_path: Path) -> None:
    hub.store.create_repo("dataset", "acme/csv", owner="ana")
    rows = {"train.csv": b"text,label\ngood,1\nbad,0\n", "test.csv": b"text,label\nfine,1\n"}
    hub.store.commit("dataset", "acme/csv", rows, "Add", "ana")
    code = """
        from datasets import Dataset, load_dataset
        csv = load_dataset("acme/csv")
        Dataset.from_dict({"n": [1, 2, 3]}).push_to_hub("acme/parquet")
        streamed = load_dataset("acme/parquet", split="train", streaming=True)
        answer = [csv["train"]["text"][:], csv["test"]["label"][:], [row["n"] for row in streamed]]
    """
    assert hub.client(tmp_path, code) == [["good", "bad"], [1], [1, 2, 3]]
    tags = hub.api("ana").dataset_info("acme/csv").tags or []
    assert {"size_categories:n<1K", "format:csv"} <= set(tags)
