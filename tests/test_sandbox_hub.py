"""The sandbox's Hub, as the unmodified Hub clients see it."""

import hashlib
import json
import os
import struct
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationCopy, CommitOperationDelete, WebhookWatchedItem
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from sandbox.hub.errors import BadRequest
from sandbox.hub.store import HubStore
from world.running_hub import CARD, RunningHub, put_model, running

Operation = CommitOperationAdd | CommitOperationCopy | CommitOperationDelete


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    with running(tmp_path_factory.mktemp("hub")) as found:
        yield found


def test_whoami_tells_the_account_its_organisations_and_the_role_of_its_token(hub: RunningHub) -> None:
    found = hub.api("rio").whoami()
    assert (found["name"], [org["name"] for org in found["orgs"]]) == ("rio", ["acme"])
    assert found["auth"]["accessToken"]["role"] == "read"
    with pytest.raises(HfHubHTTPError, match="Invalid user token"):
        hub.api("nobody").whoami()


def test_a_folder_uploaded_with_the_default_client_comes_back_byte_for_byte(hub: RunningHub, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "data").mkdir(parents=True)
    (folder / "README.md").write_bytes(CARD)
    (folder / "empty.txt").write_bytes(b"")
    (folder / "data" / "noise.bin").write_bytes(os.urandom(1_500_000))
    floats = struct.pack("<400000f", *(n / 7 for n in range(400_000)))
    (folder / "model.safetensors").write_bytes(floats)
    code = f"""
        from huggingface_hub import HfApi, snapshot_download
        api = HfApi()
        api.create_repo("acme/xet")
        first = api.upload_folder(repo_id="acme/xet", folder_path={str(folder)!r})
        again = api.upload_folder(repo_id="acme/xet", folder_path={str(folder)!r})
        answer = [first.oid == again.oid, snapshot_download("acme/xet")]
    """
    unchanged, snapshot = hub.client(tmp_path / "home", code)
    names = ["README.md", "data/noise.bin", "empty.txt", "model.safetensors"]
    assert unchanged
    assert {name: (Path(snapshot) / name).read_bytes() for name in names} == {
        name: (folder / name).read_bytes() for name in names
    }
    assert any(hub.state.joinpath("xorbs").iterdir())
    assert hub.api("ana").model_info("acme/xet").downloads == 1


def test_without_xet_files_go_through_lfs_in_one_piece_or_in_parts(hub: RunningHub, tmp_path: Path) -> None:
    files = {"small.bin": os.urandom(100_000), "large.bin": os.urandom(20_000_000)}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    code = f"""
        from huggingface_hub import HfApi
        api = HfApi()
        api.create_repo("acme/lfs")
        api.upload_folder(repo_id="acme/lfs", folder_path={str(tmp_path)!r})
        answer = {{file.path: [file.size, file.lfs.sha256] for file in api.list_repo_tree("acme/lfs") if file.lfs}}
    """
    found = hub.client(tmp_path / "home", code, HF_HUB_DISABLE_XET="1")
    assert found == {name: [len(data), hashlib.sha256(data).hexdigest()] for name, data in files.items()}
    large = httpx.get(
        f"{hub.url}/acme/lfs/resolve/main/large.bin", headers={"Range": "bytes=10-19"}, follow_redirects=True
    )
    assert (large.status_code, large.content) == (206, files["large.bin"][10:20])


def test_pull_requests_are_proposed_by_anyone_and_merged_by_members(hub: RunningHub) -> None:
    put_model(hub, "acme/proposed")
    dee, ana = hub.api("dee"), hub.api("ana")
    changes: list[CommitOperationAdd | CommitOperationCopy | CommitOperationDelete] = [
        CommitOperationAdd("notes.txt", b"hello"),
        CommitOperationDelete("config.json"),
    ]
    proposed = dee.create_commit("acme/proposed", changes, commit_message="Tidy up", create_pr=True)
    assert proposed.pr_url == f"{hub.url}/acme/proposed/discussions/1"
    with pytest.raises(HfHubHTTPError, match="403"):
        dee.merge_pull_request("acme/proposed", 1)
    dee.comment_discussion("acme/proposed", 1, "Please have a look")
    ana.merge_pull_request("acme/proposed", 1)
    details = ana.get_discussion_details("acme/proposed", 1)
    head = ana.list_repo_commits("acme/proposed")[0]
    assert (details.status, details.merge_commit_oid) == ("merged", head.commit_id)
    assert [event.type for event in details.events] == ["commit", "comment", "status-change"]
    assert str(details.diff).splitlines()[-3:] == ["+++ b/notes.txt", "@@ -0,0 +1 @@", "+hello"]
    assert (head.title, head.authors) == ("Tidy up (#1)", ["ana"])
    assert set(ana.list_repo_files("acme/proposed")) == {
        *(".gitattributes", "README.md", "model.safetensors", "notes.txt")
    }


def test_a_pull_request_against_changed_files_names_its_conflicts_and_is_not_merged(hub: RunningHub) -> None:
    put_model(hub, "acme/contested")
    api = hub.api("ana")
    proposal = [CommitOperationAdd("config.json", b"{}")]
    api.create_commit("acme/contested", proposal, commit_message="Empty it", create_pr=True)
    hub.store.commit("model", "acme/contested", {"config.json": b"[]"}, "Change it", "bo")
    assert api.get_discussion_details("acme/contested", 1).conflicting_files == ["config.json"]
    with pytest.raises(HfHubHTTPError, match="409"):
        api.merge_pull_request("acme/contested", 1)


def test_branches_and_tags_keep_the_commit_that_they_were_made_at(hub: RunningHub) -> None:
    api, old = hub.api("ana"), put_model(hub, "acme/tagged")
    api.create_tag("acme/tagged", tag="v1.0")
    api.create_branch("acme/tagged", branch="try/this", revision=old)
    new = hub.store.commit("model", "acme/tagged", {"a.txt": b"a"}, "More", "ana")
    refs = api.list_repo_refs("acme/tagged")
    assert {ref.name: ref.target_commit for ref in (*refs.branches, *refs.tags)} == {
        "main": new,
        "try/this": old,
        "v1.0": old,
    }
    with pytest.raises(HfHubHTTPError, match="409"):
        api.create_tag("acme/tagged", tag="v1.0")
    assert "a.txt" not in api.list_repo_files("acme/tagged", revision="try/this")
    assert api.model_info("acme/tagged", revision="v1.0").sha == old


def test_a_commit_on_an_old_parent_is_refused(hub: RunningHub) -> None:
    old = put_model(hub, "acme/raced")
    hub.store.commit("model", "acme/raced", {"a.txt": b"a"}, "First", "bo")
    addition = [CommitOperationAdd("b.txt", b"b")]
    with pytest.raises(HfHubHTTPError, match="412"):
        hub.api("ana").create_commit("acme/raced", addition, commit_message="Late", parent_commit=old)


def test_what_is_missing_or_hidden_raises_the_error_of_its_own(hub: RunningHub) -> None:
    put_model(hub, "acme/hidden", private=True)
    put_model(hub, "acme/seen")
    dee = hub.api("dee")
    for api in (dee, hub.api(None)):
        for repo_id in ("acme/hidden", "acme/never-made", "nobody"):
            with pytest.raises(RepositoryNotFoundError):
                api.model_info(repo_id)
    with pytest.raises(RevisionNotFoundError):
        dee.model_info("acme/seen", revision="v9")
    with pytest.raises(EntryNotFoundError):
        list(dee.list_repo_tree("acme/seen", "no/such/folder"))
    assert hub.api("bo").model_info("acme/hidden").private
    assert not dee.file_exists("acme/seen", "nothing.txt")
    with pytest.raises(HfHubHTTPError, match="Invalid credentials"):
        hub.api("nobody").model_info("acme/seen")


def test_a_gated_repo_describes_itself_and_opens_to_those_let_in(hub: RunningHub) -> None:
    put_model(hub, "acme/gated", gated="manual")
    dee, ana = hub.api("dee"), hub.api("ana")
    assert dee.model_info("acme/gated").gated == "manual"
    for api in (dee, hub.api(None)):
        with pytest.raises(GatedRepoError):
            api.auth_check("acme/gated")
    with pytest.raises(GatedRepoError):
        dee.list_repo_files("acme/gated")
    httpx.post(f"{hub.url}/acme/gated/ask-access", headers={"Authorization": "Bearer hf_dee"})
    assert [request.username for request in ana.list_pending_access_requests("acme/gated")] == ["dee"]
    ana.accept_access_request("acme/gated", "dee")
    assert "config.json" in dee.list_repo_files("acme/gated")


def test_writing_needs_a_write_token_and_a_namespace_of_ones_own(hub: RunningHub) -> None:
    for name, repo_id in (("rio", "rio/mine"), ("dee", "acme/theirs"), ("dee", "ana/hers")):
        with pytest.raises(HfHubHTTPError, match="403"):
            hub.api(name).create_repo(repo_id)
    hub.store.create_repo("model", "dee-labs/first", owner="dee")
    assert "dee-labs" in [org["name"] for org in hub.api("dee").whoami()["orgs"]]
    with pytest.raises(HfHubHTTPError, match="403"):
        hub.api("ana").create_repo("dee-labs/second")


def test_repos_are_created_once_moved_hidden_and_deleted(hub: RunningHub) -> None:
    api = hub.api("ana")
    assert api.create_repo("acme/early", private=True).repo_id == "acme/early"
    assert api.create_repo("acme/early", exist_ok=True).repo_id == "acme/early"
    with pytest.raises(HfHubHTTPError, match="409"):
        api.create_repo("acme/early")
    api.update_repo_settings("acme/early", private=False, gated="auto")
    api.move_repo("acme/early", "acme/late")
    info = hub.api(None).model_info("acme/early")
    assert (info.id, info.private, info.gated) == ("acme/late", False, "auto")
    api.delete_repo("acme/late")
    assert not api.repo_exists("acme/late")


def test_a_card_that_is_not_yaml_is_refused(hub: RunningHub) -> None:
    hub.store.create_repo("model", "acme/uncarded", owner="ana")
    broken = b"---\nlicense: [\n---\n"
    with pytest.raises(ValueError, match="YAML"):
        hub.api("ana").create_commit(
            "acme/uncarded", [CommitOperationAdd("README.md", broken)], commit_message="Add a card"
        )
    assert hub.api("ana").list_repo_files("acme/uncarded") == [".gitattributes"]


def test_history_written_by_another_process_survives_a_restart(tmp_path: Path) -> None:
    with running(tmp_path / "hub") as first:
        code = f"""
            from pathlib import Path
            from sandbox.hub.store import HubStore
            store = HubStore(Path({str(tmp_path / "hub")!r}))
            store.create_repo("model", "acme/kept", owner="ana")
            answer = store.commit("model", "acme/kept", {{"a.txt": b"a", "b.bin": b"b" * 9}}, "Add", "ana")
        """
        sha = first.client(tmp_path / "home", code)
        assert first.api(None).model_info("acme/kept").sha == sha
    with running(tmp_path / "hub") as second:
        titles = [commit.title for commit in second.api(None).list_repo_commits("acme/kept")]
        assert titles == ["Add", "initial commit"]
        address = f"{second.url}/acme/kept/resolve/{sha}/b.bin"
        assert httpx.get(address, follow_redirects=True).content == b"b" * 9


def test_a_webhook_is_told_of_a_push_with_its_secret(hub: RunningHub) -> None:
    arrived: list[tuple[str | None, dict[str, Any]]] = []
    enough = threading.Event()

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            arrived.append((self.headers["X-Webhook-Secret"], body))
            self.send_response(204)
            self.end_headers()
            enough.set()

        def log_message(self, *_: object) -> None:
            """Keeps the test's output quiet."""

    api, old = hub.api("ana"), put_model(hub, "acme/heard")
    with HTTPServer(("127.0.0.1", 0), Listener) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        watched: list[dict[str, str] | WebhookWatchedItem] = [{"type": "model", "name": "acme/heard"}]
        url = f"http://127.0.0.1:{server.server_port}/"
        webhook = api.create_webhook(url=url, watched=watched, domains=["repo"], secret="s3cret")
        new = api.create_commit("acme/heard", [CommitOperationAdd("a.txt", b"a")], commit_message="Push").oid
        assert enough.wait(10)
        server.shutdown()
        thread.join()
    secret, body = arrived[0]
    assert (secret, body["event"], body["repo"]["name"], body["webhook"]["id"]) == (
        "s3cret",
        {"action": "update", "scope": "repo.content"},
        "acme/heard",
        webhook.id,
    )
    assert body["updatedRefs"] == [{"ref": "refs/heads/main", "oldSha": old, "newSha": new}]
    assert api.disable_webhook(webhook.id).disabled
    api.delete_webhook(webhook.id)
    assert api.list_webhooks() == []


def test_limits_and_faults_hit_when_switched_on_and_only_then(hub: RunningHub) -> None:
    def get(path: str = "/api/models?limit=1") -> httpx.Response:
        return httpx.get(hub.url + path, headers={"Authorization": "Bearer hf_bo"})

    assert '"api";r=500' in get().headers["RateLimit"]
    hub.post("/sandbox/limits", {"api": 1})
    assert [get().status_code, get().status_code] == [200, 429]
    hub.post("/sandbox/limits", {"api": None})
    hub.post("/sandbox/faults", {"kind": "server_error", "path": "/api/models"})
    hub.post("/sandbox/faults", {"kind": "rate_limit", "path": "/api/datasets", "seconds": 7})
    limited = get("/api/datasets")
    assert (limited.status_code, limited.headers["RateLimit"]) == (429, '"api";r=0;t=7')
    assert [get().status_code, get().status_code] == [500, 200]


def test_a_download_that_is_cut_is_finished_by_the_client(hub: RunningHub, tmp_path: Path) -> None:
    hub.store.create_repo("model", "acme/cut", owner="ana")
    content = os.urandom(200_000)
    hub.store.commit("model", "acme/cut", {"w.bin": content}, "Add", "ana")
    # The HEAD comes first and has nothing to cut.
    hub.post("/sandbox/faults", {"kind": "cut", "path": "/acme/cut/resolve", "count": 2})
    code = """
        from huggingface_hub import hf_hub_download
        answer = hf_hub_download("acme/cut", "w.bin")
    """
    assert Path(hub.client(tmp_path, code, HF_HUB_DISABLE_XET="1")).read_bytes() == content


def test_pages_show_the_card_escaped_and_the_links_of_messages_open(hub: RunningHub) -> None:
    sha = put_model(hub, "acme/shown")
    hub.api("dee").create_commit(
        "acme/shown", [CommitOperationAdd("a.txt", b"a")], commit_message="<i>Add</i>", create_pr=True
    )
    page = httpx.get(f"{hub.url}/acme/shown").text
    assert "Tiny &lt;b&gt;model&lt;/b&gt;" in page
    assert "model.safetensors" in page
    paths = ("/discussions/1", f"/commit/{sha}", "/tree/main", "/discussions", "/commits/main")
    found = {path: httpx.get(f"{hub.url}/acme/shown{path}") for path in paths}
    assert {path: answer.status_code for path, answer in found.items()} == dict.fromkeys(paths, 200)
    assert "&lt;i&gt;Add&lt;/i&gt;" in found["/discussions/1"].text
    missing = httpx.get(f"{hub.url}/acme/none", headers={"Accept": "text/html"})
    assert (httpx.get(hub.url).status_code, missing.status_code, "private" in missing.text) == (200, 401, True)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/_cas/0123/v1/shards", 401),
        ("PUT", f"/_lfs/{'a' * 64}/3/{'b' * 64}", 403),
        ("POST", "/api/models/acme/strict/commit/main", 400),
        ("POST", "/api/models/acme/strict/preupload/main", 400),
    ],
)
def test_uploads_that_nobody_allowed_or_that_make_no_sense_are_refused(
    hub: RunningHub, method: str, path: str, status: int
) -> None:
    if hub.store.find_repo("model", "acme/strict") is None:
        hub.store.create_repo("model", "acme/strict", owner="ana")
    headers = {} if path.startswith("/_lfs") else {"Authorization": "Bearer hf_ana"}
    assert httpx.request(method, hub.url + path, content=b"abc", headers=headers).status_code == status


@pytest.mark.parametrize("path", ["../up.txt", "/root.txt", ".git/config", "a//b"])
def test_a_path_that_leaves_the_repo_is_refused(tmp_path: Path, path: str) -> None:
    store = HubStore(tmp_path)
    store.create_repo("model", "acme/paths", owner="ana")
    with pytest.raises(BadRequest):
        store.commit("model", "acme/paths", {path: b"x"}, "Add", "ana")


def test_commits_of_many_threads_all_land(tmp_path: Path) -> None:
    HubStore(tmp_path).create_repo("model", "acme/busy", owner="ana")

    def commit(number: int) -> str:
        return HubStore(tmp_path).commit("model", "acme/busy", {f"{number}.txt": b"x"}, f"Add {number}", "ana")

    with ThreadPoolExecutor(8) as pool:
        shas = set(pool.map(commit, range(24)))
    store = HubStore(tmp_path)
    log = store.log(repo := store.repo("model", "acme/busy"), store.resolve(repo, "main"))
    assert {commit.sha for commit in log[:-1]} == shas
    assert len(log[0].tree) == 25
