"""The Hub gateway against a Hub that says what it is told to: failures, and rare answers."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from core.errors import HubError, NotOnHub
from core.hub import Hub, Page, Query


@dataclass
class Script:
    """A Hub that gives the answers it was told to, in order: (status, headers, body); status 0 hangs up."""

    answers: list[tuple[int, dict[str, str], bytes]]
    asked: list[str] = field(default_factory=list)


@contextmanager
def scripted(*answers: tuple[int, dict[str, str], bytes]) -> Iterator[tuple[Hub, Script]]:
    script = Script(list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def do_GET(self) -> None:
            script.asked.append(self.path.partition("?")[0])
            status, headers, body = script.answers.pop(0)
            if status == 0:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keeps the test's output quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Hub(f"http://127.0.0.1:{server.server_port}", "hf_made_up"), script
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("headers", "seconds"), [({"RateLimit": '"api";r=0;t=55'}, 55), ({"Retry-After": "7"}, 7), ({}, 60)]
)
def test_a_rate_limit_is_told_at_once_with_its_seconds(headers: dict[str, str], seconds: int) -> None:
    with scripted((429, headers, b"{}")) as (hub, script), pytest.raises(HubError) as caught:
        hub.search(Query(words="router"))
    assert caught.value.facts == {"status": 429, "retry_after": seconds}
    assert f"for {seconds} seconds" in caught.value.sentence
    assert script.asked == ["/api/models"]


@pytest.mark.parametrize("status", [503, 0])
def test_a_passing_failure_of_a_read_is_asked_again_once(status: int) -> None:
    with scripted((status, {}, b""), (200, {}, b"[]")) as (hub, script):
        assert hub.search(Query(words="router")) == Page((), 1, has_next=False)
    assert script.asked == ["/api/models", "/api/models"]


def test_a_lasting_failure_is_told_after_two_requests() -> None:
    with scripted((500, {}, b""), (502, {}, b"")) as (hub, script), pytest.raises(HubError) as caught:
        hub.head("model", "acme/router")
    assert caught.value.sentence == "The Hub has trouble (it answered 502). Try again in a minute."
    assert len(script.asked) == 2


def test_a_page_that_is_no_hub_is_told_as_such() -> None:
    with (
        scripted((200, {}, b"<html>welcome</html>")) as (hub, _),
        pytest.raises(HubError, match="HF_ENDPOINT"),
    ):
        hub.search(Query())


def test_a_hub_that_is_away_is_told_without_retries() -> None:
    with scripted() as (hub, _):
        pass
    with pytest.raises(HubError, match="cannot be reached") as caught:
        hub.search(Query())
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize("name", ["../../api/whoami-v2", "a b", "<!channel>", "a/b/c"])
def test_a_name_that_is_no_repo_is_never_asked_for(name: str) -> None:
    with scripted() as (hub, script):
        for ask in (hub.model, hub.dataset, hub.kind_of, lambda repo: hub.commits("model", repo)):
            with pytest.raises(NotOnHub, match="owner/name") as caught:
                ask(name)
            assert "<" not in caught.value.sentence
    assert script.asked == []


def test_an_upload_that_breaks_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    nothing = json.dumps({"discussions": [], "count": 0, "start": 0}).encode()
    large = {"path": "model.safetensors", "uploadMode": "lfs", "shouldIgnore": False}
    answers: list[tuple[int, dict[str, str], bytes]] = [
        (200, {}, nothing),
        (200, {}, json.dumps({"files": [large]}).encode()),
        *[(404, {}, b"{}")] * 9,
    ]
    with scripted(*answers) as (hub, _), pytest.raises(HubError) as caught:
        hub.open_release_pull_request("acme/router", tmp_path, "P1", "From R1.", "release P1")
    assert caught.value.facts == {"repo": "acme/router", "reason": "upload"}


def test_a_model_with_code_of_its_own_is_told_by_its_config() -> None:
    info = {"id": "acme/odd", "sha": "0" * 40, "config": {"auto_map": {"AutoModel": "odd.Odd"}}}
    with scripted((200, {}, json.dumps(info).encode())) as (hub, _):
        assert hub.model("acme/odd").needs_code
