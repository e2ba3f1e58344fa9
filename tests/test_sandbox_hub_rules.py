"""What the sandbox's Hub refuses, renames and leaves out as the real one does, met by the unmodified client."""

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, hf_hub_download
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError

from sandbox.hub.ignore import Ignore
from world.running_hub import RunningHub, put_model, running, safetensors


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    with running(tmp_path_factory.mktemp("hub")) as running_hub:
        yield running_hub


def add(path: str, content: bytes = b"x") -> list[CommitOperationAdd]:
    return [CommitOperationAdd(path, content)]


@pytest.mark.parametrize(("name", "repo_id"), [("ana", "no-such-org/x"), ("dee", "acme/x"), ("ana", "bo/x")])
def test_a_repo_is_made_only_where_one_belongs(hub: RunningHub, name: str, repo_id: str) -> None:
    with pytest.raises(HfHubHTTPError, match="403 Forbidden: You don't have the rights to create a model under"):
        hub.api(name).create_repo(repo_id)


def test_a_name_without_an_owner_leads_to_its_repo(hub: RunningHub, tmp_path: Path) -> None:
    put_model(hub, "acme/gpt2")
    hub.store.add_name(hub.store.repo("model", "acme/gpt2"), "gpt2")
    hub.store.create_repo("dataset", "acme/imdb", owner="ana")
    hub.store.add_name(hub.store.repo("dataset", "acme/imdb"), "imdb")
    api = hub.api("dee")
    assert (api.model_info("gpt2").id, api.dataset_info("imdb").id) == ("acme/gpt2", "acme/imdb")
    assert "config.json" in api.list_repo_files("gpt2")
    fetched = hf_hub_download("gpt2", "config.json", endpoint=hub.url, cache_dir=tmp_path, token="hf_dee")
    assert b"BertFor" in Path(fetched).read_bytes()
    page = httpx.get(f"{hub.url}/datasets/imdb/resolve/main/.gitattributes", trust_env=False)
    assert (page.status_code, page.headers["location"]) == (307, "/datasets/acme/imdb/resolve/main/.gitattributes")
    with pytest.raises(RepositoryNotFoundError):
        api.model_info("gpt3")


@pytest.mark.parametrize(
    ("rules", "ignored", "left"),
    [
        ("*.log\n!keep.log", ["a.log", "in/b.log"], ["keep.log", "a.txt"]),
        ("build/", ["build/a", "x/build/b"], ["build"]),
        ("/top.txt\nsub/*.bin", ["top.txt", "sub/a.bin"], ["x/top.txt", "sub/in/a.bin"]),
        ("**/cache/**\ndata[0-9].csv", ["a/cache/b/c", "data7.csv"], ["data.csv"]),
        ("# a comment\n\n\\#odd", ["#odd"], ["# a comment"]),
    ],
)
def test_ignored_paths_follow_gits_rules(rules: str, ignored: list[str], left: list[str]) -> None:
    ignore = Ignore(rules)
    assert [path for path in [*ignored, *left] if ignore.matches(path)] == ignored


def test_what_gitignore_names_is_not_uploaded(hub: RunningHub, tmp_path: Path) -> None:
    api = hub.api("ana")
    api.create_repo("acme/ignoring")
    for name, text in {".gitignore": "*.log\n", "a.log": "a", "a.txt": "a"}.items():
        (tmp_path / name).write_text(text)
    api.upload_folder(repo_id="acme/ignoring", folder_path=tmp_path)
    api.create_commit("acme/ignoring", [*add("b.log"), *add("b.txt")], commit_message="Later")
    assert set(api.list_repo_files("acme/ignoring")) == {".gitattributes", ".gitignore", "a.txt", "b.txt"}


def test_a_pull_request_is_opened_against_a_branch_alone(hub: RunningHub) -> None:
    sha = put_model(hub, "acme/branched")
    with pytest.raises(RevisionNotFoundError):
        hub.api("dee").create_commit(
            "acme/branched", add("a.txt"), commit_message="Propose", revision=sha, create_pr=True
        )


@pytest.mark.parametrize(
    ("front", "message"),
    [
        ("license: my-own", '"license" must be one of [apache-2.0, mit, openrail,'),
        ("language: English", '"language" must only contain lowercase characters'),
        ("language: [en, english]", '"language[1]" with value "english" is not valid.'),
        ("base_model: a model", '"base_model" with value "a model" is not valid. Use a model id'),
        ("datasets: [my rows]", '"datasets[0]" with value "my rows" is not valid.'),
        ("model-index:\n- name: x", '"model-index[0].results" is required'),
        (
            "model-index:\n- name: x\n  results: [{task: {type: y}, metrics: [{type: f1}]}]",
            '.metrics[0].value" is required',
        ),
        ("a: [", "YAML metadata error"),
    ],
)
def test_a_card_is_refused_with_the_reason(hub: RunningHub, front: str, message: str) -> None:
    api, card = hub.api("ana"), f"---\n{front}\n---\n".encode()
    if not api.repo_exists("acme/carded"):
        api.create_repo("acme/carded")
    with pytest.raises(ValueError, match=re.escape(message)):
        api.create_commit("acme/carded", add("README.md", card), commit_message="Card")
    line = {"key": "file", "value": {"path": "README.md", "content": card.decode(), "encoding": "utf-8"}}
    refused = post_commit(hub, "acme/carded", line)
    assert refused.status_code == 400
    assert message in refused.json()["error"]


def post_commit(hub: RunningHub, repo_id: str, *lines: dict[str, Any]) -> httpx.Response:
    """A commit as it stands on the wire, past what the client checks itself."""
    headers = {"Authorization": "Bearer hf_ana"}
    everything = [{"key": "header", "value": {"summary": "x"}}, *lines]
    content = "\n".join(httpx.Request("POST", "http://x", json=line).content.decode() for line in everything)
    url = f"{hub.url}/api/models/{repo_id}/commit/main"
    return httpx.post(url, content=content, headers=headers, trust_env=False)


def test_paths_have_slashes_and_folders_need_none_at_the_end(hub: RunningHub) -> None:
    hub.store.create_repo("model", "acme/paths", owner="ana")
    hub.store.commit("model", "acme/paths", {"in/a.txt": b"a", "in/b.txt": b"b", "c.txt": b"c"}, "Add", "ana")
    odd = post_commit(hub, "acme/paths", {"key": "file", "value": {"path": "in\\a.txt", "content": "x"}})
    assert odd.status_code == 422
    assert post_commit(hub, "acme/paths", {"key": "deletedFolder", "value": {"path": "in"}}).status_code == 200
    assert hub.api("ana").list_repo_files("acme/paths") == [".gitattributes", "c.txt"]


def test_a_new_space_has_a_card_that_says_how_it_runs(hub: RunningHub) -> None:
    api = hub.api("ana")
    api.create_repo("acme/show-room", repo_type="space", space_sdk="gradio")
    assert api.list_repo_files("acme/show-room", repo_type="space") == [".gitattributes", "README.md"]
    info: Any = api.space_info("acme/show-room")
    assert (info.sdk, info.card_data.title, info.card_data.app_file) == ("gradio", "Show Room", "app.py")
    refused = hub.post("/api/repos/create", {"name": "odd", "type": "space", "sdk": "basic"})
    assert (refused.status_code, refused.json()["error"][:24]) == (400, '"sdk" must be one of [gr')


@pytest.mark.parametrize("ref", ["main", "refs/pr/1"])
def test_a_history_is_squashed_on_any_ref(hub: RunningHub, ref: str) -> None:
    repo_id = f"acme/squashed-{ref.rpartition('/')[2]}"
    put_model(hub, repo_id)
    api = hub.api("ana")
    api.create_commit(repo_id, add("a.txt"), commit_message="Propose", create_pr=True)
    api.super_squash_history(repo_id, branch=ref, commit_message="All")
    (commit,) = api.list_repo_commits(repo_id, revision=ref)
    assert commit.title == "All"
    with pytest.raises(RevisionNotFoundError):
        api.super_squash_history(repo_id, branch=commit.commit_id)


def test_who_asked_for_access_is_named_with_an_address(hub: RunningHub) -> None:
    put_model(hub, "acme/asked", gated="manual")
    headers = {"Authorization": "Bearer hf_dee"}
    httpx.post(f"{hub.url}/acme/asked/ask-access", headers=headers, trust_env=False).raise_for_status()
    (request,) = hub.api("ana").list_pending_access_requests("acme/asked")
    assert (request.username, request.fullname, request.email) == ("dee", "Dee Tanaka", "dee@acme.example")


def test_every_answer_has_an_id_that_errors_repeat(hub: RunningHub) -> None:
    with pytest.raises(RepositoryNotFoundError) as refused:
        hub.api("ana").model_info("acme/nowhere")
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}(;.+)?", str(refused.value.request_id))
    assert httpx.get(hub.url, trust_env=False).headers["x-request-id"].startswith("Root=1-")


def test_a_commit_on_an_old_parent_is_told_that_the_branch_was_updated(hub: RunningHub) -> None:
    sha = put_model(hub, "acme/raced")
    api = hub.api("ana")
    api.create_commit("acme/raced", add("a.txt"), commit_message="First", parent_commit=sha)
    with pytest.raises(HfHubHTTPError, match="The branch was updated since you opened this page") as refused:
        api.create_commit("acme/raced", add("b.txt"), commit_message="Second", parent_commit=sha)
    assert refused.value.response.status_code == 412


def test_lfs_files_are_listed_and_deleted_for_good(hub: RunningHub) -> None:
    api = hub.api("ana")
    put_model(hub, "acme/tidy")
    hub.store.commit("model", "acme/tidy", {"old.safetensors": safetensors(w=(9,))}, "Add more", "ana")
    api.create_commit("acme/tidy", [CommitOperationDelete("old.safetensors")], commit_message="Remove")
    files = list(api.list_lfs_files("acme/tidy"))
    assert [file.filename for file in files] == ["model.safetensors", "old.safetensors"]
    api.permanently_delete_lfs_files("acme/tidy", files[1:])
    assert [file.filename for file in api.list_lfs_files("acme/tidy")] == ["model.safetensors"]
    with pytest.raises(HfHubHTTPError, match="403"):
        list(hub.api("dee").list_lfs_files("acme/tidy"))


def test_repos_are_listed_with_the_room_that_they_take(hub: RunningHub) -> None:
    api = hub.api("ana")
    api.create_repo("ana/own", private=True)
    (own,) = [repo for repo in api.list_user_repos() if repo.id == "ana/own"]
    assert (own.type, own.visibility) == ("model", "private")
    put_model(hub, "acme/roomy")
    repos = {repo.id: repo for repo in api.list_user_repos("acme")}
    assert repos["acme/roomy"].storage > 0
    with pytest.raises(HfHubHTTPError, match="403"):
        list(hub.api("dee").list_user_repos("acme"))


def test_collections_are_made_filled_listed_and_deleted(hub: RunningHub) -> None:
    api = hub.api("ana")
    put_model(hub, "acme/collected")
    collection = api.create_collection("Our best", namespace="acme", description="Of the year")
    assert re.fullmatch(r"acme/our-best-[0-9a-f]{24}", collection.slug)
    assert api.create_collection("Our best", namespace="acme", exists_ok=True).slug == collection.slug
    filled = api.add_collection_item(collection.slug, "acme/collected", "model", note="The one")
    assert [(item.item_id, item.item_type, item.note) for item in filled.items] == [
        ("acme/collected", "model", "The one")
    ]
    with pytest.raises(HfHubHTTPError, match="409"):
        api.add_collection_item(collection.slug, "acme/collected", "model")
    entry = filled.items[0].item_object_id
    api.update_collection_item(collection.slug, entry, note="Another word")
    (found,) = hub.api("dee").list_collections(owner="acme", item="models/acme/collected")
    assert (found.title, found.items[0].note) == ("Our best", "Another word")
    assert api.update_collection_metadata(collection.slug, private=True).private
    assert list(hub.api("dee").list_collections(owner="acme")) == []
    api.delete_collection_item(collection.slug, entry)
    assert api.get_collection(collection.slug).items == []
    api.delete_collection(collection.slug)
    api.delete_collection(collection.slug, missing_ok=True)
    with pytest.raises(HfHubHTTPError, match="404"):
        api.get_collection(collection.slug)


def test_large_files_lie_on_another_origin_and_say_their_xet_hash(hub: RunningHub) -> None:
    put_model(hub, "acme/far")
    address = f"{hub.url}/acme/far/resolve/main/model.safetensors"
    answer = httpx.head(address, trust_env=False)
    digest = httpx.get(address, follow_redirects=True, trust_env=False)
    sha256 = hashlib.sha256(digest.content).hexdigest()
    assert (answer.status_code, answer.headers["x-linked-etag"], answer.headers["x-xet-hash"]) == (
        *(302, f'"{sha256}"'),
        sha256,
    )
    assert not answer.headers["location"].startswith(hub.url)
    part = httpx.get(answer.headers["location"], headers={"Range": "bytes=8-11"}, trust_env=False)
    assert (part.status_code, part.content) == (206, digest.content[8:12])
    wrong = answer.headers["location"].replace(sha256, "0" * 64)
    assert httpx.get(wrong, trust_env=False).status_code == 403
    pointer = httpx.get(address.replace("/resolve/", "/raw/"), trust_env=False).text
    assert f"oid sha256:{sha256}" in pointer


@pytest.mark.parametrize("way", ["xet", "redirect"])
def test_weights_come_through_xet_or_from_the_file_host(tmp_path: Path, way: str) -> None:
    content = os.urandom(40_000_000)
    code = """
        import hashlib, pathlib
        from huggingface_hub import snapshot_download
        folder = pathlib.Path(snapshot_download("acme/heavy"))
        answer = [hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ("big.bin", "small.bin")]
    """
    # The other way is closed, so that the bytes can have come by this one alone.
    closed = "/_files/" if way == "xet" else "/_cas/"
    env = {} if way == "xet" else {"HF_HUB_DISABLE_XET": "1"}
    with running(tmp_path / "hub") as hub:
        hub.store.create_repo("model", "acme/heavy", private=True, owner="ana")
        hub.store.commit("model", "acme/heavy", {"big.bin": content, "small.bin": b"\0x"}, "Add", "ana")
        hub.post("/sandbox/faults", {"kind": "server_error", "path": closed, "count": 50})
        digests = hub.client(tmp_path / "home", code, **env)
    assert digests == [hashlib.sha256(one).hexdigest() for one in (content, b"\0x")]
