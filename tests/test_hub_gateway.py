"""The Hub gateway, against a working Hub on loopback and against one that misbehaves."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bot.errors import HubError, NotOnHub
from bot.hub import File, Hub, Memory, Page, Query, memory_needed, next_version, summarize
from bot.hub.facts import weight_bytes


@dataclass
class Script:
    """A Hub that gives the answers it was told to, in order: (status, headers, body); status 0 hangs up."""

    answers: list[tuple[int, dict[str, str], bytes]]
    asked: list[str] = field(default_factory=list)


@contextmanager
def scripted(*answers: tuple[int, dict[str, str], bytes]) -> Iterator[tuple[Hub, Script]]:
    script = Script(list(answers))

    class Handler(BaseHTTPRequestHandler):
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


def test_versions_count_on_from_the_highest() -> None:
    assert next_version([]) == "v1"
    assert next_version(["v1", "v10", "v9.2", "vault", "2024", "v3-rc"]) == "v11"


def test_memory_is_a_fifth_over_the_weights_and_about_eighteen_bytes_a_trained_parameter() -> None:
    assert memory_needed(1000, 250) == Memory(inference=1200, full_fine_tune=4400)
    assert memory_needed(1000, None) == Memory(inference=1200, full_fine_tune=None)


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["model.safetensors", "pytorch_model.bin", "onnx/model.onnx"], (10, True)),
        (["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"], (20, True)),
        (["pytorch_model.bin", "training_args.bin"], (10, False)),
        (["model.gguf", "README.md"], (10, None)),
        (["README.md"], (0, None)),
    ],
)
def test_weights_are_counted_in_their_safest_format(paths: list[str], expected: tuple[int, bool | None]) -> None:
    assert weight_bytes(File(path, 10, True) for path in paths) == expected


CARD = """---
license: mit
tags: [a, b]
---
<!-- made by hand -->
<div align="center"><img src="x.png"></div>

# Router

[![Build](https://ci.test/b.svg)](https://ci.test) ![logo](logo.png)

| a | b |
|---|---|

- [Use](#use)

This **router** sends [tickets](https://t.test) to the `right` team,
<b>fast</b> and without snake_case harm.

## Use
"""


def test_the_summary_is_the_first_real_paragraph_as_plain_text() -> None:
    assert summarize(CARD) == ("This router sends tickets to the right team, fast and without snake_case harm.")


@pytest.mark.parametrize("card", ["", "---\nlicense: mit\n---\n", "# Only a title\n\n![x](y)\n", "---\nnever closed"])
def test_a_card_without_a_paragraph_has_no_summary(card: str) -> None:
    assert summarize(card) == ""


def test_a_long_summary_ends_at_a_word() -> None:
    assert summarize("word " * 300) == "word " * 79 + "word…"
