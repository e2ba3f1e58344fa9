"""One sandbox and one bot for the tests that only look; the stories start their own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.inference.client import InferenceClient
from world import driver
from world.model_shelf import Shelf

# What takes long goes first, so that no worker is left alone with it at the end.
LONGEST_FIRST = (
    *("story", "slow_network", "conversation", "inference_engines", "bad_input", "training", "faults"),
    *("inference_limits", "page_story", "page", "release_story", "task_story", "streaming", "inference_bad_input"),
    *("model_kinds", "seed", "compare_data", "inference", "tries", "inference_repos", "token_classification"),
    *("examine", "sandbox_hub_reading", "inference_files", "releases", "providers", "inference_queue"),
)


def pytest_configure() -> None:
    """For this process, before it reads torch, and for all that it starts: no proxy, and one thread for each model.

    The models are tiny; threads that wait for each other on a busy machine make them many times slower.
    """
    os.environ |= {"NO_PROXY": "127.0.0.1,localhost", "OMP_NUM_THREADS": "1"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Orders the files by how long they take; within a file nothing moves."""
    places = {f"test_{name}": place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[driver.Sandbox]:
    """A workspace and an empty Hub."""
    with driver.sandbox(tmp_path_factory.mktemp("sandbox"), "--empty") as running:
        yield running


@pytest.fixture(scope="module")
def hugops(workspace: driver.Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[driver.Bot]:
    """A bot that serves in `workspace`."""
    home: Path = tmp_path_factory.mktemp("bot") / "home"
    with driver.bot(workspace, home) as running:
        yield running


@pytest.fixture(scope="session")
def shared_shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """What the inference worker of several files can load; each file puts its models there."""
    return Shelf(tmp_path_factory.mktemp("hf"))


@pytest.fixture(scope="session")
def inference_worker(shared_shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Iterator[InferenceClient]:
    """One worker for all files that want nothing special of it, since starting one takes seconds."""
    client = InferenceClient(tmp_path_factory.mktemp("inference"), shared_shelf.environment, 2**30)
    yield client
    client.close()


@pytest.fixture(scope="module")
def client(shelf: Shelf, inference_worker: InferenceClient) -> InferenceClient:
    """That worker, with the models of the file's own `shelf`."""
    return inference_worker
