"""What the gateway tells of pushes and does for releases over another model, against a working Hub on loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd, HfApi

from core.hub import Hub
from world.running_hub import RunningHub, running, safetensors

CARD = b"---\nlicense: mit\n---\nSends tickets to the right team.\n"
WEIGHTS = safetensors(w=(2, 3))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    with pytest.MonkeyPatch.context() as patch, running(tmp_path_factory.mktemp("hub")) as served:
        patch.setenv("HF_XET_CACHE", str(tmp_path_factory.mktemp("xet")))
        yield served


@pytest.fixture(scope="module")
def hub(served: RunningHub) -> Hub:
    return Hub(served.url, "hf_bo")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A trained model as a run leaves it."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "README.md").write_bytes(CARD)
    (tmp_path / "model.safetensors").write_bytes(WEIGHTS)
    (tmp_path / "sub" / "notes.txt").write_text("kept")
    return tmp_path


def person(hub: Hub) -> HfApi:
    """Ana at the Hub, with the client that people use."""
    return HfApi(endpoint=hub.endpoint, token="hf_ana")


def push(api: HfApi, repo: str, files: dict[str, bytes], kind: str = "model") -> str:
    """Makes the repo if it is not there and commits the files; the new commit."""
    api.create_repo(repo, repo_type=kind, exist_ok=True)
    operations = [CommitOperationAdd(path, content) for path, content in files.items()]
    return str(api.create_commit(repo, operations, commit_message="Add", repo_type=kind).oid)


def test_a_release_over_another_model_brings_its_card_and_removes_what_it_is_told(hub: Hub, folder: Path) -> None:
    repo = "acme/superseded"
    old = push(person(hub), repo, {"README.md": CARD, "pytorch_model.bin": b"old", "notes.md": b"kept"})
    assert [file.path for file in hub.files("model", repo, old)] == [
        ".gitattributes",
        "README.md",
        "notes.md",
        "pytorch_model.bin",
    ]
    pull = hub.open_release_pull_request(
        repo, folder, "P1", "", "release P1", card=CARD.decode() + "Merged.", removed=("pytorch_model.bin",)
    )
    assert {file.path for file in pull.files} == {
        ".gitattributes",
        "README.md",
        "model.safetensors",
        "notes.md",
        "sub/notes.txt",
    }
    merged = hub.merge(repo, pull.num)
    assert hub.text("model", repo, merged, "README.md") == CARD.decode() + "Merged."
    assert hub.text("model", repo, merged, "README.md", limit=5) == CARD.decode()[:5]


def test_a_push_is_told_with_licence_parameters_size_and_the_keys_of_its_config(hub: Hub) -> None:
    ana, repo = person(hub), "acme/portrayed"
    config = b'{"hidden_size": 1024, "tie": true, "labels": ["a"], "dropout": 0.1, "transformers_version": "4"}'
    first = push(ana, repo, {"README.md": CARD, "model.safetensors": WEIGHTS, "config.json": config})
    config = b'{"hidden_size": 2048, "tie": false, "labels": ["b"], "rope": "yarn", "transformers_version": "5"}'
    second = push(ana, repo, {"config.json": config})
    pushed = hub.changes("model", repo, first, second)
    told = hub.portrait(pushed)
    assert (pushed.size, told.license, told.parameters) == (len(WEIGHTS), "mit", 6)
    assert told.config == (
        ("dropout", "0.1", ""),
        ("hidden_size", "1,024", "2,048"),
        ("labels", "", ""),
        ("rope", "", "yarn"),
        ("tie", "true", "false"),
    )
    assert hub.portrait(hub.changes("model", repo, None, second)).config == ()


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"README.md": b"---\npipeline_tag: text-classification\n---\n", "model.safetensors": WEIGHTS}, ""),
        ({"pytorch_model.bin": b"x"}, "No Try or Fine-tune here: its weights are pickle, which can run code."),
        ({}, "No Try or Fine-tune here: it has no safetensors weights."),
        (
            {"README.md": b"---\npipeline_tag: image-classification\n---\n", "model.safetensors": WEIGHTS},
            "No Fine-tune here: I train models of texts alone.",
        ),
    ],
    ids=["classifier", "pickle only", "weightless", "pictures"],
)
def test_a_push_is_told_with_what_can_be_done_with_the_repo_then(
    hub: Hub, request: pytest.FixtureRequest, files: dict[str, bytes], reason: str
) -> None:
    repo = f"acme/{request.node.callspec.id.replace(' ', '-')}"
    sha = push(person(hub), repo, {"config.json": b"{}", **files})
    assert hub.portrait(hub.changes("model", repo, None, sha)).usability.reason == reason
    assert hub.usability("model", repo, sha).reason == reason


def test_a_push_to_a_gated_repo_offers_what_the_token_may_read(hub: Hub, served: RunningHub) -> None:
    ana, repo = person(hub), "acme/closed"
    sha = push(ana, repo, {"config.json": b"{}", "model.safetensors": WEIGHTS})
    ana.update_repo_settings(repo, gated="manual")
    stranger = Hub(served.url, "hf_dee")
    gated = "No Try or Fine-tune here: its terms have to be accepted first."
    assert (hub.usability("model", repo, sha).reason, stranger.usability("model", repo, sha).reason) == ("", gated)


def test_a_push_after_the_empty_commit_that_makes_a_repo_is_its_first(hub: Hub) -> None:
    ana, repo = person(hub), "acme/just-made"
    ana.create_repo(repo)
    empty = hub.head("model", repo).sha
    first = push(ana, repo, {"README.md": CARD})
    second = push(ana, repo, {"README.md": CARD + b"More."})
    assert [hub.changes("model", repo, *shas).is_first for shas in ((empty, first), (first, second))] == [True, False]


@pytest.mark.parametrize("config", [b"[1]", b"{", b"\xff"])
def test_a_config_that_cannot_be_read_changes_no_key(hub: Hub, config: bytes) -> None:
    ana, repo = person(hub), "acme/garbled"
    first = push(ana, repo, {"config.json": b"null"})
    assert hub.portrait(hub.changes("model", repo, first, push(ana, repo, {"config.json": config}))).config == ()


def test_tags_and_licence_of_a_dataset_are_its_own(hub: Hub) -> None:
    ana, repo = person(hub), "acme/tagged-rows"
    sha = push(ana, repo, {"README.md": CARD, "a.csv": b"a"}, "dataset")
    ana.create_tag(repo, tag="v1", repo_type="dataset")
    assert (hub.tags(repo, "dataset"), hub.license("dataset", repo)) == ({"v1": sha}, "mit")


def test_a_repo_with_another_name_is_found_under_the_old_one(hub: Hub) -> None:
    ana = person(hub)
    sha = push(ana, "acme/old-name", {"a.txt": b"a"})
    ana.move_repo("acme/old-name", "acme/new-name")
    head = hub.head("model", "acme/old-name")
    assert (head.id, head.sha) == ("acme/new-name", sha)
