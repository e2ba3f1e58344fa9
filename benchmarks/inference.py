"""Quick inference against bare torch and a serving library of the field, turn by turn in one run."""

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from benchmarks.peers import Ask, Floor, asking, exported_worker, litserve, loop, request
from benchmarks.subject import bare, put, save_generator, snippets
from jobs.inference.client import InferenceClient
from jobs.inference.protocol import News

MODEL, GENERATOR = "acme/classifier", "acme/generator"
SINGLES, ROUNDS, LOOP_SECONDS = 60, 3, 3.0
CLIENTS = (1, 8, 64)
TOKENS = 128
COLD = 4


def measure(folder: Path, classifier: Path) -> dict[str, float]:
    """All figures of quick inference; `folder` is an empty one to work in."""
    cache = folder / "hf"
    put(cache, MODEL, classifier)
    for turn in range(COLD):
        put(cache, f"acme/cold{turn}", classifier)
    save_generator(folder / "generator", classifier)
    put(cache, GENERATOR, folder / "generator")
    environment = os.environ | {"HF_HOME": str(cache), "HF_ENDPOINT": "http://127.0.0.1:9"}
    texts = snippets()
    by_torch = InferenceClient(folder / "torch", environment, 2**31)
    for home in ("torch", "onnx"):
        (folder / home).mkdir()
    by_torch = InferenceClient(folder / "torch", environment, 2**31)
    by_onnx = exported_worker(folder / "onnx", environment, MODEL, texts[0])
    try:
        results = _ready(by_onnx, texts[0], "exported") | _ready(by_torch, texts[0], "torch")
        floor = Floor(classifier)
        ask_torch, ask_onnx = asking(by_torch, MODEL), asking(by_onnx, MODEL)
        results |= _one_at_a_time(floor, ask_torch, ask_onnx, texts)
        with litserve(classifier) as peer:
            results |= _in_company(floor, {"torch": ask_torch, "exported": ask_onnx, "LitServe": peer}, texts)
        results |= _cold(by_torch, classifier, texts[0])
        results |= _generation(by_torch, folder / "generator", texts[0])
    finally:
        by_torch.close()
        by_onnx.close()
    return results


def _ready(client: InferenceClient, text: str, engine: str) -> dict[str, float]:
    began = time.perf_counter()
    client.ask(request(MODEL, text), 120)
    seconds = time.perf_counter() - began
    assert client.pid is not None
    memory = psutil.Process(client.pid).memory_info().rss / 2**20
    return {f"{engine}: start of the worker to first answer, s": seconds, f"{engine}: memory, MiB": memory}


def _one_at_a_time(floor: Floor, ask_torch: Ask, ask_onnx: Ask, texts: list[str]) -> dict[str, float]:
    took: dict[str, list[float]] = {"bare": [], "torch": [], "exported": []}
    for text in texts[:SINGLES]:
        took["bare"].append(floor.forward([text]))
        for name, ask in (("torch", ask_torch), ("exported", ask_onnx)):
            began = time.perf_counter()
            ask(text)
            took[name].append(1000 * (time.perf_counter() - began))
    middle = {name: statistics.median(each) for name, each in took.items()}
    return {
        "one request, bare torch forward, median ms": middle["bare"],
        "one request, torch, median ms": middle["torch"],
        "one request, torch less 10 ms / bare": (middle["torch"] - 10) / middle["bare"],
        "one request, exported, median ms": middle["exported"],
        "one request, exported / bare": middle["exported"] / middle["bare"],
    }


def _in_company(floor: Floor, peers: dict[str, Ask | None], texts: list[str]) -> dict[str, float]:
    rates: dict[str, list[float]] = {"bare torch, sorted batches, texts/s": []}
    for _ in range(ROUNDS):
        rates["bare torch, sorted batches, texts/s"].append(floor.texts_a_second(texts))
        for clients in CLIENTS:
            for name, ask in peers.items():
                if ask is not None:
                    rate = loop(ask, clients, texts, LOOP_SECONDS)
                    rates.setdefault(f"{name}, {clients} clients, requests/s", []).append(rate)
    middle = {name: statistics.median(each) for name, each in rates.items()}
    ratios = {
        "torch at 64 / floor": middle["torch, 64 clients, requests/s"] / middle["bare torch, sorted batches, texts/s"],
    }
    if peers["LitServe"] is not None:
        for clients in CLIENTS:
            ratios[f"exported / LitServe at {clients}"] = (
                middle[f"exported, {clients} clients, requests/s"] / middle[f"LitServe, {clients} clients, requests/s"]
            )
    return middle | ratios


def _cold(client: InferenceClient, classifier: Path, text: str) -> dict[str, float]:
    """The first request of a model that is in the cache, of a worker that has loaded others before."""
    import torch

    ours, theirs = [], []
    for turn in range(COLD):
        ours.append(_seconds(lambda name=f"acme/cold{turn}": client.ask(request(name, text), 60)))  # type: ignore[misc]

        def by_hand() -> None:
            tokenizer, model = bare(classifier)
            with torch.inference_mode():
                model(**tokenizer(text, return_tensors="pt"))

        theirs.append(_seconds(by_hand))
    # The minimum: reading the weights is what both have most trouble with while others use the disk.
    return {
        "first request of a cached model, ms": 1000 * min(ours),
        "first request / from_pretrained and forward": min(ours) / min(theirs),
    }


def _generation(client: InferenceClient, folder: Path, text: str) -> dict[str, float]:
    import torch

    tokenizer, model = bare(folder, "AutoModelForCausalLM")
    ours, theirs, first = [], [], []
    client.ask(request(GENERATOR, text, "text-generation", max_new_tokens=TOKENS), 60)
    for _ in range(ROUNDS):
        heard: list[float] = []

        def hear(news: News, heard: list[float] = heard) -> None:
            if news.stage == "writing":
                heard.append(time.perf_counter())

        began = time.perf_counter()
        client.ask(request(GENERATOR, text, "text-generation", max_new_tokens=TOKENS), 60, hear)
        ours.append(TOKENS / (time.perf_counter() - began))
        first.append(heard[0] - began)
        batch = tokenizer(text, return_tensors="pt")
        ids, mask = batch["input_ids"], batch["attention_mask"]

        def by_hand(ids: torch.Tensor = ids, mask: torch.Tensor = mask) -> None:
            with torch.inference_mode():
                model.generate(ids, attention_mask=mask, max_new_tokens=TOKENS, do_sample=False, pad_token_id=0)

        theirs.append(TOKENS / _seconds(by_hand))
    return {
        "generation, tokens/s": statistics.median(ours),
        "generation / bare generate": statistics.median(ours) / statistics.median(theirs),
        "generation, first words after, ms": 1000 * statistics.median(first),
    }


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
