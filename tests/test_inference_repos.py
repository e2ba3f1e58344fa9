"""Quick inference from the Hub: what is fetched, what is refused before it is fetched, and what cannot be had."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.results import Scores, Tokens
from jobs.inference.client import InferenceClient, InferenceFailed
from jobs.inference.protocol import Reply, Request
from world import hub_content, running_hub
from world.model_shelf import SHA, Shelf, results_of


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    shelf = Shelf(tmp_path_factory.mktemp("hf"))
    masked = tmp_path_factory.mktemp("masked")
    hub_content.tiny_bert(masked)
    shelf.put_classifier("acme/classifier", masked)
    return shelf


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[running_hub.RunningHub]:
    with running_hub.running(tmp_path_factory.mktemp("state")) as hub:
        yield hub


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """HF_HOME of the worker."""
    return tmp_path_factory.mktemp("hf")


@pytest.fixture(scope="module")
def online(hub: running_hub.RunningHub, home: Path) -> Iterator[InferenceClient]:
    environment = os.environ | {"HF_HOME": str(home), "HF_ENDPOINT": hub.url, "HF_TOKEN": "hf_dee"}
    client = InferenceClient(home, environment, 10**6)
    yield client
    client.close()


def commit(hub: running_hub.RunningHub, repo: str, files: dict[str, bytes], **options: Any) -> str:
    return hub_content.upload(hub.api("ana"), "model", repo, files, **options)


def files_of(shelf: Shelf, *, leave_out: str = "") -> dict[str, bytes]:
    files = {path.name: path.read_bytes() for path in shelf.snapshot("acme/classifier").iterdir()}
    return {name: data for name, data in files.items() if not leave_out or not name.startswith(leave_out)}


def fetched(home: Path, repo: str) -> set[str]:
    """Names of the files of this repo that the worker has."""
    return {path.name for path in (home / "hub" / f"models--{repo.replace('/', '--')}").glob("snapshots/*/*")}


def ask_at(client: InferenceClient, model: str, revision: str) -> Reply:
    return client.ask(Request(uuid.uuid4().hex, model, revision, "text-classification", ["the film"]), 60)


def test_a_commit_is_fetched_once_without_what_is_not_read_and_then_needs_no_hub(
    hub: running_hub.RunningHub, online: InferenceClient, shelf: Shelf, home: Path, tmp_path: Path
) -> None:
    more = {"evil.py": b"raise SystemExit", "pytorch_model.bin": b"pickle", "onnx/model.onnx": b"graph"}
    revision = commit(hub, "acme/fetched", files_of(shelf) | more)
    first = ask_at(online, "acme/fetched", revision).results
    assert fetched(home, "acme/fetched") & {"evil.py", "pytorch_model.bin", "onnx"} == set()
    environment = os.environ | {"HF_HOME": str(home), "HF_ENDPOINT": "http://127.0.0.1:9"}
    offline = InferenceClient(tmp_path, environment, 10**6)
    try:
        assert ask_at(offline, "acme/fetched", revision).results == first
    finally:
        offline.close()


def test_half_a_download_is_completed(
    hub: running_hub.RunningHub, online: InferenceClient, shelf: Shelf, home: Path
) -> None:
    revision = commit(hub, "acme/halved", files_of(shelf))
    folder = home / "hub" / "models--acme--halved" / "snapshots" / revision
    folder.mkdir(parents=True)
    (folder / "config.json").write_bytes(files_of(shelf)["config.json"])
    assert len(results_of(ask_at(online, "acme/halved", revision), Scores)[0].scores) == 3


@pytest.mark.parametrize(
    ("name", "leave_out", "more", "kind", "part"),
    [
        ("pickle", "model.safetensors", {"pytorch_model.bin": b"pickle"}, "model", "only pickle"),
        ("adapter", "model.safetensors", {"adapter_model.safetensors": b"lora"}, "model", "adapter"),
        ("wordless", "token", {}, "model", "no tokenizer"),
        ("big", "", {"model.safetensors": bytes(10**6)}, "memory", "0.0012 GB of memory; 0.001 GB"),
    ],
)
def test_a_repo_that_cannot_be_run_is_refused_before_its_weights_are_fetched(
    hub: running_hub.RunningHub,
    online: InferenceClient,
    shelf: Shelf,
    home: Path,
    name: str,
    leave_out: str,
    more: dict[str, bytes],
    kind: str,
    part: str,
) -> None:
    revision = commit(hub, f"acme/{name}", files_of(shelf, leave_out=leave_out) | more)
    with pytest.raises(InferenceFailed) as refused:
        ask_at(online, f"acme/{name}", revision)
    assert (refused.value.kind, part in refused.value.message) == (kind, True)
    assert fetched(home, f"acme/{name}") == set()


def test_a_repo_that_is_gated_private_or_gone_is_told_apart(
    hub: running_hub.RunningHub, online: InferenceClient, shelf: Shelf
) -> None:
    gated = commit(hub, "acme/gated", files_of(shelf))
    hub.api("ana").update_repo_settings("acme/gated", gated="manual")
    private = commit(hub, "acme/private", files_of(shelf), private=True)
    found = []
    for name, revision in (("acme/gated", gated), ("acme/private", private), ("acme/gone", SHA)):
        with pytest.raises(InferenceFailed) as refused:
            ask_at(online, name, revision)
        found.append((refused.value.kind, refused.value.message))
    assert found == [
        ("hub", "acme/gated is gated: ask for access on its page, then try again."),
        ("hub", "acme/private is not on the Hub any more, or it is private to others."),
        ("hub", "acme/gone is not on the Hub any more, or it is private to others."),
    ]


def test_to_tokenize_no_weights_are_fetched_and_a_vocabulary_is_needed(
    hub: running_hub.RunningHub, online: InferenceClient, shelf: Shelf, home: Path
) -> None:
    def tokenize(name: str, files: dict[str, bytes]) -> int:
        request = Request(uuid.uuid4().hex, name, commit(hub, name, files), "tokenize", ["the film"])
        return results_of(online.ask(request, 60), Tokens)[0].count

    assert tokenize("acme/cut", files_of(shelf)) == 4
    assert "model.safetensors" not in fetched(home, "acme/cut")
    with pytest.raises(InferenceFailed, match="acme/uncut has no tokenizer"):
        tokenize("acme/uncut", files_of(shelf, leave_out="token"))
