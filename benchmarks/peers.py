"""Those who answer the same texts: this product's worker by either engine, bare torch, and LitServe."""

import http.client
import importlib.util
import json
import os
import signal
import statistics
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.subject import COMMIT, bare
from jobs.inference.client import InferenceClient
from jobs.inference.protocol import Reply, Request
from jobs.inference.worker.exported import Place
from world import driver

Ask = Callable[[str], Any]
FLOOR_BATCH = 32


def request(model: str, text: str, task: str = "text-classification", **options: Any) -> Request:
    return Request(uuid.uuid4().hex, model, COMMIT, task, [text], options)


def asking(client: InferenceClient, model: str) -> Callable[[str], Reply]:
    return lambda text: client.ask(request(model, text), 60)


def exported_worker(home: Path, environment: dict[str, str], model: str, text: str) -> InferenceClient:
    """A worker that answers by the exported model alone, which is exported first where it was not yet."""
    place = Place.of(home, request(model, text))
    if not place.is_ready:
        making = InferenceClient(home, environment, 2**31, export_after=1)
        making.ask(request(model, text), 120)
        driver.wait_for(lambda: place.is_ready or place.has_failed, 300)
        making.close()
    return InferenceClient(home, environment, 2**31)


def loop(ask: Ask, clients: int, texts: Sequence[str], seconds: float) -> float:
    """Requests a second of so many clients, each of whom asks again as soon as it is answered."""
    until, numbers, answered = time.perf_counter() + seconds, count(), []

    def client() -> None:
        while time.perf_counter() < until:
            ask(texts[next(numbers) % len(texts)])
            answered.append(time.perf_counter())

    threads = [threading.Thread(target=client) for _ in range(clients)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(answered) / (max(answered) - began)


class Floor:
    """Bare torch: all texts sorted by length, in batches; and one text alone."""

    def __init__(self, folder: Path) -> None:
        import torch

        torch.set_num_threads(len(os.sched_getaffinity(0)))
        self.tokenizer, self.model = bare(folder)
        self._without_gradients = torch.inference_mode

    def texts_a_second(self, texts: Sequence[str]) -> float:
        began = time.perf_counter()
        ordered = sorted(texts, key=len)
        for at in range(0, len(ordered), FLOOR_BATCH):
            self.forward(ordered[at : at + FLOOR_BATCH])
        return len(texts) / (time.perf_counter() - began)

    def forward(self, texts: Sequence[str]) -> float:
        """Milliseconds of the forward pass alone, without the cutting."""
        batch = self.tokenizer(list(texts), padding=True, truncation=True, return_tensors="pt")
        began = time.perf_counter()
        with self._without_gradients():
            self.model(**batch)
        return 1000 * (time.perf_counter() - began)


@contextmanager
def litserve(folder: Path) -> Iterator[Ask | None]:
    """LitServe in a process of its own on loopback; None, with the reason printed, where it is not installed."""
    if importlib.util.find_spec("litserve") is None:
        print("LitServe is not installed (pip install -e '.[bench]'), so it is left out")
        yield None
        return
    port = driver.free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.litserve_peer", str(folder), str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    local = threading.local()

    def ask(text: str) -> Any:
        if not hasattr(local, "connection"):
            local.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        local.connection.request("POST", "/predict", json.dumps({"text": text}), {"Content-Type": "application/json"})
        answer = local.connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body
        return json.loads(body)

    def is_up() -> bool:
        try:
            return bool(ask("up?"))
        except (OSError, http.client.HTTPException, AssertionError):
            local.__dict__.clear()
            return False

    try:
        driver.wait_for(is_up, 120, "LitServe")
        yield ask
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        driver.end(process)


def median_ms(ask: Ask, texts: Sequence[str]) -> float:
    seconds = []
    for text in texts:
        began = time.perf_counter()
        ask(text)
        seconds.append(time.perf_counter() - began)
    return 1000 * statistics.median(seconds)
