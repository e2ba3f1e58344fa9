"""The training worker as the bot meets it: a folder with a recipe, a process, and a file of events."""

import atexit
import json
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

from jobs.training.__main__ import ENVIRONMENT, main
from jobs.training.events import read_events
from sandbox.seed import orders

ROOT = Path(__file__).parents[2]
REVIEWS = {
    "columns": {"text": "text", "label": "label"},
    "labels": ["negative", "positive"],
    "title": "Tiny on reviews",
}


def save_base(folder: Path, words: Sequence[str]) -> Path:
    """A BERT of two layers with random weights and these words, or pieces of words, for its vocabulary."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *words]
    core = Tokenizer(models.WordPiece({word: i for i, word in enumerate(vocabulary)}, unk_token="[UNK]"))
    core.pre_tokenizer = pre_tokenizers.Whitespace()
    core.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=core, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    )
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=64,
    )
    BertModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    (folder / "README.md").write_text("---\nlicense: mit\n---\n# Tiny\n")
    return folder


def save_order_base(folder: Path) -> Path:
    """A base that knows the words of the orders; a headset and all surnames are two pieces or more for it."""
    draw = orders.rows(random.Random(1))
    words = sorted({word for _ in range(400) for word in next(draw)[0]} - {"headset", *orders.LAST_NAMES})
    letters = sorted({letter for name in orders.LAST_NAMES for letter in name})
    return save_base(folder, [*words, "head", "##set", *letters, *(f"##{letter}" for letter in letters)])


def order_files() -> dict[str, bytes]:
    """The files of the orders on the sandbox's Hub, by path."""
    return {path: content for path, content in orders.order_entities().files.items() if isinstance(content, bytes)}


def plan_run(run_dir: Path, base: Path, dataset: Path, **parameters: Any) -> Path:
    """A run folder for text classification; parameters are changed by name."""
    return write_recipe(run_dir, base, dataset, REVIEWS, **parameters)


def write_recipe(run_dir: Path, base: Path, dataset: Path, task: dict[str, Any], **parameters: Any) -> Path:
    """A run folder whose recipe has the fields of `task` too."""
    run_dir.mkdir(exist_ok=True)
    given = {"epochs": 4, "lr": 5e-3, "batch": 16, "max_length": 32} | parameters
    recipe = {
        "run": "R1",
        "attempt": 1,
        "base": {"repo": str(base), "revision": "main"},
        "dataset": {"repo": str(dataset), "revision": "main"},
        "parameters": given,
        **task,
    }
    (run_dir / "recipe.json").write_text(json.dumps(recipe))
    return run_dir


@cache
def _workers() -> ForkServerContext:
    """Makes worker processes out of one that has read the libraries already, which takes seconds each time."""
    home = tempfile.mkdtemp(prefix="hugops-training-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["jobs.training.making", "jobs.training.tasks.text_classification"])
    own = dict(os.environ)
    os.environ |= ENVIRONMENT | {"HF_HOME": home, "HF_HUB_OFFLINE": "1"}
    try:
        forkserver.ensure_running()
    finally:
        os.environ.clear()
        os.environ |= own
    return context


def _work(run_dir: str) -> None:
    """All that `python -m jobs.training RUN_DIR` does, with the folder's own log."""
    with (Path(run_dir) / "worker.log").open("ab") as log:
        os.dup2(log.fileno(), sys.stderr.fileno())
    sys.argv = ["jobs.training", run_dir]
    sys.exit(main())


def start(run_dir: Path) -> ForkServerProcess:
    worker = _workers().Process(target=_work, args=(str(run_dir),))
    worker.start()
    return worker


def exit_code(worker: ForkServerProcess, seconds: float) -> int | None:
    """What the worker ended with; None when it has not within so many seconds."""
    worker.join(seconds)
    return worker.exitcode


def finish(run_dir: Path) -> int | None:
    return exit_code(start(run_dir), 200)


def events_of(run_dir: Path) -> list[dict[str, Any]]:
    path = run_dir / "events.jsonl"
    return list(read_events(path)) if path.exists() else []


def wait_for_event(worker: ForkServerProcess, run_dir: Path, event_type: str) -> None:
    """Until the worker has written such an event; the pause between two looks ends early when it exits."""
    for _ in range(4000):
        if any(event["type"] == event_type for event in events_of(run_dir)):
            return
        if exit_code(worker, 0.03) is not None:
            break
    log = (run_dir / "worker.log").read_text()
    raise AssertionError(f"the worker wrote no {event_type} event:\n{log}")


def last(run_dir: Path, event_type: str) -> dict[str, Any]:
    return [event for event in events_of(run_dir) if event["type"] == event_type][-1]
