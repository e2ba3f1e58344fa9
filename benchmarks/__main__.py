"""`make bench`: start-up, memory and acknowledgement of the bot, side by side in one run. Nothing is asserted."""

import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import driver  # noqa: E402  # the tests' driver, found by the line above
import hub_content  # noqa: E402

ROUNDS = 60


def main() -> None:
    """Prints a table and writes `benchmarks/results.json`."""
    results: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder, driver.sandbox(Path(folder) / "sandbox", "--empty") as running:
        from huggingface_hub import HfApi

        api = HfApi(endpoint=running.ready["hub_endpoint"], token=running.ready["hub_token"])
        hub_content.upload(api, "model", "acme/tiny-bert", hub_content.tiny_bert(Path(folder) / "bert"))
        hub_content.upload(api, "dataset", "acme/made-up-reviews", hub_content.review_dataset(2000))
        results |= measure_start(running, Path(folder))
        with driver.bot(running, Path(folder) / "home") as bot:
            results["ack idle, median ms"] = acknowledgement(running)
            running.command("ana", "train acme/tiny-bert on acme/made-up-reviews epochs=50 batch=8")
            running.click("ana", running.wait_text("run.start"), "run.start")
            running.wait_state("R1", "running")
            driver.wait_for(lambda: "step" in running.about("R1")[0]["text"], 90)
            results["ack while a training runs, median ms"] = acknowledgement(running)
            assert bot.process is not None
            results["memory after the work, MiB"] = psutil.Process(bot.process.pid).memory_info().rss / 2**20
            running.click("ana", running.about("R1")[0], "run.cancel")
            running.wait_state("R1", "cancelled", "succeeded")
    results["ack ratio, training / idle"] = (
        results["ack while a training runs, median ms"] / results["ack idle, median ms"]
    )
    report(results)


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


def report(results: dict[str, float]) -> None:
    for name, value in results.items():
        print(f"{name:<44} {value:10.2f}")
    about = {"machine": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version()}
    path = ROOT / "benchmarks" / "results.json"
    path.write_text(json.dumps({"about": about, "results": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
