"""Who waits for a model hears how long, may go away, and is not forgotten; models that nobody uses leave memory."""

import os
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.inference.client import InferenceClient, InferenceFailed
from jobs.inference.protocol import News, Reply, Request
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.errors import CannotAnswer
from jobs.inference.worker.library import IDLE_SECONDS, LONGEST_QUEUE, Library
from jobs.inference.worker.limits import WorkerLimits
from world import driver, hub_content, running_hub
from world.model_shelf import SHA, Shelf

pytestmark = pytest.mark.xdist_group("inference")


class Client:
    """A library in this process, by a clock that is set by hand, and what it answered."""

    def __init__(self, home: Path) -> None:
        self.now = 1000.0
        self.answers: list[Reply] = []
        self.library = Library(WorkerLimits(2**30, home), lambda: self.now)

    def ask(self, model: str, seconds: float = 60.0, **options: str) -> Entry:
        request = Request(uuid.uuid4().hex, model, SHA, "tokenize", ["the film"], options, seconds)
        asked = Entry(request, time.monotonic(), self._hear)
        self.library.submit(asked)
        return asked

    def _hear(self, frame: Reply | News) -> None:
        if isinstance(frame, Reply):
            self.answers.append(frame)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    shelf = Shelf(tmp_path_factory.mktemp("hf"))
    masked = tmp_path_factory.mktemp("masked")
    hub_content.tiny_bert(masked)
    shelf.put("acme/cutter", masked)
    shelf.put_classifier("acme/classifier", masked)
    return shelf


@pytest.fixture
def client(shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(shelf.folder / "hub"))
    return Client(tmp_path)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Models whose files cannot be found until this is set."""
    from jobs.inference.worker import files

    event, find = threading.Event(), files.find

    def later(*arguments: object) -> Path:
        event.wait(60)
        return find(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(files, "find", later)
    yield event
    event.set()


def test_a_model_that_nobody_asks_for_leaves_memory_and_comes_back(client: Client) -> None:
    client.ask("acme/cutter")
    driver.wait_for(lambda: [each.state for each in client.library.held()] == ["ready"] and client.answers)
    driver.wait_for(lambda: not client.library.is_busy)
    client.now += IDLE_SECONDS - 1
    client.library.drop_idle()
    assert len(client.library.held()) == 1
    client.now += 2
    client.library.drop_idle()
    assert client.library.held() == []
    client.ask("acme/cutter")
    driver.wait_for(lambda: len(client.answers) == 2)
    assert [answer.load_seconds > 0 for answer in client.answers] == [True, True]


def test_a_busy_model_says_for_about_how_long(client: Client, held: threading.Event) -> None:
    client.ask("acme/cutter")
    driver.wait_for(lambda: client.library.held()[0].waiting == 0)
    for _ in range(LONGEST_QUEUE):
        client.ask("acme/cutter")
    (holder,) = client.library._holders.values()
    driver.wait_for(lambda: client.library.held()[0].waiting == LONGEST_QUEUE)
    holder._pace = 0.25
    with pytest.raises(CannotAnswer, match=r"acme/cutter is busy, about 64 s\. Try again then\.") as refused:
        client.ask("acme/cutter", 600)
    assert refused.value.kind == "busy"
    held.set()
    driver.wait_for(lambda: len(client.answers) == LONGEST_QUEUE + 1)
    assert {answer.error for answer in client.answers} == {""}


def test_who_cannot_be_answered_in_time_is_told_at_once(client: Client, held: threading.Event) -> None:
    for _ in range(3):
        client.ask("acme/cutter")
    driver.wait_for(lambda: client.library.held()[0].waiting == 2)
    (holder,) = client.library._holders.values()
    holder._pace = 20.0
    with pytest.raises(CannotAnswer, match="about 60 s"):
        client.ask("acme/cutter", 30)


def test_a_request_that_waited_too_long_is_answered_once(client: Client, held: threading.Event) -> None:
    asked = client.ask("acme/cutter")
    client.library.refuse_late(asked)
    held.set()
    driver.wait_for(lambda: [each.state for each in client.library.held()] == ["ready"])
    driver.wait_for(lambda: not client.library.is_busy)
    assert [(answer.error, answer.message) for answer in client.answers] == [
        ("timeout", "acme/cutter is still being fetched and loaded. Ask again in a minute.")
    ]


def test_an_unknown_type_is_refused(client: Client) -> None:
    with pytest.raises(CannotAnswer, match="can only be int8"):
        client.ask("acme/cutter", dtype="int3")


def test_a_download_is_told_as_it_goes_and_who_stops_meanwhile_is_answered(shelf: Shelf, tmp_path: Path) -> None:
    files = {path.name: path.read_bytes() for path in shelf.snapshot("acme/classifier").iterdir()}
    heard: list[News] = []
    with running_hub.running(tmp_path / "state") as hub:
        revision = hub_content.upload(hub.api("ana"), "model", "acme/fetched", files)
        environment = os.environ | {"HF_HOME": str(tmp_path / "hf"), "HF_ENDPOINT": hub.url, "HF_TOKEN": "hf_dee"}
        client = InferenceClient(tmp_path, environment, 2**30)
        try:
            first = Request(uuid.uuid4().hex, "acme/fetched", revision, "text-classification", ["the film"])
            stopped = Request(uuid.uuid4().hex, "acme/fetched", revision, "text-classification", ["the film"])

            def hear(news: News) -> None:
                heard.append(news)
                if news.stage == "loading":
                    client.cancel(stopped.id)

            waiting = threading.Thread(target=client.ask, args=(first, 120, hear))
            waiting.start()
            with pytest.raises(InferenceFailed) as refused:
                client.ask(stopped, 120)
            waiting.join()
        finally:
            client.close()
    assert (refused.value.kind, refused.value.message) == ("cancelled", "Stopped.")
    downloads = [(news.done, news.total) for news in heard if news.stage == "downloading"]
    whole = sum(len(data) for name, data in files.items() if name.endswith((".json", ".safetensors")))
    assert downloads == sorted(downloads)
    assert downloads[-1][1] == whole
    assert heard[-1].stage == "loading"
