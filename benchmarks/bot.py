"""The bot: start-up, memory and acknowledgement, and what Slack adds to an answer of a model."""

import json
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from world import driver, hub_content  # noqa: E402  # the tests' own, found by the line above

ROUNDS = 60
ANSWERS = 15


def measure(classifier: Path) -> dict[str, float]:
    """`classifier` is a model's folder, which is tried in chat."""
    results: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder, driver.sandbox(Path(folder) / "sandbox", "--empty") as running:
        from huggingface_hub import HfApi

        api = HfApi(endpoint=running.ready["hub_endpoint"], token=running.ready["hub_token"])
        hub_content.upload(api, "model", "acme/tiny-bert", hub_content.tiny_bert(Path(folder) / "bert"))
        hub_content.upload(api, "dataset", "acme/made-up-reviews", hub_content.review_dataset(2000))
        files = {file.name: file.read_bytes() for file in classifier.iterdir()}
        card = b"---\npipeline_tag: text-classification\nlibrary_name: transformers\n---\nFor measuring.\n"
        hub_content.upload(api, "model", "acme/classifier", files | {"README.md": card})
        results |= measure_start(running, Path(folder))
        with driver.bot(running, Path(folder) / "home") as bot:
            results["ack idle, median ms"] = acknowledgement(running)
            results["Slack and back beyond the worker, median ms"] = beyond_the_worker(running)
            assert bot.process is not None
            results["memory after many answers, MiB"] = psutil.Process(bot.process.pid).memory_info().rss / 2**20
            running.command("ana", "train acme/tiny-bert on acme/made-up-reviews epochs=50 batch=8")
            running.click("ana", running.wait_text("run.start"), "run.start")
            running.wait_state("R1", "running")
            driver.wait_for(lambda: "step" in running.about("R1")[0]["text"], 90)
            results["ack while a training runs, median ms"] = acknowledgement(running)
            results["memory after the work, MiB"] = psutil.Process(bot.process.pid).memory_info().rss / 2**20
            running.click("ana", running.about("R1")[0], "run.cancel")
            running.wait_state("R1", "cancelled", "succeeded")
    results["ack ratio, training / idle"] = (
        results["ack while a training runs, median ms"] / results["ack idle, median ms"]
    )
    return results


def beyond_the_worker(running: driver.Sandbox) -> float:
    """Milliseconds from the command to the answer on screen, less those that the answer says the worker took."""
    extra = []
    for turn in range(ANSWERS):
        text, began = f"a warm film, seen {turn} times", time.perf_counter()
        running.command("dee", f'run acme/classifier "{text}"', "general")
        took = None
        while took is None:
            assert time.perf_counter() - began < 90, running.texts("dee", "general")[-2:]
            answers = [json.dumps(one, ensure_ascii=False) for one in running.messages("dee", "general")[-3:]]
            took = next((re.search(r"· (\d+) ms", answer) for answer in answers if text in answer), None)
        extra.append(1000 * (time.perf_counter() - began) - float(took[1]))
    # The first ones wait for the model.
    return statistics.median(extra[3:])


def measure_start(running: driver.Sandbox, folder: Path) -> dict[str, float]:
    """Seconds from the start of the process to the first answered command, and its memory then; medians of five."""
    seconds, memory = [], []
    for turn in range(5):
        bot = driver.Bot(running.ready, folder / f"start{turn}")
        began = time.perf_counter()
        bot.start()
        wait_until(lambda: driver.answers(running))
        seconds.append(time.perf_counter() - began)
        assert bot.process is not None
        memory.append(psutil.Process(bot.process.pid).memory_info().rss / 2**20)
        bot.stop()
    return {
        "start to first answer, median s": statistics.median(seconds),
        "memory when started, MiB": statistics.median(memory),
    }


def wait_until(look: Callable[[], bool]) -> None:
    driver.wait_for(look, 40)


def acknowledgement(running: driver.Sandbox) -> float:
    """Milliseconds from the command to its acknowledgement, as the workspace saw them."""
    return statistics.median(float(running.command("cy", "runs", "general")["ack_ms"]) for _ in range(ROUNDS))
