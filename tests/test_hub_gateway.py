"""The Hub gateway against a working Hub on loopback."""

import hashlib
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import uvicorn
from huggingface_hub import CommitOperationAdd, HfApi

from core.errors import Gated, HubError, Mistake, NotOnHub
from core.hub import Change, Hub, Metric, PullRequest, Query, Who
from sandbox.accounts import Account
from sandbox.hub.app import build_hub

CARD = b"---\nlicense: mit\n---\nSends tickets to the right team.\n"

ACCOUNTS = tuple(
    Account(name, f"hf_{name}_made_up", orgs, name.title(), f"{name}@acme.example", role)
    for name, orgs, role in (
        ("bot", ("acme",), "write"),
        ("ana", ("acme",), "write"),
        ("dee", (), "write"),
        ("eye", ("acme",), "read"),
    )
)


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A working Hub on loopback; what a client remembers of its contents goes with it."""
    # The protocol is named because asyncio turns Nagle's delay off for such sockets alone.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    app = build_hub(tmp_path_factory.mktemp("hub"), list(ACCOUNTS))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_XET_CACHE", str(tmp_path_factory.mktemp("xet")))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listening.close()


@pytest.fixture(scope="module")
def hub(endpoint: str) -> Hub:
    return Hub(endpoint, "hf_bot_made_up")


def person(hub: Hub, name: str) -> HfApi:
    """A person at the Hub, with the client that people use."""
    return HfApi(endpoint=hub.endpoint, token=f"hf_{name}_made_up")


def push(api: HfApi, repo: str, files: dict[str, bytes], kind: str = "model", **how: bool) -> str:
    """Makes the repo if it is not there and commits the files; the new commit."""
    api.create_repo(repo, repo_type=kind, private=how.pop("private", False), exist_ok=True)
    operations = [CommitOperationAdd(path, content) for path, content in files.items()]
    commit = api.create_commit(repo, operations, commit_message=f"Add {', '.join(files)}", repo_type=kind, **how)
    return commit.oid


def weights(value: float) -> bytes:
    """A safetensors file with six numbers."""
    header = b'{"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}'
    return struct.pack("<Q", len(header)) + header + struct.pack("<6f", *[value] * 6)


def test_a_repo_made_a_moment_ago_is_found(hub: Hub) -> None:
    push(person(hub, "ana"), "acme/fresh-minute", {"README.md": CARD})
    hit = hub.search(Query(words="fresh-minute", sort="updated")).hits[0]
    assert (hit.id, hit.license, hit.url) == ("acme/fresh-minute", "mit", f"{hub.endpoint}/acme/fresh-minute")
    assert hit.updated is not None
    assert hit.updated.tzinfo is not None


def test_pages_hold_every_public_repo_once_and_no_private_one(hub: Hub) -> None:
    api = person(hub, "ana")
    for number in range(13):
        api.create_repo(f"acme/paged-{number:02}", private=False)
    for number in range(3):
        api.create_repo(f"acme/paged-private-{number}", private=True)
    query = Query(words="paged", author="acme", sort="updated")
    pages = [hub.search(query, page) for page in (1, 2, 3)]
    assert [(page.page, len(page.hits), page.has_next) for page in pages] == [
        (1, 10, True),
        (2, 3, False),
        (3, 0, False),
    ]
    assert sorted(hit.id for page in pages for hit in page.hits) == [f"acme/paged-{number:02}" for number in range(13)]


FILTERED = b"""---
license: apache-2.0
language: eo
library_name: setfit
pipeline_tag: fill-mask
---
"""


@pytest.mark.parametrize(
    "query",
    [
        Query(words="sifted", task="fill-mask"),
        Query(words="sifted", library="setfit"),
        Query(words="sifted", language="eo"),
        Query(words="sifted", license="apache-2.0"),
        Query(words="sifted", author="dee"),
        Query(words="sifted", size_max=6),
    ],
    ids=["task", "library", "language", "license", "author", "size_max"],
)
def test_each_filter_leaves_only_what_matches(hub: Hub, query: Query) -> None:
    push(person(hub, "dee"), "dee/sifted-in", {"README.md": FILTERED, "model.safetensors": weights(1)})
    push(person(hub, "ana"), "acme/sifted-out", {"README.md": b"---\nlicense: mit\n---\n"})
    assert [hit.id for hit in hub.search(query).hits] == ["dee/sifted-in"]


def test_datasets_are_searched_by_their_own_filters(hub: Hub) -> None:
    card = b"---\nlicense: mit\nlanguage: [eo]\ntask_categories: [text-classification]\n---\n"
    push(person(hub, "ana"), "acme/sifted-rows", {"README.md": card, "data.csv": b"text\nsaluton\n"}, "dataset")
    query = Query("dataset", "sifted", task="text-classification", language="eo", license="mit")
    hit = hub.search(query).hits[0]
    assert (hit.kind, hit.id, hit.task, hit.license) == ("dataset", "acme/sifted-rows", "text-classification", "mit")
    with pytest.raises(Mistake, match="parameters"):
        hub.search(replace(query, size_max=9))


FULL_CARD = b"""---
license: apache-2.0
language: [en, de]
library_name: transformers
pipeline_tag: text-classification
base_model: acme/base
datasets: [acme/tickets]
model-index:
- name: router
  results:
  - task: {type: text-classification, name: Text Classification}
    dataset: {type: acme/tickets, name: tickets}
    metrics:
    - {type: accuracy, value: 0.812}
---
# Router

Sends every ticket to the right team.
"""


def test_a_model_is_described_from_one_commit(hub: Hub) -> None:
    config = b'{"model_type": "bert", "architectures": ["BertForSequenceClassification"]}'
    files = {"README.md": FULL_CARD, "config.json": config, "model.safetensors": weights(1)}
    sha = push(person(hub, "ana"), "acme/described", files)
    push(person(hub, "ana"), "acme/described", {"README.md": CARD})
    model = hub.model("acme/described", sha)
    assert (model.id, model.sha, model.author, model.private, model.gated) == (
        "acme/described",
        sha,
        "acme",
        False,
        False,
    )
    assert (model.task, model.library, model.license) == ("text-classification", "transformers", "apache-2.0")
    assert (model.languages, model.base_models, model.datasets) == (("en", "de"), ("acme/base",), ("acme/tickets",))
    assert (model.parameters, model.parameters_total) == ({"F32": 6}, 6)
    assert (model.weight_bytes, model.safe, model.needs_code) == (len(weights(1)), True, False)
    assert (model.architectures, model.model_type) == (("BertForSequenceClassification",), "bert")
    assert model.metrics == (Metric("Text Classification", "tickets", "accuracy", 0.812),)
    assert model.summary == "Sends every ticket to the right team."
    assert {file.path: file.size for file in model.files if file.path != ".gitattributes"} == {
        path: len(content) for path, content in files.items()
    }


def test_pickle_and_own_code_are_told(hub: Hub) -> None:
    files = {"README.md": b"---\ntags: [custom_code]\n---\n", "pytorch_model.bin": b"\x80\x04K\x01."}
    push(person(hub, "ana"), "acme/risky", files)
    model = hub.model("acme/risky")
    assert (model.safe, model.needs_code, model.weight_bytes) == (False, True, 5)


def test_a_dataset_is_described(hub: Hub) -> None:
    front = b"---\nlicense: mit\ntask_categories: [text-classification]\nsize_categories: [n<1K]\n---\n"
    card = front + b"One row of greetings in Esperanto.\n"
    push(person(hub, "ana"), "acme/greetings", {"README.md": card, "data.csv": b"text\nsaluton\n"}, "dataset")
    dataset = hub.dataset("acme/greetings")
    assert (dataset.tasks, dataset.sizes, dataset.license) == (("text-classification",), ("n<1K",), "mit")
    assert dataset.summary == "One row of greetings in Esperanto."
    assert dataset.url == f"{hub.endpoint}/datasets/acme/greetings"
    assert ("data.csv", 13) in {(file.path, file.size) for file in dataset.files}


def test_what_is_missing_is_told_apart(hub: Hub) -> None:
    push(person(hub, "ana"), "acme/there", {"a.txt": b"a"})
    person(hub, "dee").create_repo("dee/secret", private=True)
    for ask, missing in (
        (lambda: hub.model("acme/not-there"), "repo"),
        (lambda: hub.model("dee/secret"), "repo"),
        (lambda: hub.model("acme/there", "v9"), "revision"),
        (lambda: hub.commits("model", "acme/not-there"), "repo"),
    ):
        with pytest.raises(NotOnHub) as caught:
            ask()
        assert caught.value.facts["missing"] == missing
        assert caught.value.__cause__ is not None


def test_a_gated_model_is_described_and_its_files_are_refused(hub: Hub) -> None:
    dee = person(hub, "dee")
    push(dee, "dee/gated", {"README.md": CARD})
    dee.update_repo_settings("dee/gated", gated="manual")
    model = hub.model("dee/gated")
    assert (model.gated, model.summary) == (True, "")
    with pytest.raises(Gated, match="ask for access"):
        hub.changes("model", "dee/gated", None, model.sha)


def test_a_token_that_is_not_known_is_told(endpoint: str) -> None:
    with pytest.raises(HubError, match="does not accept the token"):
        Hub(endpoint, "hf_nobody").whoami()


def test_the_account_behind_a_token(hub: Hub) -> None:
    who = hub.whoami()
    assert (who, who.namespaces) == (Who("bot", ("acme",), "write"), ("bot", "acme"))


def test_a_name_is_a_model_or_a_dataset_or_nothing(hub: Hub) -> None:
    push(person(hub, "ana"), "acme/kind-m", {"a.txt": b"a"})
    push(person(hub, "ana"), "acme/kind-d", {"a.txt": b"a"}, "dataset")
    assert [hub.kind_of(f"acme/kind-{letter}") for letter in "mdx"] == ["model", "dataset", None]


def test_authors_are_known_with_and_without_repos(hub: Hub) -> None:
    assert [name for name in ("acme", "eye", "nobody-here", "../api") if hub.author_exists(name)] == ["acme", "eye"]


def test_a_slip_of_the_keys_finds_the_nearest_public_names(hub: Hub) -> None:
    person(hub, "ana").create_repo("acme/ticket-router", private=False)
    person(hub, "ana").create_repo("acme/ticket-roter", private=True)
    assert hub.suggest("acme/tiket-router")[0] == "acme/ticket-router"
    assert hub.suggest("ticket-ruoter")[0] == "acme/ticket-router"
    assert hub.suggest("zzz/qqqqqq") == []


def test_commits_come_newest_first_and_no_more_than_asked(hub: Hub) -> None:
    shas = [push(person(hub, "ana"), "acme/history", {f"{number}.txt": b"x"}) for number in range(4)]
    commits = hub.commits("model", "acme/history", limit=2)
    assert [(commit.sha, commit.title, commit.author) for commit in commits] == [
        (shas[3], "Add 3.txt", "ana"),
        (shas[2], "Add 2.txt", "ana"),
    ]


def test_heads_of_an_author_are_the_public_ones_since_then(hub: Hub) -> None:
    ana = person(hub, "ana")
    old = push(ana, "ana/old", {"a.txt": b"a"})
    since = hub.head("model", "ana/old").last_modified
    new = push(ana, "ana/new", {"a.txt": b"a"})
    rows = push(ana, "ana/rows", {"a.csv": b"a"}, "dataset")
    push(ana, "ana/hidden", {"a.txt": b"a"}, private=True)
    assert [(head.kind, head.id, head.sha) for head in hub.author_heads("ana", since)] == [
        ("dataset", "ana/rows", rows),
        ("model", "ana/new", new),
    ]
    assert [head.sha for head in hub.author_heads("ana")] == [rows, new, old]


def test_a_push_of_weights_is_told_from_an_edit_of_the_card(hub: Hub) -> None:
    ana = person(hub, "ana")
    first = push(ana, "acme/pushed", {"README.md": CARD, "model.safetensors": weights(1)})
    card = push(ana, "acme/pushed", {"README.md": CARD + b"Two."})
    both = push(ana, "acme/pushed", {"README.md": CARD + b"Three.", "model.safetensors": weights(2)})
    edit = hub.changes("model", "acme/pushed", first, card)
    assert (edit.weights_changed, edit.card_only) == (False, True)
    assert edit.files == (Change("README.md", "changed", len(CARD) + 4),)
    assert [commit.sha for commit in edit.commits] == [card]
    heavy = hub.changes("model", "acme/pushed", first, both)
    assert (heavy.weights_changed, heavy.card_only, len(heavy.commits)) == (True, False, 2)


def test_the_first_sight_of_a_repo_counts_all_its_files(hub: Hub) -> None:
    sha = push(person(hub, "ana"), "acme/first-sight", {"model.safetensors": weights(1)})
    seen = hub.changes("model", "acme/first-sight", None, sha)
    lost = hub.changes("model", "acme/first-sight", "0" * 40, sha)
    assert seen == lost
    assert ("model.safetensors", "added") in {(change.path, change.what) for change in seen.files}


def test_a_removed_file_and_new_rows_are_told(hub: Hub) -> None:
    ana = person(hub, "ana")
    first = push(ana, "acme/rows", {"a.csv": b"a", "b.csv": b"b"}, "dataset")
    ana.delete_file("a.csv", "acme/rows", repo_type="dataset")
    pushed = hub.changes("dataset", "acme/rows", first, hub.head("dataset", "acme/rows").sha)
    assert (pushed.files, pushed.weights_changed) == ((Change("a.csv", "removed", 0),), True)


def test_an_open_pull_request_is_no_push(hub: Hub) -> None:
    sha = push(person(hub, "ana"), "acme/proposed", {"a.txt": b"a"})
    push(person(hub, "ana"), "acme/proposed", {"a.txt": b"b"}, create_pr=True)
    assert hub.head("model", "acme/proposed").sha == sha


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A trained model as a run leaves it."""
    made = tmp_path / "model"
    (made / "sub").mkdir(parents=True)
    (made / "README.md").write_bytes(FULL_CARD)
    (made / "model.safetensors").write_bytes(weights(7))
    (made / "sub" / "notes.txt").write_text("kept")
    return made


def release(hub: Hub, repo: str, folder: Path, marker: str = "release P1") -> PullRequest:
    hub.ensure_private_repo(repo)
    return hub.open_release_pull_request(repo, folder, "P1: router", "From R1.", marker)


def test_a_release_pull_request_holds_exactly_the_folder(hub: Hub, folder: Path) -> None:
    pull = release(hub, "acme/exact", folder)
    assert (pull.status, pull.url) == ("open", f"{hub.endpoint}/acme/exact/discussions/{pull.num}")
    files = {file.path: file for file in pull.files}
    assert set(files) == {".gitattributes", "README.md", "model.safetensors", "sub/notes.txt"}
    assert files["model.safetensors"].oid == hashlib.sha256(weights(7)).hexdigest()
    assert files["README.md"].oid == hashlib.sha1(b"blob %d\0" % len(FULL_CARD) + FULL_CARD).hexdigest()  # noqa: S324
    assert hub.model("acme/exact").private


def test_a_repeated_request_finds_the_first_pull_request(hub: Hub, folder: Path) -> None:
    first = release(hub, "acme/repeated", folder)
    assert release(hub, "acme/repeated", folder) == first
    other = release(hub, "acme/repeated", folder, marker="release P2")
    assert other.num != first.num


def test_a_closed_pull_request_does_not_count(hub: Hub, folder: Path) -> None:
    first = release(hub, "acme/reopened", folder)
    for _ in range(2):
        hub.close("acme/reopened", first.num, "P1 was rejected")
    assert hub.pull_request("acme/reopened", first.num).status == "closed"
    with pytest.raises(HubError, match="was closed"):
        hub.merge("acme/reopened", first.num)
    assert release(hub, "acme/reopened", folder).num != first.num


def test_every_step_of_publishing_can_be_repeated(hub: Hub, folder: Path) -> None:
    repo = "acme/steps"
    pull = release(hub, repo, folder)
    merged = [hub.merge(repo, pull.num) for _ in range(2)]
    assert merged == [hub.main_sha(repo)] * 2
    for _ in range(2):
        hub.tag(repo, "v1", merged[0], "P1")
        hub.set_visibility(repo, private=False)
    assert hub.tags(repo) == {"v1": merged[0]}
    after = hub.pull_request(repo, pull.num)
    assert (after.status, after.merge_sha, after.files) == ("merged", merged[0], pull.files)
    assert release(hub, repo, folder) == after
    assert not hub.model(repo).private


def test_a_tag_never_moves_to_another_commit(hub: Hub) -> None:
    first, second = (push(person(hub, "ana"), "acme/tagged", {"a.txt": text}) for text in (b"a", b"b"))
    hub.tag("acme/tagged", "v1", first, "one")
    with pytest.raises(HubError, match="on another commit") as caught:
        hub.tag("acme/tagged", "v1", second, "two")
    assert (caught.value.facts["reason"], hub.tags("acme/tagged")) == ("conflict", {"v1": first})


def test_nothing_new_to_release_is_told(hub: Hub, folder: Path) -> None:
    pull = release(hub, "acme/same", folder)
    hub.merge("acme/same", pull.num)
    with pytest.raises(HubError, match="already holds exactly these files"):
        release(hub, "acme/same", folder, marker="release P2")


def test_a_card_that_the_hub_refuses_is_told(hub: Hub, folder: Path) -> None:
    (folder / "README.md").write_text("---\nlicense: [\n---\n")
    with pytest.raises(HubError, match="refuses the model card"):
        release(hub, "acme/bad-card", folder)


def test_a_namespace_of_others_is_refused_with_its_name(hub: Hub) -> None:
    with pytest.raises(HubError, match="may not make repos under `dee`"):
        hub.ensure_private_repo("dee/not-mine")


def test_a_read_token_cannot_publish(endpoint: str, folder: Path) -> None:
    reader = Hub(endpoint, "hf_eye_made_up")
    push(HfApi(endpoint=endpoint, token="hf_ana_made_up"), "acme/read-only", {"a.txt": b"a"})
    with pytest.raises(HubError, match="needs write access"):
        reader.open_release_pull_request("acme/read-only", folder, "P1", "", "release P1")
